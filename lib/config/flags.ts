/** Every flag: the table that parsing, `--help` and the README share. */

import { type Flag, flagLines, parseCommandLine } from "./command_line.ts";
import { BROKER } from "./flag_tables/broker.ts";
import { FILES } from "./flag_tables/files.ts";
import { GENERAL } from "./flag_tables/general.ts";
import { MQTT } from "./flag_tables/mqtt.ts";
import { SIMULATION } from "./flag_tables/simulation.ts";
import type { Sentences } from "../locale/mod.ts";

/** Every flag, in the order of `--help`. */
export const FLAGS = [
  ...BROKER,
  ...MQTT,
  ...FILES,
  ...SIMULATION,
  ...GENERAL,
] as const satisfies readonly Flag[];

export type FlagName = (typeof FLAGS)[number]["name"];

/**
 * Settings from one source, unchecked: values as text, a switch as `"true"`, or without a value if
 * a variable or file turns it off.
 */
export type Flags = Partial<Record<FlagName, readonly string[]>>;

/**
 * Parses the command line without checking values.
 *
 * @throws {UsageError} An unknown flag, a value missing or too many, a flag given twice.
 */
export function parseFlags(argv: readonly string[]): Flags {
  return parseCommandLine(argv, FLAGS).flags;
}

/** The environment variable that stands for a flag: `MQTTREC_SESSION_EXPIRY`. */
export function variableOf(name: string): string {
  return `MQTTREC_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** The language named on a command line that is otherwise invalid, for its errors. */
export function langTyped(argv: readonly string[]): Flags {
  const at = argv.findIndex((word) => /^--lang(?:=|$)/.test(word));
  const lang = argv[at]?.split("=")[1] ?? argv[at + 1];
  return at < 0 || lang === undefined ? {} : { lang: [lang] };
}

/** What most recordings need, first in `--help`. */
const FIRST: readonly string[] = ["broker", "topic", "output", "username"];

/**
 * The text of `--help`.
 *
 * @param columns Width of the terminal. @default {80}
 */
export function helpText(t: Sentences, columns?: number): string {
  const tables: readonly (readonly Flag[])[] = [BROKER, MQTT, FILES, SIMULATION, GENERAL];
  const isFirst = ({ name }: Flag) => FIRST.includes(name);
  const first = FIRST.map((name) => FLAGS.find((flag) => flag.name === name)!);
  const others = tables.map((table) => table.filter((flag) => !isFirst(flag)));
  const groups = flagLines([first, ...others], t, columns);
  return [
    t.help.usage,
    t.check.usage,
    t.export.usage,
    t.live.topicsHelp.usage,
    t.live.helpUsage,
    t.help.asTask,
    "",
    t.help.intro,
    "",
    t.help.examples,
    "  mqttrec --simulate --embedded-broker",
    '  mqttrec --broker 192.0.2.7 --topic "sensors/#" --topic "home/+/power"',
    "  mqttrec --broker mqtts://broker.example.com --username anna",
    "  mqttrec --format csv --output exports/monday --duration 2h",
    ...groups.flatMap((lines, i) => ["", t.help.groups[i]!, ...lines]),
    "",
    ...t.settings.help,
    "",
    t.help.more,
  ].join("\n");
}
