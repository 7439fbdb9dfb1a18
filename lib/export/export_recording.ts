/** Turns recordings into a table: one pass over them, or two where columns must be known first. */

import type { LoggedGap } from "../gaps/read_gaps.ts";
import { cannot } from "../files/regular_file.ts";
import { missingPermission, RecordingError, UserError } from "../locale/errors.ts";
import type { Lang } from "../locale/mod.ts";
import type { FileProblem, RecordingSet } from "../reading/recording_set.ts";
import { longColumns, LongTable, messageColumns } from "./long_table.ts";
import { Steps } from "./moments.ts";
import type { OutputFile } from "./output_file.ts";
import { rowsColumns, RowsTable } from "./rows_table.ts";
import { type Selection, TopicTable } from "./selection.ts";
import { type Survey, survey } from "./survey.ts";
import type { Column, Shape, TableFormat, TableInfo, TableWriter } from "./table.ts";
import type { TableBuilder } from "./table_builder.ts";
import type { Aggregate } from "./wide_columns.ts";
import { WideTable } from "./wide_table.ts";
import { Zone } from "./zone.ts";

/** What is exported, and how. */
export interface ExportOptions {
  readonly shape: Shape;
  /** Length of a step of `wide`, in ms; undefined: one row for each moment. */
  readonly everyMs: number | undefined;
  readonly aggregate: Aggregate;
  readonly selection: Selection;
  readonly timeZone: string;
  readonly excel: string | undefined;
  readonly switchesAsNumbers: boolean;
  readonly lang: Lang;
}

/** What surrounds an export. */
export interface ExportSurroundings {
  readonly gaps: readonly LoggedGap[];
  readonly signal: AbortSignal;
  /** Called now and then with the share that is done, 0 to 1. */
  readonly onProgress: (done: number) => void;
}

/** What was written. */
export interface Exported {
  readonly rows: number;
  readonly columns: number;
  readonly problems: readonly FileProblem[];
}

/**
 * Writes the table to `output.temporary`, whole and synced.
 *
 * @throws {UserError} Nothing is chosen, the format cannot hold it, or a disk fails.
 * @throws What `signal` aborts with.
 */
