/** Renders the status of a running recorder as one line, or as one line per figure. Pure. */

import { escapeForTerminal } from "../text/escape.ts";
import type { Sentences } from "../locale/mod.ts";
import { shorten, width } from "../text/width.ts";

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
  /** How long it records, and will in all, in milliseconds. @default {no end is set} */
  readonly time?: { readonly ms: number; readonly ofMs: number } | undefined;
  /** Messages that it will record in all. @default {no end is set} */
  readonly messagesOf?: number | undefined;
}

/** Columns of the topics if room is short. */
const LONGEST_TOPICS = 20;

function stateLabel({ state }: Status, t: Sentences): string | undefined {
  return state === "connected" ? undefined : t.status[state];
}

function messagesLabel({ messages, messagesOf }: Status, t: Sentences): string {
  return messagesOf === undefined
    ? t.status.messages(messages)
    : t.live.messagesOf(messages, messagesOf);
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
    { text: messagesLabel(status, t), keep: 8 },
    { text: status.time ? t.live.elapsed(status.time.ms, status.time.ofMs) : "", keep: 7 },
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

/** A label and its value. */
export type Figure = readonly [label: string, value: string];

/**
 * The figures for the `s` key, one label and value per line.
 *
 * @param seen More of them, of the topics seen. @default {none}
 */
export function renderFigures(
  status: Status,
  t: Sentences,
  seen: readonly Figure[] = [],
): string[] {
  const label = stateLabel(status, t);
  const { leftOut = 0 } = status;
  const rows: Figure[] = [
    [t.figures.broker, escapeForTerminal(status.broker) + (label ? ` (${label})` : "")],
    [t.figures.topics, status.topics.map(escapeForTerminal).join(", ")],
    [t.figures.messages, progress(status, t)],
    ...(leftOut > 0 ? [[t.invalid.label, t.number(leftOut)] as const] : []),
    [t.figures.rate, t.status.rate(status.ratePerSecond)],
    [t.figures.last, t.status.last(status.lastMessageMs)],
    ...seen,
    ...status.files.map(({ path, bytes }, index): Figure => [
      index === 0 ? t.figures.files : "",
      `${escapeForTerminal(path)}  ${t.bytes(bytes)}`,
    ]),
  ];
  const longest = Math.max(...rows.map(([name]) => width(name)));
  return rows.map(([name, value]) => `${name}${" ".repeat(longest - width(name))}  ${value}`);
}

function progress({ messages, messagesOf, time }: Status, t: Sentences): string {
  const count = messagesOf === undefined
    ? t.number(messages)
    : t.live.messagesOf(messages, messagesOf);
  return time ? `${count}, ${t.live.elapsed(time.ms, time.ofMs)}` : count;
}
