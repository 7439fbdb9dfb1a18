/** Adds up the gap log of a recording, and finds torn and foreign rows. */

import { parse } from "@std/csv/parse";
import { readLog } from "../files/read_log.ts";
import { RecordingError } from "../locale/errors.ts";
import { ascii } from "../message/utf8.ts";
import { GAP_COLUMNS } from "../message/gap.ts";

const HEADER = ascii(GAP_COLUMNS.join());
const LF = 10, CR = 13;
/** Maximum of a row in bytes: a topic filter of 64 KB with doubled quotes. */
const LONGEST_ROW = 1 << 18;
const CHUNK_BYTES = 1 << 18;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const SESSIONS = ["resumed", "lost", "none", "kept"], RISKS = ["no", "qos0", "yes"];

export interface GapLogTotals {
  readonly path: string;
  readonly gaps: number;
  readonly seconds: number;
  /** Bytes of an incomplete last row; undefined: none. */
  readonly tornBytes?: number;
  /** Rows that mqttrec did not write, and the number of the first, from 1; undefined: none. */
  readonly alien?: { readonly count: number; readonly row: number };
}

/**
 * Adds up `<base>.gaps.csv` in bounded memory; undefined if there is none.
 *
 * @throws {RecordingError} It cannot be read, or is no gap log.
 */
export async function readGapLogTotals(base: string): Promise<GapLogTotals | undefined> {
  const path = `${base}.gaps.csv`;
  return await readLog(path, HEADER, async (file) => {
    const sum = new Sum();
    for await (const line of lines(file)) sum.add(line, path);
    return { path, ...sum.result };
  });
}

/** Adds up the lines of a gap log. */
class Sum {
  #gaps = 0;
  #seconds = 0;
  #rows = -1;
  #tornBytes = 0;
  #aliens = 0;
  #firstAlien = 0;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  get result(): Omit<GapLogTotals, "path"> {
    return {
      gaps: this.#gaps,
      seconds: this.#seconds,
      ...(this.#tornBytes > 0 && { tornBytes: this.#tornBytes }),
      ...(this.#aliens > 0 && { alien: { count: this.#aliens, row: this.#firstAlien } }),
    };
  }

  /** @throws {RecordingError} The first line is not the header of a gap log. */
  add({ bytes, length, whole }: Line, path: string): void {
    if (!whole) {
      this.#tornBytes = length;
      return;
    }
    const row = ++this.#rows;
    const text = bytes && this.#text(bytes);
    if (row === 0) {
      if (text !== GAP_COLUMNS.join()) throw new RecordingError((t) => t.check.foreignLog(path));
      return;
    }
    const seconds = text === undefined ? undefined : secondsOf(text);
    if (seconds === undefined) {
      if (this.#aliens++ === 0) this.#firstAlien = row;
      return;
    }
    this.#gaps++;
    this.#seconds += seconds;
  }

  #text(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }
}

/** The seconds of a row; undefined if mqttrec did not write it. */
function secondsOf(text: string): number | undefined {
  let fields: string[] | undefined;
  try {
    fields = text.includes('"') ? parse(text)[0] : text.split(",");
  } catch {
    return undefined;
  }
  if (fields?.length !== GAP_COLUMNS.length) return undefined;
  const [from, to, seconds, cause, session, atRisk] = fields as [string, ...string[]];
  const isOurs = isTime(from) && isTime(to!) && /^\d+(\.\d+)?$/.test(seconds!) && cause !== "" &&
    !cause!.includes("\0") && SESSIONS.includes(session!) && RISKS.includes(atRisk!);
  return isOurs ? Number(seconds) : undefined;
}

function isTime(text: string): boolean {
  return TIME.test(text) && !isNaN(Date.parse(text));
}

/** A line without its end; without its bytes if it is longer than a row can be. */
interface Line {
  readonly bytes: Uint8Array | undefined;
  readonly length: number;
  /** Whether it has an end. */
  readonly whole: boolean;
}

/** The lines of a file, in bounded memory. */
async function* lines(file: Deno.FsFile): AsyncGenerator<Line, void, unknown> {
  const buffer = new Uint8Array(LONGEST_ROW + CHUNK_BYTES);
  let length = 0, passed = 0;
  for (;;) {
    const count = await file.read(buffer.subarray(length, length + CHUNK_BYTES));
    if (count === null) break;
    length += count;
    let at = 0;
    for (let end; (end = buffer.subarray(0, length).indexOf(LF, at)) >= 0; at = end + 1) {
      const to = end > at && buffer[end - 1] === CR ? end - 1 : end;
      const bytes = passed === 0 ? buffer.subarray(at, to) : undefined;
      yield { bytes, length: passed + to - at, whole: true };
      passed = 0;
    }
    if (length - at >= LONGEST_ROW) {
      passed += length - at;
      at = length;
    }
    buffer.copyWithin(0, at, length);
    length -= at;
  }
  if (passed + length > 0) yield { bytes: undefined, length: passed + length, whole: false };
}