export async function exportRecording(
  set: RecordingSet,
  format: TableFormat,
  output: OutputFile,
  options: ExportOptions,
  { gaps, signal, onProgress }: ExportSurroundings,
): Promise<Exported> {
  const { shape, everyMs, aggregate, selection, timeZone, switchesAsNumbers } = options;
  const steps = everyMs === undefined ? undefined : new Steps(everyMs, new Zone(timeZone));
  const isSurveyed = shape === "wide" || format.countsRows === true;
  const passes = isSurveyed ? 2 : 1;
  let pass = 0;
  const progress = () => onProgress((pass + set.bytesRead / Math.max(1, set.bytes)) / passes);
  let found: Survey | undefined;
  if (isSurveyed) {
    const { maxColumns } = format;
    const result = await survey(set, {
      ...{ shape, steps, aggregate, selection, switchesAsNumbers, maxColumns, signal },
      onProgress: progress,
    });
    if (result === "columns") {
      throw new RecordingError((t) => t.export.tooManyColumns(output.path, maxColumns));
    }
    if (result === "steps") throw new RecordingError((t) => t.export.tooManySteps);
    if (result.messages === 0) throw nothing(set);
    found = result;
    pass = 1;
  }
  const { withProperties } = set;
  const withMessages = shape === "long" && format.hasMessages === true;
  const builder = makeBuilder(found, { ...options, steps, withMessages, withProperties });
  const info = tableInfo(found, set, gaps, options, { withMessages, withProperties });
  const failed = (cause: unknown) =>
    cause instanceof UserError || missingPermission(cause) ? cause : cannot(output.path, cause);
  const writer = await format.open(output.temporary, info).catch((cause) => {
    throw failed(cause);
  });
  try {
    const topics = found?.wide?.table ?? new TopicTable(selection, { ownFields: false });
    const rows = await fill({ set, topics, selection, builder, writer, signal, failed, progress });
    if (rows === 0) throw nothing(set);
    await writer.finish().catch((cause) => {
      throw failed(cause);
    });
    return { rows, columns: info.columns.length, problems: set.problems };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** The error for a table without rows: it says what is damaged where that is why. */
function nothing(set: RecordingSet): UserError {
  const [file] = set.files;
  return new RecordingError((t) =>
    set.problems.length > 0
      ? t.export.noWholeRow(set.problems[0]!.path)
      : t.export.noRows(file!.path)
  );
}

interface BuilderOptions extends ExportOptions {
  readonly steps: Steps | undefined;
  readonly withMessages: boolean;
  readonly withProperties: boolean;
}

function makeBuilder(found: Survey | undefined, options: BuilderOptions): TableBuilder {
  if (found?.wide) return new WideTable(found.wide.layout, options);
  if (options.shape === "rows") return new RowsTable(options.withProperties);
  return new LongTable(options);
}

function tableInfo(
  found: Survey | undefined,
  set: RecordingSet,
  gaps: readonly LoggedGap[],
  { shape, timeZone, excel, lang }: ExportOptions,
  { withMessages, withProperties }: Pick<BuilderOptions, "withMessages" | "withProperties">,
): TableInfo {
  const plain = (): readonly Column[] =>
    found?.columns ?? (shape === "rows" ? rowsColumns(withProperties) : longColumns(withMessages));
  return {
    columns: found?.wide?.layout.columns ?? plain(),
    shape,
    rowCount: found?.rows ?? -1,
    timeZone,
    summary: {
      files: set.files.map(({ path }) => path),
      messages: found?.messages ?? 0,
      begin: found?.begin,
      end: found?.end,
      topics: found?.topics ?? [],
      otherTopics: found?.otherTopics ?? 0,
      gaps,
    },
    ...(withMessages ? { messages: { columns: messageColumns(withProperties) } } : {}),
    ...(excel === undefined ? {} : { excel }),
    lang,
  };
}

interface Filling {
  readonly set: RecordingSet;
  readonly topics: TopicTable;
  readonly selection: Selection;
  readonly builder: TableBuilder;
  readonly writer: TableWriter;
  readonly signal: AbortSignal;
  readonly failed: (cause: unknown) => unknown;
  readonly progress: () => void;
}

/** Passes every chosen message to the builder, and its blocks to the writer; returns the rows. */
async function fill(
  { set, topics, selection: { from, to }, builder, writer, signal, failed, progress }: Filling,
): Promise<number> {
  const { table, messages } = builder;
  let rows = 0;
  const drain = async () => {
    signal.throwIfAborted();
    try {
      // A sample never comes before its message.
      messages?.complete();
      for (const block of messages?.ready.splice(0) ?? []) {
        await writer.writeMessages?.(block);
        messages!.reuse(block);
      }
      for (const block of table.ready.splice(0)) {
        await writer.write(block);
        rows += block.rows;
        table.reuse(block);
      }
    } catch (cause) {
      throw failed(cause);
    }
  };
  for await (const { batch, from: first, to: end } of set.runs()) {
    const { bytes } = batch.data;
    for (let i = first; i < end; i++) {
      const time = batch.time(i);
      if (time < from || time >= to) continue;
      const topic = topics.find(bytes, batch.topicStart(i), batch.topicEnd(i));
      if (!topic.chosen) continue;
      if (builder.advance !== undefined) { while (!builder.advance(time)) await drain(); }
      builder.add(batch, i, topic);
      if (table.ready.length > 0 || messages !== undefined && messages.ready.length > 0) {
        await drain();
      }
    }
    signal.throwIfAborted();
    progress();
  }
  builder.end();
  await drain();
  return rows;
}
