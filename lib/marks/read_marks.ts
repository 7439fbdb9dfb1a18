/** Reads the marks of a recording back, and finds torn and foreign rows. */

import { RecordingError } from "../locale/errors.ts";
import { concatBytes } from "../message/concat_bytes.ts";
import { type Mark, MARK_LAYOUT, parseMarkRow, RowEnds } from "./mark_rows.ts";
import { startsWith } from "../files/file_end.ts";
import { readLog } from "../files/read_log.ts";

const CHUNK_BYTES = 1 << 18;
/** A longer row is none of ours: what is typed is shorter, and quotes double it at most. */
const LONGEST_ROW = 1 << 23;

/** What a file of marks holds. */
export interface MarkTotals {
  readonly path: string;
  readonly marks: number;
  /** Bytes of an incomplete last row; undefined: none. */
  readonly tornBytes?: number;
  /** Rows that mqttrec did not write, and the number of the first, from 1; undefined: none. */
  readonly alien?: { readonly count: number; readonly row: number };
}

/**
 * Counts the marks of `<base>.marks.csv` in bounded memory; undefined if there is none.
 *
 * @param onMark Called with each of them. @default {nothing}
 * @throws {RecordingError} It cannot be read, or is no file of marks.
 */
export async function readMarks(
  base: string,
  onMark: (mark: Mark) => void = () => {},
): Promise<MarkTotals | undefined> {
  const path = `${base}.${MARK_LAYOUT.extension}`;
  const { header } = MARK_LAYOUT;
  return await readLog(path, header, async (file) => {
    let row = -1, marks = 0, aliens = 0, firstAlien = 0, tornBytes = 0;
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    for await (const { bytes, length, whole } of rowsOf(file)) {
      if (!whole) {
        tornBytes = length;
        break;
      }
      if (++row === 0) {
        const isOurs = bytes?.length === header.length && startsWith(bytes, header);
        if (!isOurs) throw new RecordingError((t) => t.check.foreignLog(path));
        continue;
      }
      const mark = bytes && markOf(bytes, decoder);
      if (mark === undefined) {
        if (aliens++ === 0) firstAlien = row;
        continue;
      }
      marks++;
      onMark(mark);
    }
    return {
      path,
      marks,
      ...(tornBytes > 0 && { tornBytes }),
      ...(aliens > 0 && { alien: { count: aliens, row: firstAlien } }),
    };
  });
}

function markOf(bytes: Uint8Array, decoder: TextDecoder): Mark | undefined {
  try {
    return parseMarkRow(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/** A row with its line end; without its bytes if it is longer than a row can be. */
interface RowBytes {
  readonly bytes: Uint8Array | undefined;
  readonly length: number;
  /** Whether it has an end. */
  readonly whole: boolean;
}

async function* rowsOf(file: Deno.FsFile): AsyncGenerator<RowBytes, void, unknown> {
  const ends = new RowEnds();
  const chunk = new Uint8Array(CHUNK_BYTES);
  let parts: Uint8Array[] = [];
  let length = 0;
  const keep = (part: Uint8Array) => {
    length += part.length;
    if (length > LONGEST_ROW) parts = [];
    else parts.push(part.slice());
  };
  for (let count; (count = await file.read(chunk)) !== null;) {
    const bytes = chunk.subarray(0, count);
    let at = 0;
    for (let end; (end = ends.next(bytes, at)) > 0; at = end) {
      keep(bytes.subarray(at, end));
      const bytesOfRow = length > LONGEST_ROW ? undefined : concatBytes(parts);
      yield { bytes: bytesOfRow, length, whole: true };
      parts = [];
      length = 0;
    }
    keep(bytes.subarray(at));
  }
  if (length > 0) yield { bytes: undefined, length, whole: false };
}
