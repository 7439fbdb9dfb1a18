/** The command line of `mqttrec check`. */

import {
  type CommandLine,
  type Flag,
  flagLines,
  parseCommandLine,
} from "../config/command_line.ts";
import type { Sentences } from "../locale/mod.ts";

/** Every flag of `check`, in the order of its help. */
export const CHECK_FLAGS = [
  {
    name: "folder",
    value: { en: "FOLDER", fr: "DOSSIER" },
    example: "exports",
    help: {
      en: "where no FILE is named: check every recording in this folder",
      fr: "si aucun FICHIER n'est nommé : vérifier tous les enregistrements de ce dossier",
    },
  },
  {
    name: "repair",
    help: {
      en: "move a torn end to FILE.torn, and bring CSV and JSON level",
      fr: "déplacer une fin abîmée dans FICHIER.torn, et ramener CSV et JSON au même point",
    },
  },
  {
    name: "lang",
    value: "fr|en",
    example: "fr",
    help: { en: "language; default: the system's", fr: "langue ; par défaut celle du système" },
  },
  { name: "help", short: "h", help: { en: "show this help", fr: "afficher cette aide" } },
] as const satisfies readonly Flag[];

export type CheckLine = CommandLine<(typeof CHECK_FLAGS)[number]["name"]>;

/**
 * Parses the arguments after `check`; operands are files.
 *
 * @throws {UsageError} An unknown flag, or a flag given twice.
 */
export function parseCheckLine(argv: readonly string[]): CheckLine {
  return parseCommandLine(argv, CHECK_FLAGS, { operands: true });
}

/**
 * The text of `check --help`.
 *
 * @param columns Width of the terminal. @default {80}
 */
export function checkHelp(t: Sentences, columns?: number): string {
  return [
    t.check.helpUsage,
    t.help.asTask,
    "",
    ...t.check.intro,
    "",
    t.help.flags,
    ...flagLines([CHECK_FLAGS], t, columns).flat(),
    "",
    t.help.examples,
    "  mqttrec check exports",
    "  mqttrec check exports/mqtt_data",
    "  mqttrec check exports/monday.csv exports/monday.json --repair",
    "",
    t.check.exitCodes,
  ].join("\n");
}
