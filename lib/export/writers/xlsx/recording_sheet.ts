/** The sheet about the recording: what was read, its topics, its gaps. */

import type { Sentences } from "../../../locale/mod.ts";
import type { TableInfo } from "../../table.ts";
import { type Cells, columnName } from "./cells.ts";
import { STYLES } from "./styles.ts";

/** A cell before its place is known. */
type Cell = (cells: Cells, ref: string) => string;

const text = (value: string): Cell => (cells, ref) => cells.text(ref, value);
const header = (value: string): Cell => (cells, ref) => cells.text(ref, value, STYLES.header);
const count = (value: number): Cell => (cells, ref) => cells.integer(ref, value);
/** @param value ms since 1970 UTC. */
const time = (value: number): Cell => (cells, ref) => cells.time(ref, value);

/** Widths of its columns, in characters. */
export const RECORDING_WIDTHS = [44, 26, 26, 26];

/** The rows of the sheet, as cells; an empty one separates the parts. */
export function* recordingRows(
  { summary, timeZone }: TableInfo,
  cells: Cells,
  t: Sentences["sheet"],
): Generator<string> {
  let row = 0;
  for (const line of lines()) {
    row++;
    yield line.map((cell, i) => cell(cells, `${columnName(i)}${row}`)).join("");
  }

  function* lines(): Generator<readonly Cell[]> {
    for (const [i, file] of summary.files.entries()) {
      yield [header(i === 0 ? t.files(summary.files.length) : ""), text(file)];
    }
    yield [header(t.messages), count(summary.messages)];
    if (summary.begin !== undefined) yield [header(t.first), time(summary.begin)];
    if (summary.end !== undefined) yield [header(t.last), time(summary.end)];
    yield [header(t.timeZone), text(timeZone)];
    if (cells.cut > 0) yield [header(t.cutTexts), count(cells.cut)];
    yield [];
    yield [header(t.topic), header(t.messages)];
    for (const { topic, count: messages } of summary.topics) yield [text(topic), count(messages)];
    if (summary.otherTopics > 0) yield [text(t.otherTopics), count(summary.otherTopics)];
    yield [];
    if (summary.gaps.length === 0) {
      yield [header(t.noGaps)];
      return;
    }
    yield [header(t.gapBegin), header(t.gapEnd), header(t.gapCause), header(t.gapRisk)];
    for (const { begin, end, cause, risk } of summary.gaps) {
      const words = [causeOf(cause, t), wordOf(risk, t.risks)];
      yield [instant(begin), instant(end), ...words.map(text)];
    }
  }
}

/** A word of the gap log in the reader's language; an unknown one as it is. */
function wordOf(word: string, words: Readonly<Record<string, string>>): string {
  return Object.hasOwn(words, word) ? words[word]! : word;
}

/** A cause of the gap log, `broker queue: 3 dropped, all clients`, in the reader's words. */
function causeOf(logged: string, t: Sentences["sheet"]): string {
  const [cause = "", ...details] = logged.split(": ");
  const detail = details.join(": ");
  const dropped = /^(\d+) dropped, all clients$/.exec(detail);
  return [wordOf(cause, t.causes), dropped ? t.droppedByBroker(Number(dropped[1])) : detail]
    .filter((part) => part !== "").join(t.colon);
}

/** A time of the gap log; whatever else stands there stays as it is. */
function instant(iso: string): Cell {
  const value = Date.parse(iso);
  return Number.isNaN(value) ? text(iso) : time(value);
}
