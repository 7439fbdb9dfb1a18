/** Tests `readRow` of every format against `encode`. */

import assert from "node:assert/strict";
import { Batch } from "../../lib/message/batch.ts";
import { type Format, FORMATS } from "../../lib/formats/mod.ts";
import { CUT_OFF, MALFORMED } from "../../lib/formats/read_fields.ts";
import type { Message } from "../../lib/message/message.ts";
import { arbitraryMessage, bytes, message, rowsOf, seeded } from "../support/arbitrary.ts";
import { GOLDEN } from "../support/golden.ts";

const { csv, json } = FORMATS;
const BOTH: readonly Format[] = [csv, json];

/** The result of `readRow` for `row`, and the messages it packed. */
function read(format: Format, row: Uint8Array, first = false): [end: number, Message[]] {
  const batch = new Batch();
  const end = format.readRow(row, 0, first, batch);
  return [end, [...batch]];
}

const many = (seed: number, count: number) => {
  const random = seeded(seed);
  return [...GOLDEN, ...Array.from({ length: count }, () => arbitraryMessage(random))];
};

for (const format of BOTH) {
  const name = format.extension;

  Deno.test(`${name}.readRow() reads back what encode() wrote`, () => {
    for (const one of many(7, 3_000)) {
      const row = rowsOf(format, [one]);
      assert.deepEqual(read(format, row), [row.length, [one]]);
      const first = row.subarray(format.separatorLength);
      assert.deepEqual(read(format, first, true), [first.length, [one]]);
    }
  });

  Deno.test(`${name}.readRow() returns CUT_OFF for a row cut anywhere and packs nothing`, () => {
    for (const one of many(8, 60)) {
      const row = rowsOf(format, [one]);
      for (let length = 0; length < row.length; length++) {
        assert.deepEqual(read(format, row.subarray(0, length)), [CUT_OFF, []], `${length}`);
      }
    }
  });

  Deno.test(`${name}.readRow() reads times before year 0 and after 9999 to the millisecond`, () => {
    const times = [0, -1, 8.64e15, -8.64e15, 253402300799999, 253402300800000];
    times.push(-62167219200000, -62167219200001, -62198755200000, Date.UTC(2024, 1, 29));
    const random = seeded(3);
    // Every day of 12 years around 0, 1900 and 2000, and random times.
    for (const year of [-4, 1896, 1996]) {
      const start = new Date(0).setUTCFullYear(year, 0, 1);
      for (let day = 0; day < 4384; day++) {
        times.push(start + day * 86_400_000 + random(86_400_000));
      }
    }
    for (let i = 0; i < 2_000; i++) {
      times.push((random(2 ** 31) / 2 ** 31 - 0.5) * 2 * 8.64e15 + random(1000));
    }
    for (const time of times.map(Math.trunc)) {
      const row = rowsOf(format, [message("t", "1", time)]);
      assert.equal(read(format, row)[1][0]?.time, time, new TextDecoder().decode(row));
    }
  });

  Deno.test(`${name}.readRow() reads a row with a changed bit as another message or none`, () => {
    const random = seeded(11);
    for (const one of many(9, 300)) {
      const row = rowsOf(format, [one]);
      for (let k = 0; k < 20; k++) {
        const changed = row.slice();
        changed[random(row.length)]! ^= 1 << random(8);
        const [end, [got]] = read(format, changed);
        if (end < 0) assert.equal(got, undefined);
        else assert.notDeepEqual(got, one);
      }
    }
  });
}

Deno.test("readRow() decodes a payload of many base64 chunks", () => {
  const payload = new Uint8Array(3_000_001).map((_, i) => i * 7 >> 3 | 0x80);
  const one = message("t", payload);
  for (const format of BOTH) assert.deepEqual(read(format, rowsOf(format, [one]))[1], [one]);
});

Deno.test("a row with a raw NUL, as version 0.1.0 wrote it, is read back", () => {
  const one = message("t", "23.7\0");
  const rows = [
    '2026-11-23T10:00:00.123Z,t,"23.7\0",utf-8,1,false,false\r\n',
    ',\n{"timestamp":"2026-11-23T10:00:00.123Z","topic":"t","payload":"23.7\\u0000",' +
    '"encoding":"utf-8","qos":1,"retain":false,"dup":false}',
  ].map(bytes);
  for (const [i, format] of BOTH.entries()) {
    assert.deepEqual(read(format, rows[i]!), [rows[i]!.length, [one]]);
    assert.ok(!rowsOf(format, [one]).includes(0));
  }
});

