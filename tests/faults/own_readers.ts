/** Reads a recording with known rows with `@std/csv` and `JSON.parse`, in chunks. */

import { parse } from "@std/csv/parse";
import type { Message } from "../../lib/message/message.ts";
import { recordOf } from "../support/arbitrary.ts";
import type { Reading } from "./python_readers.ts";

const HEADER = "timestamp,topic,payload,encoding,qos,retain,dup";
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Bytes parsed at a time, about. */
const PIECE_BYTES = 1 << 20;
const QUOTE = 34, LF = 10;

const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** Chunks of a CSV file that end with a row: at a line feed outside quotes. */
function* pieces(bytes: Uint8Array): Generator<string> {
  let start = 0;
  let quoted = false;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === QUOTE) quoted = !quoted;
    else if (bytes[i] === LF && !quoted && i - start > PIECE_BYTES) {
      yield text(bytes.subarray(start, i + 1));
      start = i + 1;
    }
  }
  if (start < bytes.length) yield text(bytes.subarray(start));
}

function* csvRows(bytes: Uint8Array): Generator<readonly string[]> {
  let first = true;
  for (const piece of pieces(bytes)) {
    const rows = parse(piece);
    if (first && rows.shift()?.join() !== HEADER) throw new Error("another header");
    first = false;
    yield* rows;
  }
}

/** Reads one object for each line, and checks the brackets around them. */
function* jsonRows(bytes: Uint8Array): Generator<readonly string[]> {
  if (text(bytes.subarray(0, 2)) !== "[\n" || text(bytes.subarray(-3)) !== "\n]\n") {
    throw new Error("no closed array");
  }
  const end = bytes.length - 3;
  for (let start = 2; start < end;) {
    let stop = bytes.indexOf(LF, start);
    stop = stop < 0 ? end : Math.min(stop, end);
    const line = text(bytes.subarray(start, stop));
    const last = stop === end;
    if (last === line.endsWith(",")) throw new Error("a comma too many or too few");
    const object: Record<string, unknown> = JSON.parse(last ? line : line.slice(0, -1));
    if (Object.keys(object).join() !== HEADER) throw new Error("another shape");
    yield Object.values(object).map(String);
    start = stop + 1;
  }
}

/** The readers' findings, and the number of rows whose timestamps differ between the files. */
export interface OwnReadings {
  readonly readings: readonly Reading[];
  readonly timestampsDiffer: number;
}

/**
 * Reads both files of a recording.
 *
 * @param messages The expected messages, in order; the times are the recorder's.
 */
export async function ownReads(output: string, messages: Iterable<Message>): Promise<OwnReadings> {
  const inCsv = new Comparison("@std/csv", csvRows(await Deno.readFile(`${output}.csv`)));
  const inJson = new Comparison("JSON.parse", jsonRows(await Deno.readFile(`${output}.json`)));
  let timestampsDiffer = 0;
  for (const message of messages) {
    const { timestamp: _, ...record } = recordOf(message);
    const wanted = Object.values(record).map(String);
    // @std/csv reads CRLF inside quotes as LF.
    const inPlace = wanted.map((field) => field.replaceAll("\r\n", "\n"));
    if (inCsv.next(inPlace) !== inJson.next(wanted)) timestampsDiffer++;
  }
  return { readings: [inCsv.end(), inJson.end()], timestampsDiffer };
}

/** Compares the rows of one file with the expected ones. */
class Comparison {
  #rows = 0;
  #mismatches = 0;
  #example: string | undefined;

  constructor(readonly reader: string, private readonly source: Iterator<readonly string[]>) {}

  /** Compares the next row; its timestamp. */
  next(wanted: readonly string[]): string | undefined {
    const row = this.#read();
    if (row === undefined) {
      this.#wrong("rows are missing");
      return undefined;
    }
    const good = TIMESTAMP.test(row[0] ?? "") && row.length === wanted.length + 1 &&
      wanted.every((field, i) => field === row[i + 1]);
    if (!good) {
      this.#wrong(
        `row ${this.#rows} is ${JSON.stringify(row).slice(0, 200)}, ` +
          `sent was ${JSON.stringify(wanted).slice(0, 200)}`,
      );
    }
    return row[0];
  }

  end(): Reading {
    while (this.#read() !== undefined) this.#wrong("rows nobody sent");
    const example = this.#example === undefined ? {} : { example: this.#example };
    return { reader: this.reader, rows: this.#rows, mismatches: this.#mismatches, ...example };
  }

  #read(): readonly string[] | undefined {
    try {
      const { value, done } = this.source.next();
      if (done === true) return undefined;
      this.#rows++;
      return value;
    } catch (error) {
      this.#wrong((error as Error).message);
      return undefined;
    }
  }

  #wrong(example: string): void {
    this.#mismatches++;
    this.#example ??= example;
  }
}
