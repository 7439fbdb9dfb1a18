/** The table of topics as rows of a terminal: most recent first, and a part of it when scrolled. */

import type { Sentences } from "../locale/mod.ts";
import { isUtf8 } from "../message/utf8.ts";
import type { Move, TableSource } from "../terminal/table_screen.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { shorten, shortenMiddle, width } from "../text/width.ts";
import type { TopicEntry } from "./topic_entry.ts";
import type { TopicTable } from "./topic_table.ts";

/** Narrower tables go without the rate, then without the age. */
const MIN_WITH_RATE = 48, MIN_WITH_AGE = 32;
const GAP = "  ";
/** The share of the rows whose topics fit, and the most that values take from topics. */
const USUAL = 0.85, VALUE_SHARE = 1 / 3;
/** Letters that are written from right to left; terminals that reorder them reorder the row. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** Keeps what stands on both sides in the order of the row; takes no column. */
const LEFT_TO_RIGHT = "\u200e";
/** Most characters in a column: combining marks take none, and could fill the screen. */
const MAX_PER_COLUMN = 4;

export class TopicView implements TableSource {
  readonly #table: TopicTable;
  readonly #t: Sentences;
  /** The entries in the order in which scrolling began: they must not move under the reader. */
  #order: readonly TopicEntry[] | undefined;
  #first = 0;
  #page = 1;
  /** Columns of the last drawing, and of its topics. */
  #columns = 0;
  #topicWidth = 0;

  constructor(table: TopicTable, t: Sentences) {
    this.#table = table;
    this.#t = t;
  }

  set shown(shown: boolean) {
    this.#table.shown = shown;
    this.#order = undefined;
    this.#first = 0;
  }

  move(move: Move): void {
    const all = this.#order?.length ?? this.#table.size;
    const by = { up: -1, down: 1, pageUp: -this.#page, pageDown: this.#page, home: -all, end: all };
    const last = Math.max(0, all - this.#page);
    this.#first = Math.max(0, Math.min(last, this.#first + by[move]));
    if (this.#first === 0) this.#order = undefined;
    else this.#order ??= [...this.#table.entries()];
  }

  get position(): string {
    const all = this.#order?.length ?? this.#table.size;
    if (all === 0) return "";
    return this.#t.live.table.shown(
      this.#first + 1,
      Math.min(all, this.#first + this.#page),
      all,
    );
  }

  render(columns: number, rows: number): readonly string[] {
    const { table } = this.#t.live;
    this.#page = Math.max(1, rows - 1);
    const entries = this.#visible();
    const now = this.#table.now;
    const cells = entries.map((entry) => [
      escaped(entry.topic, columns),
      this.#value(entry, columns),
      this.#t.duration(Math.floor(Math.max(0, now - entry.time) / 1000) * 1000),
      rateOf(entry, now, table.per),
    ]);
    const heading = [table.topic, table.value, table.age, table.rate];
    if (columns !== this.#columns) this.#topicWidth = 0;
    this.#columns = columns;
    const { lines, topicWidth } = layOut([heading, ...cells], columns, this.#topicWidth);
    // A column that shrank with every look would jump.
    this.#topicWidth = topicWidth;
    return entries.length === 0 ? [lines[0]!, table.none] : lines.slice(0, rows);
  }

  #visible(): readonly TopicEntry[] {
    if (this.#order) return this.#order.slice(this.#first, this.#first + this.#page);
    return this.#table.entries().take(this.#page).toArray();
  }

  #value({ value, valueBytes }: TopicEntry, columns: number): string {
    const { table } = this.#t.live;
    if (valueBytes === 0) return table.empty;
    const end = value.length < valueBytes ? wholeEnd(value) : value.length;
    if (!isUtf8(value, 0, end)) return table.binary(valueBytes);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(value.subarray(0, end));
    return escaped(end < valueBytes ? `${text}…` : text, columns);
  }
}

function rateOf(entry: TopicEntry, now: number, per: (rate: number) => string): string {
  const rate = entry.rate(now);
  return rate === undefined ? "" : per(rate);
}

/** Safe text of at most as many characters as have room in some columns. */
function escaped(text: string, columns: number): string {
  return escapeForTerminal(text.slice(0, MAX_PER_COLUMN * columns));
}

/** Where the last whole character ends of UTF-8 that was cut. */
function wholeEnd(bytes: Uint8Array): number {
  let at = bytes.length - 1;
  while (at > 0 && bytes.length - at < 4 && (bytes[at]! & 0xc0) === 0x80) at--;
  return bytes[at]! >= 0xc0 ? at : bytes.length;
}

/** Columns of the cells of one kind: few long ones take no room from all others. */
function usualWidth(rows: readonly (readonly string[])[], cell: number): number {
  const widths = rows.map((row) => width(row[cell]!)).sort((a, b) => a - b);
  return widths[Math.ceil((widths.length - 1) * USUAL)] ?? 0;
}

/** Rows of cells as lines of at most `columns` columns; numbers stand at the right. */
function layOut(
  rows: readonly (readonly string[])[],
  columns: number,
  wanted: number,
): { readonly lines: string[]; readonly topicWidth: number } {
  const kept = columns >= MIN_WITH_RATE ? 4 : columns >= MIN_WITH_AGE ? 3 : 2;
  const numbers = [2, 3].filter((i) => i < kept)
    .map((i) => [i, Math.max(...rows.map((row) => width(row[i]!)))] as const);
  const taken = numbers.reduce((sum, [, wide]) => sum + GAP.length + wide, 0);
  const room = Math.max(2, columns - taken - GAP.length);
  const valueRoom = Math.min(usualWidth(rows, 1), Math.floor(room * VALUE_SHARE));
  const heading = width(rows[0]![0]!);
  // A long topic takes room only where the values leave it.
  const spare = Math.floor((room - valueRoom) / 2);
  const fitting = rows.map((row) => width(row[0]!)).filter((topic) => topic <= spare);
  const topicRoom = Math.max(wanted, heading, usualWidth(rows, 0), ...fitting);
  const topicWidth = Math.max(1, Math.min(topicRoom, room - valueRoom));
  const valueWidth = Math.max(1, room - topicWidth);
  const lines = rows.map((row) => {
    const isReordered = RIGHT_TO_LEFT.test(row[0]! + row[1]!);
    const gap = isReordered ? `${LEFT_TO_RIGHT}${GAP}` : GAP;
    const texts = [
      fill(shortenMiddle(row[0]!, topicWidth), topicWidth),
      fill(shorten(row[1]!, valueWidth), valueWidth),
    ];
    const right = numbers.map(([i, wide]) => " ".repeat(wide - width(row[i]!)) + row[i]!);
    return [...texts, ...right].join(gap).trimEnd();
  });
  return { lines, topicWidth };
}

function fill(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}
