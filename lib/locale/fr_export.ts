/** The sentences of `export`, in French. */

import { duration, number } from "./format.ts";
import type { Sentences } from "./en.ts";

const LANG = "fr-FR";

/** `1 ligne`, `1 234 lignes`. */
function count(n: number, one: string, many: string): string {
  return n < 2 ? `${n} ${one}` : `${number(LANG, n)} ${many}`;
}

export const exporting: Sentences["export"] = {
  usage: "              mqttrec export ENREGISTREMENT… -o FICHIER",
  helpUsage: "Utilisation : mqttrec export ENREGISTREMENT… -o FICHIER [OPTIONS]",
  intro: [
    "Fait d'enregistrements un tableau qu'Excel, pandas, DuckDB ou SQLite ouvrent tout",
    "de suite. ENREGISTREMENT est un enregistrement .csv ou .json, leur chemin de base",
    "sans extension, ou un dossier ; plusieurs sont réunis dans l'ordre chronologique.",
    "L'extension de FICHIER dit quel tableau est fait :",
    "un parmi .xlsx .csv .parquet .sqlite .ndjson .json",
  ],
  groups: ["Le tableau :", "Quels messages :", "Le programme lui-même :"],
  shapes: {
    rows: "une ligne par message, comme enregistré",
    long: "une ligne par valeur",
    wide: "une colonne par topic ou champ",
  },
  exitCodes: "Codes de sortie : 0 terminé, 1 échec ou tout n'était pas intact,\n" +
    "2 erreur d'utilisation.",
  done: (path, rows, columns, shape, ms) =>
    `${path} : ${count(rows, "ligne", "lignes")}, ${
      count(columns, "colonne", "colonnes")
    } (${shape}), en ${duration(ms)}`,
  progress: (path, percent, leftMs) =>
    `${path} : ${percent} %${leftMs === undefined ? "" : `, encore ${duration(leftMs)}`}`,
  torn: (path, bytes) =>
    `« ${path} » est abîmé : ses ${number(LANG, bytes)} derniers octets ne font pas une ligne ` +
    "entière, tout ce qui précède est exporté",
  malformed: (path, row, bytes) =>
    `« ${path} » est abîmé : ${number(LANG, bytes)} octets après la ligne ${
      number(LANG, row)
    } ne viennent pas de mqttrec, tout le reste est exporté`,
  noRecording: "Impossible d'exporter : aucun enregistrement n'est nommé\n" +
    "Exemple : mqttrec export exports/mqtt_data -o exports/mqtt_data.xlsx",
  noOutput: "Impossible d'exporter : le fichier à écrire n'est pas nommé\n" +
    "Exemple : mqttrec export exports/mqtt_data -o exports/mqtt_data.xlsx",
  extension: (path, known) =>
    `Impossible d'écrire « ${path} » : son extension ne désigne aucun tableau\n` +
    `Extensions possibles : ${known}`,
  exists: (path) =>
    `Impossible d'écrire « ${path} » : ce fichier existe déjà\n` +
    "Donnez un autre nom, ou remplacez-le avec --force",
  ownFile: (path) =>
    `Impossible d'écrire « ${path} » : ce fichier fait partie d'un enregistrement\n` +
    "Donnez un autre nom",
  tooManyColumns: (path, max) =>
    `Impossible d'écrire « ${path} » : une colonne par topic ou champ en ferait plus de ${
      number(LANG, max)
    }\nUtilisez --shape long, ou choisissez moins de topics avec --topic`,
  tooManySteps:
    "Impossible d'utiliser --every : l'enregistrement aurait trop de pas de cette durée\n" +
    "Prenez un pas plus long, ou choisissez une période avec --from et --to",
  noRows: (path) =>
    `Impossible d'exporter « ${path} » : aucun message, ou aucun qui soit choisi\n` +
    "Voir mqttrec check, et --topic, --filter-out, --from et --to",
  noWholeRow: (path) =>
    `Impossible d'exporter « ${path} » : aucune ligne entière qui soit choisie\n` +
    "Voir mqttrec check",
  stopped: (path) => `Impossible de terminer « ${path} » : arrêt demandé\nRien n'a été écrit`,
  onlyWide: (flag) =>
    `Impossible d'utiliser ${flag} avec une autre forme : rows et long gardent chaque valeur\n` +
    "Utilisez --shape wide",
  onlyWithEvery:
    "Impossible d'utiliser --aggregate seul : il fait une valeur de celles d'un pas\n" +
    "Ajoutez le pas : --every 10s",
  onlyCsv: "Impossible d'utiliser --excel avec ce fichier : il dit comment Excel lit un .csv\n" +
    "Nommez un .csv, ou omettez l'option : un .xlsx n'a pas de langue",
  reversed: (from, to) =>
    `Impossible d'utiliser --from « ${from} » avec --to « ${to} » : il n'est pas antérieur\n` +
    "Échangez-les",
  badFilter: (filter, problem) =>
    `Impossible de choisir « ${filter} » : ${problem}\nExemples : sensors/# ou sensors/+/cuisine`,
  wanted: {
    shape: "rows, long ou wide",
    aggregate: "last, mean, min, max ou count",
    every: "une durée comme 500ms, 10s, 5m ou 1d, d'au plus 366 jours",
    time: "une date comme 2026-11-26, 2026-11-26T08:30, aujourd'hui ou -2h",
    "time-zone": "un fuseau horaire comme Europe/Paris, UTC ou local",
    excel: "la langue d'Excel",
  },
};
