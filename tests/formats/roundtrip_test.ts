/** Tests that other readers read back what was recorded. */

import assert from "node:assert/strict";
import { parse } from "@std/csv/parse";
import { csv } from "../../lib/formats/csv.ts";
import { json } from "../../lib/formats/json.ts";
import type { Message } from "../../lib/message/message.ts";
import {
  arbitraryMessage,
  bytes,
  concat,
  fileOf,
  NASTY_BYTES,
  recordOf,
  seeded,
  START,
} from "../support/arbitrary.ts";
import { pythonReads, readByPython } from "../support/python.ts";

const random = seeded(21);
/** Text longer than the limit up to which `isUtf8()` checks bytes itself. */
const LONG_TEXT = bytes("21 °C\n".repeat(100));
const MESSAGES: readonly Message[] = [
  ...[
    ...NASTY_BYTES,
    ...NASTY_BYTES.flatMap((nasty) => [concat(nasty, LONG_TEXT), concat(LONG_TEXT, nasty)]),
  ].map((payload): Message => (
    { time: START, topic: "t", payload, qos: 0, retain: false, dup: false }
  )),
  ...Array.from({ length: 3000 }, () => arbitraryMessage(random)),
  ...[
    new Uint8Array(1 << 20).fill(10),
    new Uint8Array(1 << 20).fill(34),
    new Uint8Array(1 << 20).fill(0xff),
    Uint8Array.from({ length: 1 << 20 }, (_, i) => i % 94 + 32),
  ].map((payload): Message => (
    { time: START, topic: "big", payload, qos: 2, retain: true, dup: true }
  )),
];
const RECORDS = MESSAGES.map(recordOf);
/** Fields as text, the only type of CSV. */
const TEXTS = RECORDS.map((record) => Object.values(record).map(String));

const text = (data: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);

Deno.test("@std/csv reads any topic and payload back, but CRLF as LF", () => {
  const rows = parse(text(fileOf(csv, MESSAGES)));
  assert.deepEqual(rows[0], Object.keys(RECORDS[0]!));
  assert.deepEqual(
    rows.slice(1),
    TEXTS.map((row) => row.map((field) => field.replaceAll("\r\n", "\n"))),
  );
});

Deno.test("JSON.parse reads any topic and payload back", () => {
  assert.deepEqual(JSON.parse(text(fileOf(json, MESSAGES))), RECORDS);
});

Deno.test("json.encode() writes base64 that decodes to the original payload", () => {
  const rows = JSON.parse(text(fileOf(json, MESSAGES)));
  for (const [i, { payload }] of MESSAGES.entries()) {
    const { encoding, payload: written } = rows[i];
    const read = encoding === "base64"
      ? Uint8Array.fromBase64(written)
      : new TextEncoder().encode(written);
    assert.ok(read.length === payload.length && read.every((byte, k) => byte === payload[k]));
  }
});

Deno.test({
  name: "Python's csv and json read any topic and payload back",
  ignore: !(await pythonReads()),
  async fn() {
    const read = await readByPython({ csv, json }, MESSAGES);
    assert.deepEqual(read.csv.slice(1), TEXTS);
    assert.deepEqual(read.json, RECORDS);
  },
});
