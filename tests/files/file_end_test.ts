import assert from "node:assert/strict";
import { findEnd, type ReadableFile } from "../../lib/files/file_end.ts";
import { type Format, FORMATS, type Layout } from "../../lib/formats/mod.ts";
import { bytes, concat, FAKE_CSV_ROW, fileOf, message, rowsOf } from "../support/arbitrary.ts";

const { csv, json } = FORMATS;
const KB = 1024, MB = 1024 * KB;

/**
 * A virtual file that repeats one row and ends with `end`; counts the bytes read.
 */
class RepeatedRows implements ReadableFile {
  bytesRead = 0;
  readonly size: number;
  readonly #rows: Uint8Array;
  readonly #rowLength: number;
  #at = 0;

  constructor(format: Layout, row: Uint8Array, count: number, readonly end: Uint8Array) {
    this.size = format.header.length + count * row.length + end.length;
    this.#rows = concat(...Array.from({ length: 1000 }, () => row));
    this.#rowLength = row.length;
  }

  seekSync(at: number | bigint): number {
    return this.#at = Number(at);
  }

  read(into: Uint8Array): Promise<number | null> {
    const left = this.size - this.#at;
    if (left === 0) return Promise.resolve(null);
    const toEnd = left - this.end.length;
    // Count from the end of the rows, so that the last one is whole.
    const before = this.#rows.length - (toEnd % this.#rowLength || this.#rowLength);
    const from = toEnd > 0
      ? this.#rows.subarray(before % this.#rowLength).subarray(0, toEnd)
      : this.end.subarray(-toEnd);
    const chunk = from.subarray(0, into.length);
    into.set(chunk);
    this.#at += chunk.length;
    this.bytesRead += chunk.length;
    return Promise.resolve(chunk.length);
  }
}

/** Remembers how much was read at once. */
class HeldBytes extends RepeatedRows {
  maxHeld = 0;

  override read(into: Uint8Array): Promise<number | null> {
    this.maxHeld = Math.max(this.maxHeld, into.length);
    return super.read(into);
  }
}

/** A virtual file with this content. */
function fileWith(content: Uint8Array): RepeatedRows {
  return new RepeatedRows({ ...csv, header: bytes("") }, bytes("-"), 0, content);
}

const ROW = "2026-11-23T10:00:00.123Z,a/b,21.5,utf-8,1,false,false\r\n";
const QUOTED = '2026-11-23T10:00:00.123Z,a/b,"{""t"":21.5}",utf-8,1,false,false\r\n';
const OBJECT = new TextDecoder().decode(rowsOf(json, [message("a/b", "21.5")]));
/** Number of rows in about a terabyte. */
const MANY = 2e10;

/** The usual row, whole rows of another kind after those, the torn end; bytes that may be read. */
type End = readonly [Format, row: string, others: string, torn: string, maxBytes: number];
const ZEROS = "\0".repeat(5000);
const ENDS: Readonly<Record<string, End>> = {
  "plain rows": [csv, ROW, "", "", MB],
  "plain rows, the last one torn": [csv, ROW, "", ROW.slice(0, 40), 16 * MB],
  "plain rows and zeros": [csv, ROW, "", ZEROS, 16 * MB],
  "plain rows and a line of text": [csv, ROW, "", "spoilt by hand\r\n", 16 * MB],
  "quoted rows": [csv, QUOTED, "", "", 64 * KB],
  "quoted rows, the last one torn": [csv, QUOTED, "", QUOTED.slice(0, -30), 64 * KB],
  "quoted rows and zeros": [csv, QUOTED, "", ZEROS, 64 * KB],
  "quoted rows and plain ones": [csv, QUOTED, ROW.repeat(2000), "", 2 * MB],
  "quoted rows and plain ones, torn": [csv, QUOTED, ROW.repeat(2000), ROW.slice(0, 40), 2 * MB],
  "objects, closed": [json, OBJECT, "", "\n]\n", 64 * KB],
  "objects, the last one torn": [json, OBJECT, "", OBJECT.slice(0, -3), 64 * KB],
  "objects and zeros": [json, OBJECT, "", ZEROS, 64 * KB],
};

