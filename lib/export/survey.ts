/** The first pass: how many rows there will be, which columns, how wide; what the recording is. */

import { ESCAPED, TEXT } from "../fields/field_list.ts";
import { FieldReader } from "../fields/field_reader.ts";
import type { RecordingSet } from "../reading/recording_set.ts";
import { longColumns } from "./long_table.ts";
import { Moments, type Steps } from "./moments.ts";
import { rowsColumns } from "./rows_table.ts";
import { type Selection, TopicTable } from "./selection.ts";
import type { Column, RecordingSummary, Shape } from "./table.ts";
import { type Aggregate, WideColumns, type WideLayout } from "./wide_columns.ts";

/** Topics that the summary names. */
const MAX_TOPICS = 1000;
/** Rows of empty steps above which `--every` is surely too short. */
const MAX_STEPS = 100_000_000;

/** What is surveyed, and how far. */
export interface SurveyOptions {
  readonly shape: Shape;
  readonly steps: Steps | undefined;
  readonly aggregate: Aggregate;
  readonly selection: Selection;
  readonly switchesAsNumbers: boolean;
  readonly maxColumns: number;
  readonly signal: AbortSignal;
  /** Called now and then. */
  readonly onProgress: () => void;
}

/** What the first pass has found. */
export interface Survey extends Omit<RecordingSummary, "files" | "gaps"> {
  readonly rows: number;
  /** The columns of `rows` and `long`. */
  readonly columns: readonly Column[];
  /** Those of `wide`, and the topics whose fields they are: the second pass needs the same nodes. */
  readonly wide: { readonly layout: WideLayout; readonly table: TopicTable } | undefined;
}

/** The first pass found more columns, or steps, than can be. */
export type TooMany = "columns" | "steps";

/** Reads the whole set once. Rethrows errors of the disk. */
export async function survey(
  set: RecordingSet,
  { shape, steps, aggregate, selection, switchesAsNumbers, maxColumns, signal, onProgress }:
    SurveyOptions,
): Promise<Survey | TooMany> {
  const isWide = shape === "wide";
  const table = new TopicTable(selection, { ownFields: isWide });
  const reader = new FieldReader({ switchesAsNumbers });
  const wide = new WideColumns(), moments = new Moments(steps);
  const widths = new Widths();
  let rows = 0, messages = 0, begin: number | undefined, end: number | undefined;
  for await (const { batch, from, to } of set.runs()) {
    signal.throwIfAborted();
    const { bytes } = batch.data;
    for (let i = from; i < to; i++) {
      const time = batch.time(i);
      if (time < selection.from || time >= selection.to) continue;
      const start = batch.topicEnd(i), stop = batch.payloadEnd(i);
      const topic = table.find(bytes, batch.topicStart(i), start);
      if (!topic.chosen) continue;
      messages++;
      topic.count++;
      if (begin === undefined || time < begin) begin = time;
      if (end === undefined || time > end) end = time;
      if (shape === "rows") {
        rows++;
        widths.add("topic", topic.name.length);
        widths.add("payload", stop - start);
        continue;
      }
      reader.read(bytes, start, stop, batch.payloadClasses(i), topic.root);
      const { fields } = reader;
      if (!isWide) {
        rows += fields.count;
        widths.addFields(topic.name, reader);
        continue;
      }
      wide.add(topic.name, reader);
      const before = moments.time;
      if (!moments.isNewRow(time, fields.nodes, fields.count)) continue;
      rows++;
      if (steps === undefined || Number.isNaN(before)) continue;
      rows += steps.missing(before, moments.time, MAX_STEPS);
      if (rows > messages + MAX_STEPS) return "steps";
    }
    if (isWide && (wide.count >= maxColumns || table.isExceeded)) return "columns";
    onProgress();
  }
  const layout = isWide ? wide.layout(aggregate) : undefined;
  if (layout !== undefined && layout.columns.length > maxColumns) return "columns";
  const columns = shape === "rows" ? rowsColumns(set.withProperties) : longColumns(false);
  return {
    rows,
    messages,
    begin,
    end,
    ...totals(table, messages),
    columns: columns.map((column) => widths.of(column)),
    wide: layout && { layout, table },
  };
}

function totals(
  table: TopicTable,
  messages: number,
): Pick<RecordingSummary, "topics" | "otherTopics"> {
  const topics = [...table].filter(({ count }) => count > 0)
    .map(({ name: topic, count }) => ({ topic, count }))
    .sort((a, b) => b.count - a.count || (a.topic < b.topic ? -1 : 1))
    .slice(0, MAX_TOPICS);
  return { topics, otherTopics: topics.reduce((rest, { count }) => rest - count, messages) };
}

/** The longest text of each column, in characters. */
class Widths {
  readonly #widths = new Map<string, number>();

  add(column: string, width: number): void {
    if (width > (this.#widths.get(column) ?? 0)) this.#widths.set(column, width);
  }

  addFields(topic: string, { fields: { count, kinds, nodes, starts, ends, unit } }: FieldReader) {
    this.add("topic", topic.length);
    if (unit !== undefined) this.add("unit", unit.length);
    for (let f = 0; f < count; f++) {
      this.add("field", nodes[f]!.name.length);
      if (kinds[f] === TEXT || kinds[f] === ESCAPED) this.add("text", ends[f]! - starts[f]!);
    }
  }

  of(column: Column): Column {
    const width = this.#widths.get(column.name);
    return column.kind === "text" ? { ...column, width: width ?? 0 } : column;
  }
}
