/** What an `export` command line asks for, checked. */

import { exampleOf, type Flag } from "../config/command_line.ts";
import { badPath, pathProblem } from "../config/path_setting.ts";
import { SettingReader, timeOf } from "../config/setting_reader.ts";
import { unquoted } from "../config/subscription_options.ts";
import { UsageError } from "../locale/errors.ts";
import type { Lang, Sentences } from "../locale/mod.ts";
import { filterProblem } from "../message/topic.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { EXCEL_LOCALES } from "./excel_locales.ts";
import { EXPORT_FLAGS, type ExportFlag, type ExportLine } from "./export_flags.ts";
import type { ExportOptions } from "./export_recording.ts";
import { defaultShape, extensionOf, EXTENSIONS } from "./formats.ts";
import { momentOf } from "./moment_text.ts";
import type { Shape } from "./table.ts";
import type { Aggregate } from "./wide_columns.ts";
import { isTimeZone, localTimeZone, Zone } from "./zone.ts";

const SHAPES: readonly Shape[] = ["rows", "long", "wide"];
const AGGREGATES: readonly Aggregate[] = ["last", "mean", "min", "max", "count"];
const MAX_EVERY_MS = 366 * 86_400_000;

/** An export that is asked for. */
export interface ExportRequest {
  /** Recordings, as they were named. */
  readonly operands: readonly string[];
  /** The file to write, as it was named, and its extension. */
  readonly output: string;
  readonly extension: string;
  readonly force: boolean;
  readonly quiet: boolean;
  readonly options: ExportOptions;
}

/**
 * Checks a command line.
 *
 * @param now The present, ms since 1970 UTC.
 * @throws {UsageError} A value is not what is expected, or two flags contradict.
 */
export function exportRequest({ flags, operands }: ExportLine, lang: Lang, now: number) {
  const text = (name: ExportFlag) => flags[name]?.[0];
  new SettingReader(flags).oneOf("lang", ["fr", "en"], "en");
  if (operands.length === 0) throw new UsageError((t) => t.export.noRecording);
  const output = text("output");
  if (output === undefined) throw new UsageError((t) => t.export.noOutput);
  const problem = pathProblem(output, Deno.build.os === "windows");
  if (problem !== undefined) {
    throw badPath("--output", output, (t) => t.settings.pathProblems[problem]);
  }
  const extension = extensionOf(output);
  if (extension === undefined) {
    const known = EXTENSIONS.map((name) => `.${name}`).join(" ");
    throw new UsageError((t) => t.export.extension(escapeForTerminal(output), known));
  }
  const excel = oneOf(flags, "excel", [...EXCEL_LOCALES.keys()]);
  if (excel !== undefined && extension !== "csv") throw new UsageError((t) => t.export.onlyCsv);
  const every = everyOf(flags);
  const shape = oneOf(flags, "shape", SHAPES) ??
    (every === undefined ? defaultShape(extension, excel !== undefined) : "wide");
  const aggregate = oneOf(flags, "aggregate", AGGREGATES);
  if (every !== undefined && shape !== "wide") {
    throw new UsageError((t) => t.export.onlyWide("--every"));
  }
  if (aggregate !== undefined && every === undefined) {
    throw new UsageError((t) =>
      shape === "wide" ? t.export.onlyWithEvery : t.export.onlyWide("--aggregate")
    );
  }
  const zone = zoneOf(flags);
  const timeZone = zone ?? (shape === "rows" ? "UTC" : localTimeZone());
  const clock = new Zone(zone ?? localTimeZone());
  const from = momentAt(flags, "from", now, clock), to = momentAt(flags, "to", now, clock);
  if (from !== undefined && to !== undefined && from >= to) {
    const [a, b] = [text("from")!, text("to")!].map(escapeForTerminal);
    throw new UsageError((t) => t.export.reversed(a!, b!));
  }
  const options: ExportOptions = {
    shape,
    everyMs: every,
    aggregate: aggregate ?? "last",
    selection: {
      topics: filtersOf(flags, "topic"),
      without: filtersOf(flags, "filter-out"),
      from: from ?? -Infinity,
      to: to ?? Infinity,
    },
    timeZone,
    excel,
    switchesAsNumbers: flags["on-off-as-numbers"] !== undefined,
    lang,
  };
  return {
    operands,
    output,
    extension,
    force: flags.force !== undefined,
    quiet: flags.quiet !== undefined,
    options,
  } satisfies ExportRequest;
}

type Flags = ExportLine["flags"];
/** Flags whose values are checked here. */
type Checked = Exclude<keyof Sentences["export"]["wanted"], "time"> | "from" | "to";

/** The error for an invalid value; names what is expected. */
function bad(name: Checked, value: string): UsageError {
  const flag: Flag = EXPORT_FLAGS.find((flag) => flag.name === name)!;
  const wanted = name === "from" || name === "to" ? "time" : name;
  const known = name === "excel" ? `: ${[...EXCEL_LOCALES.keys()].join(" ")}` : "";
  return new UsageError((t) =>
    t.badValue(
      `--${name}`,
      escapeForTerminal(value),
      `${t.export.wanted[wanted]}${known}`,
      exampleOf(`--${name}`, flag),
    )
  );
}

function oneOf<T extends string>(
  flags: Flags,
  name: Checked,
  choices: readonly T[],
): T | undefined {
  const value = flags[name]?.[0];
  if (value === undefined) return undefined;
  const known = choices.find((choice) => choice === value.toLowerCase());
  if (known === undefined) throw bad(name, value);
  return known;
}

function everyOf(flags: Flags): number | undefined {
  const value = flags.every?.[0];
  if (value === undefined) return undefined;
  const ms = timeOf(value);
  if (!(Number.isInteger(ms) && ms >= 1 && ms <= MAX_EVERY_MS)) throw bad("every", value);
  return ms;
}

function zoneOf(flags: Flags): string | undefined {
  const value = flags["time-zone"]?.[0];
  if (value === undefined) return undefined;
  if (value.toLowerCase() === "local") return localTimeZone();
  if (/^(?:utc|z)$/i.test(value)) return "UTC";
  if (!isTimeZone(value)) throw bad("time-zone", value);
  return new Intl.DateTimeFormat("en-US", { timeZone: value }).resolvedOptions().timeZone;
}

function momentAt(flags: Flags, name: "from" | "to", now: number, zone: Zone): number | undefined {
  const value = flags[name]?.[0];
  if (value === undefined) return undefined;
  const moment = momentOf(value, now, zone);
  if (moment === undefined) throw bad(name, value);
  return moment;
}

function filtersOf(flags: Flags, name: "topic" | "filter-out"): readonly string[] {
  const filters = flags[name] ?? [];
  for (const filter of filters) {
    const shown = escapeForTerminal(filter), inner = unquoted(shown);
    if (inner !== undefined) {
      throw new UsageError((t) => t.settings.quotedValue(`--${name}`, shown, inner));
    }
    const problem = filterProblem(filter);
    if (problem === undefined) continue;
    throw new UsageError((t) => t.export.badFilter(shown, t.filterProblems[problem]!));
  }
  return filters;
}
