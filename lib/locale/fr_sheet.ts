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
  colon: " : ",
  causes: {
    "connection lost": "connexion perdue",
    "session lost": "session perdue",
    "unclean end": "fin brutale",
    "between runs": "entre deux exécutions",
    "subscription refused": "abonnement refusé",
    "subscription downgraded": "abonnement à une QoS réduite",
    "write stall": "écriture bloquée",
    "sync failed": "écriture non confirmée par le disque",
    "overload": "surcharge",
    "client id taken over": "client id repris par un autre",
    "invalid message": "message incorrect",
    "broker queue": "file du broker",
    "process paused": "processus suspendu",
  },
  risks: { no: "rien", qos0: "les messages de QoS 0", yes: "tout message" },
  droppedByBroker: (count) => `${number(LANG, count)} jetés, tous clients confondus`,
  cutText: (length) => `… [coupé : ${number(LANG, length)} caractères]`,
  tooLarge: `Impossible d'exporter en .xlsx : un classeur contient au plus 4 Go\n` +
    `Exportez en .parquet ou .csv, ou moins de messages (--from, --to, --topic)`,
};
