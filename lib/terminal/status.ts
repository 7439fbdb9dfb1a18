/** Renders the status of a running recorder as one line, or as one line per figure. Pure. */

import { escapeForTerminal } from "../text/escape.ts";
import type { Sentences } from "../locale/mod.ts";

/** The figures of a running recorder at one moment. */
export interface Status {
  readonly state: "connected" | "reconnecting" | "stalled";
  /** Address of the broker, `host:port`. */
  readonly broker: string;
  readonly topics: readonly string[];
  /** Messages recorded since the start. */
  readonly messages: number;
  /** Messages left out since the start because they break the protocol. @default {0} */
  readonly leftOut?: number;
  readonly ratePerSecond: number;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Age of the last message, in milliseconds; `undefined` before the first. */
  readonly lastMessageMs: number | undefined;
}

/** Characters that take two columns: East Asian wide ones and emoji. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|[\u{20000}-\u{3FFFD}]/u;
/** Characters that take none: combining marks. */
const NARROW = /\p{Mn}|\p{Me}/u;

/** Columns that one character takes on a terminal. */
function columnsOf(character: string): number {
  return WIDE.test(character) ? 2 : NARROW.test(character) ? 0 : 1;
}

/** Columns that `text` takes on a terminal. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOf(character);
  return columns;
}

/** Cuts `text` into rows of at most `columns` columns; one empty row for an empty text. */
export function wrap(text: string, columns: number): string[] {
  const rows = [];
  let row = "", used = 0;
  for (const character of text) {
    const more = columnsOf(character);
    if (used + more > columns && row !== "") {
      rows.push(row);
      row = "";
      used = 0;
    }
    row += character;
    used += more;
  }
  return [...rows, row];
}

/**
 * Cuts `text` into rows of at most `columns` columns, between words where that is possible. Rows
 * after the first are indented like it.
 */
export function wrapWords(text: string, columns: number): string[] {
  if (width(text) <= columns) return [text];
  const indent = /^ */.exec(text)![0];
  const rows: string[] = [];
  let row = indent;
  for (const word of text.slice(indent.length).split(/(?<=[^ ] )(?=[^ ])/)) {
    if (row !== indent && width(row + word.trimEnd()) > columns) {
      rows.push(row.trimEnd());
      row = indent;
    }
    row += word;
  }
  return [...rows, row].flatMap((row) => wrap(row, columns));
}

/** `text`, with `…` for its end if it takes more than `columns` columns. */
export function shorten(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns < 1) return "";
  const [first = ""] = wrap(text, columns - 1);
  // `wrap` returns a row even if not one character fits.
  return width(first) < columns ? `${first}…` : "…";
}

/** Columns of the topics if room is short. */
const LONGEST_TOPICS = 20;

function stateLabel({ state }: Status, t: Sentences): string | undefined {
  return state === "connected" ? undefined : t.status[state];
}

/** `csv 12 KB`: the extension is enough to distinguish the files. */
function fileLabel(path: string, bytes: number, t: Sentences): string {
  return `${/[^./\\]*$/.exec(path)?.[0] ?? ""} ${t.bytes(bytes)}`;
}

/**
 * The status as one line of at most `columns` columns. A line that is too long gets shorter topics
 * and one sum of the file sizes; then it loses parts in this order: address, topics, sizes, age of
 * the last message, rate. The state and the count of messages stay.
 */
export function renderStatus(status: Status, t: Sentences, columns: number): string {
  const label = stateLabel(status, t);
  const sizes = status.files.map(({ path, bytes }) => fileLabel(path, bytes, t)).join(", ");
  const total = status.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const { leftOut = 0 } = status;
  // In the order shown; parts with the lowest `keep` are dropped first.
  let parts = [
    { text: label ?? "", keep: 7 },
    { text: escapeForTerminal(status.broker), keep: 2 },
    { text: escapeForTerminal(status.topics.join(" ")), keep: 3, short: LONGEST_TOPICS },
    { text: t.status.messages(status.messages), keep: 8 },
    { text: leftOut > 0 ? t.invalid.status(leftOut) : "", keep: 6 },
    { text: t.status.rate(status.ratePerSecond), keep: 6 },
    { text: escapeForTerminal(sizes), keep: 4, sum: t.bytes(total) },
    { text: t.status.last(status.lastMessageMs), keep: 5 },
  ].filter(({ text }) => text !== "");
  const line = () => parts.map(({ text }) => text).join(" · ");

  if (width(line()) > columns) {
    parts = parts.map(({ text, keep, short = Infinity, sum }) => ({
      text: sum ?? shorten(text, short),
      keep,
    }));
  }
  while (parts.length > 1 && width(line()) > columns) {
    const lowest = Math.min(...parts.map(({ keep }) => keep));
    parts = parts.filter(({ keep }) => keep !== lowest);
  }
  return shorten(line(), columns);
}

/** The figures for the `s` key, one label and value per line. */
export function renderFigures(status: Status, t: Sentences): string[] {
  const label = stateLabel(status, t);
  const { leftOut = 0 } = status;
  const rows: [label: string, value: string][] = [
    [t.figures.broker, escapeForTerminal(status.broker) + (label ? ` (${label})` : "")],
    [t.figures.topics, status.topics.map(escapeForTerminal).join(", ")],
    [t.figures.messages, t.number(status.messages)],
    ...(leftOut > 0 ? [[t.invalid.label, t.number(leftOut)] as [string, string]] : []),
    [t.figures.rate, t.status.rate(status.ratePerSecond)],
    [t.figures.last, t.status.last(status.lastMessageMs)],
    ...status.files.map(({ path, bytes }, index): [string, string] => [
      index === 0 ? t.figures.files : "",
      `${escapeForTerminal(path)}  ${t.bytes(bytes)}`,
    ]),
  ];
  const longest = Math.max(...rows.map(([name]) => width(name)));
  return rows.map(([name, value]) => `${name}${" ".repeat(longest - width(name))}  ${value}`);
}