for (const [name, [format, row, others, torn, maxBytes]] of Object.entries(ENDS)) {
  Deno.test(`findEnd() reads only the end of a terabyte: ${name}`, async () => {
    const file = new RepeatedRows(format, bytes(row), MANY, bytes(others + torn));
    const found = await findEnd(file, file.size, format);
    assert.ok(typeof found === "object");
    assert.equal(found.end, file.size - torn.length);
    assert.ok(file.bytesRead <= maxBytes, `${file.bytesRead} bytes`);
  });
}

Deno.test("findEnd() keeps a whole payload that fills the window with rows and ends like none", async () => {
  const rows = FAKE_CSV_ROW.repeat(3_000);
  for (const payload of [rows, `${rows}2026-11-23T10:00:00.123Z,t,`, `${rows}x\r\n`]) {
    const file = fileOf(csv, [message("t", "1"), message("t", payload)]);
    const found = await findEnd(fileWith(file), file.length, csv);
    assert.equal(typeof found === "object" && found.end, file.length);
  }
});

Deno.test("findEnd() detects a torn payload full of rows by the quote before the first window", async () => {
  const before = fileOf(csv, [message("t", "1")]);
  const payload = rowsOf(csv, [message("t", `x\r\n${FAKE_CSV_ROW.repeat(15_000)}`)]);
  const closing = '",utf-8,1,false,false\r\n'.length;
  // Torn after a whole row in the payload, and within one.
  for (const cut of [0, 20]) {
    const file = concat(before, payload.subarray(0, payload.length - closing - cut));
    assert.ok(file.length > 700 * KB);
    const found = await findEnd(fileWith(file), file.length, csv);
    assert.equal(typeof found === "object" && found.end, before.length, `${cut}`);
  }
});

Deno.test("findEnd() detects foreign rows, however many", async () => {
  const file = concat(csv.header, bytes("1,2,3\r\n".repeat(30_000)));
  assert.equal(await findEnd(fileWith(file), file.length, csv), "foreign");
});

Deno.test("findEnd() gives a file without our rows up as foreign before reading all of it", async () => {
  for (const format of [csv, json]) {
    const small = { ...format, longestRow: MB };
    const file = new RepeatedRows(format, bytes("no row of ours"), MANY, bytes(""));
    assert.equal(await findEnd(file, file.size, small), "foreign");
    assert.ok(file.bytesRead <= 3 * MB, `${file.bytesRead} bytes`);
  }
});

Deno.test("findEnd() holds little of a file whose end is longer than any window and no row", async () => {
  for (const format of [csv, json]) {
    for (const line of ["x", "x\n", '"\n', "2026\n", "\0"]) {
      const small = { ...format, longestRow: 24 * MB };
      const lines = bytes(line.repeat(KB));
      const file = new HeldBytes(small, lines, 32 * KB, bytes(""));
      assert.equal(await findEnd(file, file.size, small), "foreign", `${format.extension} ${line}`);
      assert.ok(file.maxHeld <= 16 * MB, `${file.maxHeld} bytes at once`);
    }
  }
});

Deno.test("findEnd() finds the last whole row before more bytes than it holds", async () => {
  for (const [format, row] of [[csv, ROW], [csv, QUOTED], [json, OBJECT]] as const) {
    const file = new HeldBytes(format, bytes(row), 2, bytes("\nx".repeat(10 * MB)));
    const found = await findEnd(file, file.size, format);
    assert.equal(typeof found === "object" && found.end, file.size - 20 * MB, format.extension);
    assert.ok(file.maxHeld <= 16 * MB, `${file.maxHeld} bytes at once`);
  }
});
