/** What stands in a workbook of `export`, in French. */

import type { Sentences } from "./en.ts";
import { number } from "./format.ts";

const LANG = "fr-FR";

export const sheet: Sentences["sheet"] = {
  data: (n) => n === 1 ? "Données" : `Données ${n}`,
  recording: "Enregistrement",
  timeFormat: "dd/mm/yyyy hh:mm:ss.000",
  files: (count) => count < 2 ? "Fichier" : "Fichiers",
  messages: "Messages",
  first: "Premier message",
  last: "Dernier message",
  timeZone: "Fuseau horaire de toutes les heures",
  cutTexts: "Textes trop longs pour une cellule, coupés",
  topic: "Topic",
  otherTopics: "(autres topics)",
  noGaps: "Aucune interruption",
  gapBegin: "Interruption du",
  gapEnd: "au",
  gapCause: "Cause",
  gapRisk: "En jeu",
  cutText: (length) => `… [coupé : ${number(LANG, length)} caractères]`,
  tooLarge: `Impossible d'exporter en .xlsx : un classeur contient au plus 4 Go\n` +
    `Exportez en .parquet ou .csv, ou moins de messages (--from, --to, --topic)`,
};
