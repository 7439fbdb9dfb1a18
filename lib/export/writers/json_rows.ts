/** JSON: one object a line for each row, every key in each; alone (NDJSON) or as one array. */

import type { ByteBuffer } from "../../message/byte_buffer.ts";
import { padded, type PaddedBytes } from "../../message/padded_copy.ts";
import {
  ABSENT_BOOLEAN,
  type Block,
  type Column,
  type ColumnValues,
  type TableFormat,
  type TableInfo,
  type TableWriter,
} from "../table.ts";
import { IsoText, Zone } from "../zone.ts";
import { ByteFile } from "./byte_file.ts";
import { appendNumber } from "./number_text.ts";

/** Texts of one column that are kept encoded. */
const MAX_KEPT = 10_000, MAX_KEPT_LENGTH = 1000;
/** From this length on, the exact size of a text is worth an allocation. */
const LONG = 1 << 20;
const QUOTE = 34;
const encoder = new TextEncoder();
const NULL = padded(encoder.encode("null"));
const TRUE = padded(encoder.encode("true")), FALSE = padded(encoder.encode("false"));

/** What stands around the objects. */
interface Frame {
  readonly start: string;
  readonly between: string;
  readonly end: string;
  /** What ends a file without rows. */
  readonly none: string;
}

type Cell = (values: ColumnValues, row: number, out: ByteBuffer) => void;

/** A format with these objects. */
export function jsonFormat(frame: Frame): TableFormat {
  return {
    maxColumns: 16_384,
    async open(path, info) {
      return new JsonWriter(await ByteFile.create(path), info, frame);
    },
  };
}

class JsonWriter implements TableWriter {
  readonly #file: ByteFile;
  readonly #frame: Frame;
  readonly #between: Uint8Array;
  readonly #keys: readonly PaddedBytes[];
  readonly #cells: readonly Cell[];
  #any = false;

  constructor(file: ByteFile, { columns, timeZone }: TableInfo, frame: Frame) {
    this.#file = file;
    this.#frame = frame;
    this.#between = encoder.encode(frame.between);
    this.#keys = columns.map(({ name }, i) =>
      padded(encoder.encode(`${i === 0 ? "{" : ","}${JSON.stringify(name)}:`))
    );
    const zone = new Zone(timeZone);
    this.#cells = columns.map((column) => cellOf(column, zone));
    file.out.append(encoder.encode(frame.start));
  }

  async write({ rows, columns }: Block): Promise<void> {
    const cells = this.#cells, keys = this.#keys;
    for (let row = 0; row < rows; row++) {
      const { out } = this.#file;
      if (this.#any) out.append(this.#between);
      this.#any = true;
      for (let i = 0; i < cells.length; i++) {
        out.appendConstant(keys[i]!);
        cells[i]!(columns[i]!, row, out);
      }
      out.push(125);
      if (this.#file.isFull) await this.#file.flush();
    }
  }

  finish(): Promise<void> {
    const { end, none } = this.#frame;
    this.#file.out.append(encoder.encode(this.#any ? end : none));
    return this.#file.finish();
  }

  abort(): Promise<void> {
    return this.#file.abort();
  }
}

function cellOf({ kind, repeats }: Column, zone: Zone): Cell {
  switch (kind) {
    case "time": {
      const iso = new IsoText(zone);
      return (values, row, out) => {
        const time = values[row] as number;
        if (time !== time) return out.appendConstant(NULL);
        out.push(QUOTE);
        iso.append(out, time);
        out.push(QUOTE);
      };
    }
    case "number":
    case "integer":
      return (values, row, out) => {
        const value = values[row] as number;
        if (value !== value) out.appendConstant(NULL);
        else appendNumber(out, value);
      };
    case "boolean":
      return (values, row, out) => {
        const value = values[row] as number;
        out.appendConstant(value === ABSENT_BOOLEAN ? NULL : value === 1 ? TRUE : FALSE);
      };
    case "text":
      return repeats ? keptText() : text;
  }
}

function text(values: ColumnValues, row: number, out: ByteBuffer): void {
  const text = values[row] as string | undefined;
  if (text === undefined) return out.appendConstant(NULL);
  const json = JSON.stringify(text);
  if (json.length > LONG) return out.append(encoder.encode(json));
  out.reserve(3 * json.length);
  out.length += encoder.encodeInto(json, out.bytes.subarray(out.length)).written;
}

/** A column whose texts come again: each is encoded once. */
function keptText(): Cell {
  const kept = new Map<string, PaddedBytes>();
  return (values, row, out) => {
    const text = values[row] as string | undefined;
    if (text === undefined) return out.appendConstant(NULL);
    let bytes = kept.get(text);
    if (bytes === undefined) {
      bytes = padded(encoder.encode(JSON.stringify(text)));
      if (kept.size < MAX_KEPT && text.length <= MAX_KEPT_LENGTH) kept.set(text, bytes);
    }
    out.appendConstant(bytes);
  };
}
