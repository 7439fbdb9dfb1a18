import assert from "node:assert/strict";
import { isOurs } from "../../lib/files/file_end.ts";
import { json } from "../../lib/formats/json.ts";
import { ndjson, ndjsonWithProperties } from "../../lib/formats/ndjson.ts";
import { CUT_OFF, MALFORMED } from "../../lib/formats/read_fields.ts";
import { Batch } from "../../lib/message/batch.ts";
import { fileOf, message, rowsOf } from "../support/arbitrary.ts";
import { GOLDEN } from "../support/golden.ts";

const text = (data: Uint8Array) => new TextDecoder().decode(data);
const bytes = (data: string) => new TextEncoder().encode(data);

Deno.test("ndjson.encode() writes the lines of the JSON file without its array", () => {
  const lines = text(fileOf(json, GOLDEN)).split("\n").slice(1, -2);
  const expected = lines.map((line) => line.replace(/,$/, "") + "\n").join("");
  assert.equal(text(fileOf(ndjson, GOLDEN)), expected);
});

Deno.test("ndjson.encode() writes nothing for no message: an empty file is a whole one", () => {
  assert.equal(fileOf(ndjson, []).length, 0);
  assert.deepEqual(ndjson.scanEnd(new Uint8Array(), true), { end: 0 });
});

Deno.test("ndjson.readRow() takes a row only with its line feed", () => {
  for (const format of [ndjson, ndjsonWithProperties]) {
    const row = rowsOf(format, [message("a/b", 'x"\n')]);
    assert.equal(format.readRow(row, 0, true, new Batch()), row.length);
    assert.equal(format.readRow(row, 0, false, new Batch()), row.length);
    for (let cut = 0; cut < row.length; cut++) {
      assert.equal(format.readRow(row.subarray(0, cut), 0, true, new Batch()), CUT_OFF, `${cut}`);
    }
    const other = bytes(text(row).replace(/\n$/, ","));
    assert.equal(format.readRow(other, 0, true, new Batch()), MALFORMED);
  }
});

Deno.test("ndjson.scanEnd() finds the last whole row before a torn one", () => {
  const [one, two] = [message("t", "1"), message("t", "2")].map((each) => rowsOf(ndjson, [each]));
  for (let cut = 0; cut < two!.length; cut++) {
    const file = bytes(text(one!) + text(two!).slice(0, cut));
    assert.deepEqual(ndjson.scanEnd(file, true), { end: one!.length });
  }
  const withZeros = new Uint8Array(one!.length + 100);
  withZeros.set(one!);
  assert.deepEqual(ndjson.scanEnd(withZeros, true), { end: one!.length });
  assert.equal(ndjson.scanEnd(two!.subarray(5), false), "more");
});

Deno.test("ndjson.scanEnd() tells a torn first row and zeros from a foreign file", () => {
  const row = rowsOf(ndjson, [message("t", "1")]);
  assert.deepEqual(ndjson.scanEnd(row.subarray(0, 20), true), { end: 0 });
  assert.deepEqual(ndjson.scanEnd(new Uint8Array(500), true), { end: 0 });
  assert.equal(ndjson.scanEnd(bytes('{"a":1}\n'), true), "foreign");
  assert.equal(ndjson.scanEnd(bytes("\0\0word"), true), "foreign");
});

Deno.test("isOurs() refuses an .ndjson file of other objects", async () => {
  const fileWith = (data: Uint8Array) => {
    let at = 0;
    return {
      seekSync: (to: number | bigint) => at = Number(to),
      read: (target: Uint8Array) => {
        const part = data.subarray(at, at + target.length);
        target.set(part);
        at += part.length;
        return Promise.resolve(part.length || null);
      },
    };
  };
  const whole = fileOf(ndjson, GOLDEN);
  assert.equal(await isOurs(fileWith(whole), whole.length, ndjson), true);
  for (const other of ['{"time":1}\n', "[\n]\n", "timestamp,topic\r\n"]) {
    const data = bytes(other);
    assert.equal(await isOurs(fileWith(data), data.length, ndjson), false, other);
  }
});
