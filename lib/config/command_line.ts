/** Parses a command line by a table of flags and renders the table as help. */

import { parseArgs } from "@std/cli/parse-args";
import { redact, UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { Lang, Sentences } from "../locale/mod.ts";
import { closestString } from "../text/closest_string.ts";
import { HIDDEN } from "../text/secret.ts";

/** One documented flag. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** Placeholder of the value in `--help`; absent for a switch. */
  readonly value?: string | Readonly<Record<Lang, string>>;
  /** The flag may stand without its value, which then is this. */
  readonly otherwise?: string;
  /** A value for error sentences. */
  readonly example?: string;
  readonly default?: string;
  readonly repeatable?: boolean;
  /** Where the setting is allowed; `environment` includes the command line. @default {everywhere} */
  readonly reach?: "command line" | "environment";
  readonly help: Readonly<Record<Lang, string>>;
}

/** A parsed command line, unchecked: values as text, switches as `"true"`. */
export interface CommandLine<Name extends string> {
  readonly flags: Partial<Record<Name, readonly string[]>>;
  /** Arguments that belong to no flag. */
  readonly operands: readonly string[];
}

/**
 * Parses a command line without checking values.
 *
 * @param operands Whether arguments that belong to no flag are accepted.
 * @throws {UsageError} An unknown flag, a value missing or too many, a flag given twice.
 */
export function parseCommandLine<Table extends readonly Flag[]>(
  argv: readonly string[],
  table: Table,
  { operands = false }: { readonly operands?: boolean } = {},
): CommandLine<Table[number]["name"]> {
  const others: string[] = [];
  const normalized = normalize(argv, table, operands ? others : undefined);
  const withValue = table.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const args = parseArgs(normalized, {
    string: withValue,
    boolean: table.filter(({ value }) => value === undefined).map(({ name }) => name),
    collect: withValue,
  });
  const flags: Partial<Record<string, readonly string[]>> = {};
  for (const { name, value } of table) {
    const given: unknown = args[name];
    const values = value === undefined ? (given === true ? ["true"] : []) : given as string[];
    if (values.length > 0) flags[name] = values;
  }
  return { flags: flags as CommandLine<Table[number]["name"]>["flags"], operands: others };
}

/**
 * Refuses what `parseArgs` would accept silently: unknown flags and missing values. Joins each
 * value to its flag, because `parseArgs` takes the value in `--sensors -5` for a flag.
 */
function normalize(
  argv: readonly string[],
  table: readonly Flag[],
  operands: string[] | undefined,
): string[] {
  const normalized: string[] = [];
  const given = new Set<string>();
  for (let i = 0; i < argv.length; i++) {
    const [, key, joined] = /^(--?[^\d=][^=]*)(?:=(.*))?$/s.exec(argv[i]!) ?? [];
    if (key === undefined || key === "--") {
      if (operands?.push(argv[i]!)) continue;
      throw strayArgument(argv, i, table);
    }
    const flag = table.find(({ name, short }) => key === `--${name}` || key === `-${short}`);
    if (flag === undefined) throw unknownFlag(key, table);
    // `parseArgs` would keep the last one only.
    if (given.has(flag.name) && !flag.repeatable) {
      throw new UsageError((t) => t.givenTwice(`--${flag.name}`));
    }
    given.add(flag.name);
    if (flag.value === undefined) {
      if (joined !== undefined) throw new UsageError((t) => t.unexpectedValue(key));
    } else if (joined === undefined && flag.otherwise !== undefined) {
      // A value that follows begins with a digit, as no flag and no word does.
      const follows = /^\d/.test(argv[i + 1] ?? "");
      normalized.push(`--${flag.name}=${follows ? argv[++i] : flag.otherwise}`);
      continue;
    } else if (joined === undefined) {
      // "-5" is a value, which the range check refuses; "--port" is a flag: the value is missing.
      const next = argv[++i];
      if (next === undefined || /^-[^\d.]/.test(next)) {
        const example = exampleOf(key, flag);
        throw new UsageError((t) => t.missingValue(key, example));
      }
      normalized.push(`--${flag.name}=${next}`);
      continue;
    }
    normalized.push(joined === undefined ? `--${flag.name}` : `--${flag.name}=${joined}`);
  }
  return normalized;
}

/** A flag with a value, as it would be typed. */
export function exampleOf(key: string, { example = "" }: Flag): string {
  return `${key} ${/[^\w./-]/.test(example) ? `"${example}"` : example}`;
}

/** Flags of other programs, and what they are called here. */
const FOREIGN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    broker: "host hosts hostname server address url uri ip addr L",
    output: "file filename out outfile output-file path folder dir directory o",
    topic: "topics subscribe sub filter",
    username: "user login name",
    password: "pass passwd pwd pw",
    "client-id": "id clientid identifier",
    cafile: "ca ca-file ca-cert capath tls ssl",
    cert: "certificate client-cert",
    key: "private-key keyfile",
    "key-password-file": "passphrase key-password keypass",
    duration: "timeout time for",
    "session-expiry": "clean clean-session disable-clean-session c",
    keepalive: "keep-alive",
    "embedded-broker": "embed built-in-broker",
    "max-payload": "max-size",
    lang: "language locale langue",
    verbose: "debug v d",
    quiet: "silent",
    help: "aide usage",
  }).flatMap(([name, others]) => others.split(" ").map((other) => [other, name])),
);

