/** Flags for the recorded files and the end of a recording. */

import type { Flag } from "../command_line.ts";

export const FILES = [
  {
    name: "format",
    value: "csv|json|ndjson|both",
    example: "csv",
    default: "both",
    help: {
      en: "files to write, or a list of them: csv,ndjson; both stands for csv,json",
      fr: "fichiers à écrire, ou leur liste : csv,ndjson ; both vaut csv,json",
    },
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
    name: "rotate",
    value: { en: "TIME|SIZE|ROWS", fr: "DURÉE|TAILLE|LIGNES" },
    example: "1h",
    repeatable: true,
    help: {
      en: "finish the files every 1h or 1d of the local clock, at 500MB, or after 1000000 rows",
      fr: "finir les fichiers toutes les 1h ou 1d de l'heure locale, à 500MB ou à 1000000 lignes",
    },
  },
  {
    name: "keep",
    value: "N",
    example: "30",
    help: {
      en: "with --rotate: delete the oldest finished files beyond N",
      fr: "avec --rotate : supprimer les plus anciens fichiers finis au-delà de N",
    },
  },
  {
    name: "max-total",
    value: { en: "SIZE", fr: "TAILLE" },
    example: "20GB",
    help: {
      en: "with --rotate: delete the oldest finished files beyond this size in all",
      fr: "avec --rotate : supprimer les plus anciens fichiers finis au-delà de cette taille",
    },
  },
  {
    name: "compress",
    help: {
      en: "with --rotate: compress finished files in the background (gzip)",
      fr: "avec --rotate : compresser les fichiers finis en arrière-plan (gzip)",
    },
  },
  {
    name: "print-files",
    help: {
      en: "with --rotate: print the name of each finished file to standard output",
      fr: "avec --rotate : écrire le nom de chaque fichier fini sur la sortie standard",
    },
  },
  {
    name: "min-free",
    value: { en: "SIZE", fr: "TAILLE" },
    example: "1GB",
    help: {
      en:
        "hold the broker back while less of the disk is free; default 1 %, at most 100MB; 0: never",
      fr: "faire patienter le broker si le disque a moins de libre ; par défaut 1 %, au plus 100MB",
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
    name: "idle",
    value: { en: "TIME", fr: "DURÉE" },
    example: "10m",
    help: {
      en: "stop when no message has come for so long",
      fr: "s'arrêter quand aucun message n'est venu pendant ce temps",
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
