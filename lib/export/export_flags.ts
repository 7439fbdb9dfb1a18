/** The command line of `mqttrec export`. */

import {
  type CommandLine,
  type Flag,
  flagLines,
  parseCommandLine,
} from "../config/command_line.ts";
import type { Sentences } from "../locale/mod.ts";

const TABLE = [
  {
    name: "output",
    short: "o",
    value: { en: "FILE", fr: "FICHIER" },
    example: "exports/mqtt_data.xlsx",
    help: {
      en: "the table to write: .xlsx .csv .parquet .sqlite .ndjson .json",
      fr: "le tableau à écrire : .xlsx .csv .parquet .sqlite .ndjson .json",
    },
  },
  {
    name: "shape",
    value: "rows|long|wide",
    example: "long",
    help: {
      en: "rows: one row for each message, as recorded; long: one row for each value; " +
        "wide: one column for each topic or field; default: wide for .xlsx and --excel, else long",
      fr: "rows : une ligne par message, comme enregistré ; long : une ligne par valeur ; " +
        "wide : une colonne par topic ou champ ; par défaut wide pour .xlsx et --excel, sinon long",
    },
  },
  {
    name: "every",
    value: { en: "TIME", fr: "DURÉE" },
    example: "10s",
    help: {
      en: "wide: one row for each step of this length",
      fr: "wide : une ligne par pas de cette durée",
    },
  },
  {
    name: "aggregate",
    value: "last|mean|min|max|count",
    example: "mean",
    help: {
      en:
        "what becomes of the values of a step; texts: the last one, or their number; default: last",
      fr: "ce que deviennent les valeurs d'un pas ; textes : le dernier, ou leur nombre ; " +
        "par défaut last",
    },
  },
  {
    name: "excel",
    value: { en: "LANGUAGE", fr: "LANGUE" },
    example: "fr",
    help: {
      en: "a .csv that Excel opens at a double click: en fr de es it nl pt pl",
      fr: "un .csv qu'Excel ouvre d'un double clic : en fr de es it nl pt pl",
    },
  },
  {
    name: "on-off-as-numbers",
    help: {
      en: "ON, OFF, true and false become 1 and 0",
      fr: "ON, OFF, true et false deviennent 1 et 0",
    },
  },
  {
    name: "force",
    help: { en: "replace FILE if it exists", fr: "remplacer FICHIER s'il existe" },
  },
] as const satisfies readonly Flag[];

const MESSAGES = [
  {
    name: "topic",
    short: "t",
    value: { en: "FILTER", fr: "FILTRE" },
    example: "home/+/temperature",
    repeatable: true,
    help: {
      en: 'only topics that match, in quotes: "home/#"',
      fr: 'seulement les topics qui correspondent, entre guillemets : "home/#"',
    },
  },
  {
    name: "filter-out",
    short: "T",
    value: { en: "FILTER", fr: "FILTRE" },
    example: "home/+/debug",
    repeatable: true,
    help: { en: "no topics that match", fr: "pas les topics qui correspondent" },
  },
  {
    name: "from",
    value: { en: "TIME", fr: "DATE" },
    example: "2026-11-26T08:30",
    help: {
      en: "from this time on: 2026-11-26, 2026-11-26T08:30, 08:30, today, yesterday, -2h",
      fr: "à partir de : 2026-11-26, 2026-11-26T08:30, 08:30, aujourd'hui, hier, -2h",
    },
  },
  {
    name: "to",
    value: { en: "TIME", fr: "DATE" },
    example: "today",
    help: { en: "up to this time, itself left out", fr: "jusqu'à cette date, elle-même exclue" },
  },
  {
    name: "time-zone",
    value: { en: "ZONE", fr: "FUSEAU" },
    example: "Europe/Paris",
    help: {
      en: "of the times in FILE, and in --from and --to: Europe/Paris, UTC, local; " +
        "default: local, for --shape rows UTC",
      fr: "des dates dans FICHIER, --from et --to : Europe/Paris, UTC, local ; " +
        "par défaut local, pour --shape rows UTC",
    },
  },
] as const satisfies readonly Flag[];

const GENERAL = [
  {
    name: "quiet",
    help: { en: "say only errors", fr: "ne dire que les erreurs" },
  },
  {
    name: "lang",
    value: "fr|en",
    example: "fr",
    help: { en: "language; default: the system's", fr: "langue ; par défaut celle du système" },
  },
  { name: "help", short: "h", help: { en: "show this help", fr: "afficher cette aide" } },
] as const satisfies readonly Flag[];

/** Every flag of `export`, in the order of its help. */
export const EXPORT_FLAGS = [...TABLE, ...MESSAGES, ...GENERAL] as const satisfies readonly Flag[];

export type ExportFlag = (typeof EXPORT_FLAGS)[number]["name"];
export type ExportLine = CommandLine<ExportFlag>;

/**
 * Parses the arguments after `export`; operands are recordings.
 *
 * @throws {UsageError} An unknown flag, a value missing or too many, a flag given twice.
 */
export function parseExportLine(argv: readonly string[]): ExportLine {
  return parseCommandLine(argv, EXPORT_FLAGS, { operands: true });
}

/**
 * The text of `export --help`.
 *
 * @param columns Width of the terminal. @default {80}
 */
export function exportHelp(t: Sentences, columns?: number): string {
  const groups = flagLines([TABLE, MESSAGES, GENERAL], t, columns);
  return [
    t.export.helpUsage,
    "",
    ...t.export.intro,
    ...groups.flatMap((lines, i) => ["", t.export.groups[i]!, ...lines]),
    "",
    t.help.examples,
    "  mqttrec export exports/mqtt_data -o exports/mqtt_data.xlsx --every 10s",
    "  mqttrec export exports/mqtt_data -o today.csv --excel fr --from today",
    '  mqttrec export exports/mqtt_data -o home.parquet --topic "home/#"',
    "",
    t.export.exitCodes,
  ].join("\n");
}
