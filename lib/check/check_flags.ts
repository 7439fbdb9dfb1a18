/** The command line of `mqttrec check`. */

import {
  type CommandLine,
  type Flag,
  flagLines,
  parseCommandLine,
} from "../config/command_line.ts";
import { UsageError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";

/** Every flag of `check`, in the order of its help. */
export const CHECK_FLAGS = [
  {
    name: "repair",
    help: {
      en: "move a torn end to FILE.torn, and bring CSV and JSON level",
      fr: "déplacer une fin abîmée dans FICHIER.torn, et mettre CSV et JSON à égalité",
    },
  },
  {
    name: "lang",
    value: "fr|en",
    help: { en: "language; default: the system's", fr: "langue ; par défaut celle du système" },
  },
  { name: "help", short: "h", help: { en: "show this help", fr: "afficher cette aide" } },
] as const satisfies readonly Flag[];

export type CheckLine = CommandLine<(typeof CHECK_FLAGS)[number]["name"]>;

/**
 * Parses the arguments after `check`; operands are files.
 *
 * @throws {UsageError} An unknown flag, a flag given twice, or no file.
 */
export function parseCheckLine(argv: readonly string[]): CheckLine {
  const line = parseCommandLine(argv, CHECK_FLAGS, { operands: true });
  if (line.operands.length === 0 && !line.flags.help) throw new UsageError((t) => t.check.noFile);
  return line;
}

/** The text of `check --help`. */
export function checkHelp(t: Sentences): string {
  return [
    t.check.helpUsage,
    "",
    ...t.check.intro,
    "",
    t.help.flags,
    ...flagLines(CHECK_FLAGS, t),
    "",
    t.help.examples,
    "  mqttrec check exports/mqtt_data",
    "  mqttrec check exports/monday.csv exports/monday.json --repair",
    "",
    t.check.exitCodes,
  ].join("\n");
}
