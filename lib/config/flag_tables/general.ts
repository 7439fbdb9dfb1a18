/** Flags for the program itself. */

import type { Flag } from "../command_line.ts";

export const GENERAL = [
  {
    name: "config",
    value: { en: "FILE", fr: "FICHIER" },
    example: "house.json",
    reach: "environment",
    help: {
      en: "JSON file of settings, named like these flags",
      fr: "fichier JSON de réglages, nommés comme ces options",
    },
  },
  {
    name: "print-config",
    reach: "command line",
    help: {
      en: "show every setting and where it comes from, then end",
      fr: "afficher chaque réglage et d'où il vient, puis finir",
    },
  },
  {
    name: "lang",
    value: "fr|en",
    example: "fr",
    help: {
      en: "language; default: the system's",
      fr: "langue ; par défaut celle du système",
    },
  },
  {
    name: "quiet",
    help: { en: "show errors only", fr: "n'afficher que les erreurs" },
  },
  {
    name: "verbose",
    help: { en: "show more of what happens", fr: "afficher plus de détails" },
  },
  {
    name: "help",
    short: "h",
    reach: "command line",
    help: { en: "show this help", fr: "afficher cette aide" },
  },
  {
    name: "version",
    reach: "command line",
    help: { en: "show the version", fr: "afficher la version" },
  },
] as const satisfies readonly Flag[];
