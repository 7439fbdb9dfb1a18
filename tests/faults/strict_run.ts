/** Records known messages with the real program from the strict broker, and judges the files. */

import type { Message } from "../../lib/message/message.ts";
import { message } from "../support/arbitrary.ts";
import type { Figures } from "./case.ts";
import { ownReads } from "./own_readers.ts";
import { pythonReads, type Reading } from "./python_readers.ts";
import { publishesOf } from "./publishes.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";
import { StrictBroker } from "./strict_broker.ts";
import { within } from "./wait.ts";

/** The last message, at QoS 1: its acknowledgement proves that all messages are on disk. */
export const LAST: Message = message("mqttrec/last", "the last message");

/** All of `messages`, and `LAST`. */
export function* andLast(messages: Iterable<Message>): Generator<Message> {
  yield* messages;
  yield LAST;
}

export interface RunOptions extends Omit<RecorderOptions, "port"> {
  /** Messages in one write; giant ones are sent alone, to save memory. */
  readonly perBlock?: number;
  /** Time limit of the last acknowledgement, in ms. @default {300_000} */
  readonly limitMs?: number;
}

/** The result of a run. */
export interface Run {
  readonly recorder: Recorder;
  /** Errors of the program during the run. */
  readonly broken: readonly string[];
  /** From the first message to the last acknowledgement, in ms. */
  readonly ms: number;
  readonly stderr: string;
}

/** Sends all messages (and `LAST`), waits for the last acknowledgement, ends the program. */
export async function recordAll(
  messages: Iterable<Message>,
  { perBlock, limitMs = 300_000, ...options }: RunOptions,
): Promise<Run> {
  await using broker = StrictBroker.start();
  await using recorder = await Recorder.start({ ...options, port: broker.port });
  const connection = await broker.subscribed();
  const began = performance.now();
  await connection.blast(publishesOf(andLast(messages), 5, perBlock));
  const settled = await within(limitMs, connection.settled(), "Not everything is acknowledged");
  const ms = performance.now() - began;
  const { code, stderr } = await recorder.end("SIGTERM");
  return {
    recorder,
    ms,
    stderr,
    broken: [
      ...broker.errors,
      ...(settled ? [] : ["The connection was lost"]),
      ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
    ],
  };
}

export interface JudgeOptions {
  readonly python?: boolean;
  /** Also reads with pandas and DuckDB, if installed. */
  readonly libraries?: boolean;
  /**
   * Also reads with `@std/csv` and `JSON.parse`, which have a maximum string length. @default
   * {true}
   */
  readonly own?: boolean;
  readonly faults: number;
  readonly note?: string;
}

/**
 * Checks with every reader that the files hold exactly these messages and `LAST`, in this order.
 *
 * @param messages Yields them again at each call.
 */
export async function judgeRun(
  { recorder, broken }: Run,
  messages: () => Iterable<Message>,
  { python = false, libraries = false, own = true, faults, note }: JudgeOptions,
): Promise<Figures> {
  const readings: Reading[] = [];
  const wanted = libraries ? ["pandas", "duckdb"] as const : [];
  let timestampsDiffer = 0;
  if (own) {
    const found = await ownReads(recorder.output, andLast(messages()));
    readings.push(...found.readings);
    timestampsDiffer = found.timestampsDiffer;
  }
  if (python) {
    readings.push(...await pythonReads(recorder.output, andLast(messages()), wanted));
  }
  let published = 0;
  for (const _ of andLast(messages())) published++;
  const worst = Math.max(...readings.map(({ mismatches }) => mismatches));
  const rows = Math.min(...readings.map(({ rows }) => rows));
  const names = readings.map(({ reader }) => reader);
  for (const library of wanted) {
    const there = names.some((name) => name.toLowerCase().startsWith(library));
    if (!there) names.push(`no ${library} here`);
  }
  return {
    faults,
    published,
    lost: Math.max(0, published - rows),
    duplicates: Math.max(0, ...readings.map(({ rows }) => rows - published)),
    torn: worst,
    csvNotJson: timestampsDiffer,
    inversions: 0,
    maxRssMb: recorder.maxRssMb,
    note: [...(note ? [note] : []), ...(python ? [`read by ${names.join(", ")}`] : [])].join("; "),
    broken: [
      ...broken,
      ...readings.filter(({ mismatches }) => mismatches > 0)
        .map(({ reader, mismatches, example }) => `${reader}: ${mismatches} wrong: ${example}`),
      ...(timestampsDiffer > 0 ? [`${timestampsDiffer} timestamps differ`] : []),
    ],
  };
}