/** The error for a flag that does not exist; it shows no password that is joined to a flag. */
function unknownFlag(key: string, table: readonly Flag[]): UsageError {
  const typed = key.replace(/^-+/, "");
  const names = table.map(({ name }) => name);
  const foreign = FOREIGN.get(typed) ?? FOREIGN.get(typed.toLowerCase());
  const near = names.find((name) => name === foreign) ?? closestString(typed, names);
  const [flag, value = ""] = joinedValue(key, table);
  const isName = names.includes(typed.toLowerCase()) || /^password[-_]?files?$/i.test(typed);
  const isSecret = flag !== undefined && /^-[Ppu]$|^--p/.test(flag);
  if (flag !== undefined && !isName && (isSecret || foreign === undefined)) {
    const shown = escapeForTerminal(`${flag}${isSecret ? HIDDEN : value}`);
    return new UsageError((t) => t.joinedValue(shown, flag));
  }
  const shown = escapeForTerminal(redact(key));
  return new UsageError((t) => t.unknownFlag(shown, near && `--${near}`));
}

/** A flag and the value in the same word, as `-Psecret` of other programs; empty if it is none. */
function joinedValue(key: string, table: readonly Flag[]): string[] {
  const [, letter, value] = /^-(\w)(.+)$/s.exec(key) ?? [];
  const takesValue = ({ short, value }: Flag) => short === letter && value !== undefined;
  if (letter !== undefined) return table.some(takesValue) ? [`-${letter}`, value!] : [];
  const [, secret] = /^--password(.+)$/s.exec(key) ?? [];
  return secret === undefined ? [] : ["--password", secret];
}

/** The error for an argument that belongs to no flag. */
function strayArgument(argv: readonly string[], at: number, table: readonly Flag[]): UsageError {
  const argument = argv[at]!;
  const before = argv[at - 1];
  if (before === "-h" && table.some(({ name }) => name === "broker")) {
    const shown = escapeForTerminal(redact(argument));
    return new UsageError((t) => t.hostBehindHelp(shown));
  }
  // The rest of a password with blanks that no quotes hold together.
  const isSecret = argv.slice(0, at).some((word) => /^(?:-P|--password)(?:=|$)/.test(word));
  // cmd.exe cuts 'my house' in two.
  const from = argv.slice(0, at).findLastIndex((word) => /^'[^']*$/.test(word));
  const to = argv.findIndex((word, i) => i >= at && /^[^']*'$/.test(word));
  if (!isSecret && from > 0 && to > 0) {
    const text = escapeForTerminal(redact(argv.slice(from, to + 1).join(" ")));
    const flag = escapeForTerminal(argv[from - 1]!);
    return new UsageError((t) => t.settings.quotedValue(flag, text, text.slice(1, -1)));
  }
  const shown = isSecret ? HIDDEN : escapeForTerminal(redact(argument));
  return new UsageError((t) => t.strayArgument(shown));
}

/** Widest line of `--help`, in characters; a description is never narrower than this. */
const HELP_WIDTH = 80, MIN_DESCRIPTION = 20;

/**
 * The flags of tables as lines of `--help`, aligned with each other; one array for each table.
 *
 * @param columns Width of the terminal. @default {80}
 */
export function flagLines(
  tables: readonly (readonly Flag[])[],
  t: Sentences,
  columns = HELP_WIDTH,
): string[][] {
  const rows = tables.map((table) => flagRows(table, t));
  const width = Math.max(...rows.flat().map(([left]) => left.length));
  return rows.map((rows) =>
    rows.flatMap(([left, right]) =>
      wrapText(right, Math.max(MIN_DESCRIPTION, Math.min(columns, HELP_WIDTH) - width - 4))
        .map((line, index) => `  ${(index === 0 ? left : "").padEnd(width)}  ${line}`)
    )
  );
}

/** Each flag as its name and its help. */
function flagRows(table: readonly Flag[], t: Sentences): (readonly [string, string])[] {
  return table.map(({ name, short, value: takes, help, repeatable, ...flag }) => {
    const shown = typeof takes === "object" ? takes[t.lang] : takes;
    const value = flag.otherwise === undefined ? shown && ` ${shown}` : `[=${shown}]`;
    const left = `${short ? `-${short}, ` : ""}--${name}${value ?? ""}`;
    const notes = [
      ...(flag.default !== undefined ? [`${t.help.default} ${flag.default}`] : []),
      ...(repeatable ? [t.help.repeatable] : []),
    ];
    return [left, help[t.lang] + (notes.length > 0 ? ` (${notes.join(", ")})` : "")] as const;
  });
}

/** Breaks `text` at spaces into lines of at most `width` characters. */
function wrapText(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
