/** Flags for the recorded files and the end of a recording. */

import type { Flag } from "../command_line.ts";

export const FILES = [
  {
    name: "format",
    value: "csv|json|both",
    example: "csv",
    default: "both",
    help: { en: "files to write", fr: "fichiers à écrire" },
  },
  {
    name: "properties",
    help: {
      en:
        "record content type, user properties and the like too (MQTT 5), in a column of their own",
      fr:
        "enregistrer aussi type de contenu, propriétés utilisateur, etc. (MQTT 5), dans une colonne",
    },
  },
  {
    name: "output",
    value: { en: "PATH", fr: "CHEMIN" },
    example: "exports/monday",
    default: "exports/mqtt_data",
    help: {
      en: "base path of the files, without extension; continued if they exist",
      fr: "chemin de base des fichiers, sans extension ; continués s'ils existent",
    },
  },
  {
    name: "print",
    value: "text|csv|json",
    otherwise: "text",
    example: "json",
    help: {
      en: "print each recorded message as a line on standard output, too",
      fr: "afficher aussi chaque message enregistré, une ligne sur la sortie standard",
    },
  },
  {
    name: "duration",
    short: "W",
    value: { en: "TIME", fr: "DURÉE" },
    example: "1h30m",
    help: {
      en: "stop after 10, 10s, 5m, 1h30m or 7d",
      fr: "s'arrêter après 10, 10s, 5m, 1h30m ou 7d",
    },
  },
  {
    name: "count",
    short: "C",
    value: "N",
    example: "1000",
    help: { en: "stop after N messages", fr: "s'arrêter après N messages" },
  },
  {
    name: "exit-on-error",
    help: {
      en: "end with code 1 when the files cannot be written, instead of holding the broker back",
      fr: "finir avec le code 1 si l'écriture échoue, au lieu de faire patienter le broker",
    },
  },
] as const satisfies readonly Flag[];