const CSV_END = ",utf-8,1,false,false\r\n";
const T = "2026-11-23T10:00:00.123Z";

const NO_CSV_ROW = [
  `${T};t,1${CSV_END}`,
  `2026-11-23 10:00:00.123Z,t,1${CSV_END}`,
  `2026-02-29T10:00:00.123Z,t,1${CSV_END}`,
  `2026-13-01T10:00:00.123Z,t,1${CSV_END}`,
  `2026-11-00T10:00:00.123Z,t,1${CSV_END}`,
  `2026-11-23T24:00:00.123Z,t,1${CSV_END}`,
  `2026-11-23T10:60:00.123Z,t,1${CSV_END}`,
  `2026-11-23T10:00:60.123Z,t,1${CSV_END}`,
  `+002026-11-23T10:00:00.123Z,t,1${CSV_END}`,
  `+999999-11-23T10:00:00.123Z,t,1${CSV_END}`,
  `${T},t,1,utf-8,3,false,false\r\n`,
  `${T},t,1,utf-8,1,False,false\r\n`,
  `${T},t,1,utf-8,1,false,false\n`,
  `${T},t,1,utf8,1,false,false\r\n`,
  `${T},t,1,2${CSV_END}`,
  `${T},t${CSV_END}`,
  `${T},t,a"b${CSV_END}`,
  `${T},t,"a"b${CSV_END}`,
  `${T},t,a\nb${CSV_END}`,
  `${T},t,A,base64,1,false,false\r\n`,
  `${T},t,/w=,base64,1,false,false\r\n`,
  `${T},t,/ w=,base64,1,false,false\r\n`,
  `${T},t,/x==,base64,1,false,false\r\n`,
  `${T},t,/w==/w==,base64,1,false,false\r\n`,
  `${T},t,"/w==",base64,1,false,false\r\n`,
];

Deno.test("csv.readRow() refuses rows that encode() would not write", () => {
  assert.equal(read(csv, bytes(`${T},t,1${CSV_END}`))[0], 50);
  for (const row of NO_CSV_ROW) assert.deepEqual(read(csv, bytes(row)), [MALFORMED, []], row);
  const invalid = bytes(`${T},t,1${CSV_END}`);
  invalid[27] = 0xff;
  assert.deepEqual(read(csv, invalid), [MALFORMED, []]);
});

const JSON_ROW =
  `,\n{"timestamp":"${T}","topic":"t","payload":"1","encoding":"utf-8","qos":1,"retain":false,"dup":false}`;

const NO_JSON_ROW: readonly (readonly [string, string])[] = [
  [",\n", "\n"],
  ["\n", ""],
  ['"topic"', ' "topic"'],
  ['"topic":"t","payload":"1"', '"payload":"1","topic":"t"'],
  ['"payload":"1"', '"payload":1'],
  ['"qos":1', '"qos":"1"'],
  ['"qos":1', '"qos":3'],
  ["false", "0"],
  [',"dup":false', ""],
  ["11-23", "11-31"],
  ['"1"', '"\\u0041"'],
  ['"1"', '"\\u000a"'],
  ['"1"', '"\\u001F"'],
  ['"1"', '"\\/"'],
  ['"1"', '"\t"'],
  ['"1","encoding":"utf-8"', '"A","encoding":"base64"'],
  ['"1","encoding":"utf-8"', '"\\n/w=","encoding":"base64"'],
];

Deno.test("json.readRow() refuses rows that encode() would not write, however valid", () => {
  assert.equal(read(json, bytes(JSON_ROW))[0], JSON_ROW.length);
  assert.equal(read(json, bytes(JSON_ROW), true)[0], MALFORMED);
  for (const [from, to] of NO_JSON_ROW) {
    const row = JSON_ROW.replace(from, to);
    assert.notEqual(row, JSON_ROW);
    assert.deepEqual(read(json, bytes(row)), [MALFORMED, []], row);
  }
});
