import assert from "node:assert/strict";
import { appendBase64, RowStart } from "../../lib/formats/fields.ts";
import { isUtf8 } from "../../lib/message/utf8.ts";
import { ByteBuffer } from "../../lib/message/byte_buffer.ts";
import { arbitraryPayload, batchOf, bytes, concat, message, seeded } from "../support/arbitrary.ts";

/** Whether `TextDecoder` accepts `data`. */
function decodes(data: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}

Deno.test("isUtf8() agrees with TextDecoder on every sequence of two bytes", () => {
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      const data = Uint8Array.of(first, second);
      assert.equal(isUtf8(data, 0, 2), decodes(data), `${first} ${second}`);
    }
  }
});

Deno.test("isUtf8() agrees with TextDecoder on longer sequences and mutated text", () => {
  const random = seeded(3);
  const edges = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
  for (let lead = 0xe0; lead <= 0xff; lead++) {
    for (const a of edges) {
      for (const b of edges) {
        for (const c of edges) {
          const data = Uint8Array.of(lead, a, b, c);
          assert.equal(isUtf8(data, 0, 4), decodes(data), String(data));
          assert.equal(isUtf8(data, 0, 3), decodes(data.subarray(0, 3)), String(data));
        }
      }
    }
  }
  for (let i = 0; i < 2000; i++) {
    const data = arbitraryPayload(random).slice();
    if (data.length > 0) data[random(data.length)] = random(256);
    assert.equal(isUtf8(data, 0, data.length), decodes(data), String(data));
  }
});

/** Valid and invalid sequences at the limits of UTF-8 [Unicode 15, table 3-7]. */
const SEQUENCES: readonly (readonly number[])[] = [
  // NUL, the BOM, the lowest and highest character of each length, those around surrogates.
  ...[[0x00], [0xef, 0xbb, 0xbf], [0x7f], [0xc2, 0x80], [0xdf, 0xbf], [0xe0, 0xa0, 0x80]],
  ...[[0xed, 0x9f, 0xbf], [0xee, 0x80, 0x80], [0xef, 0xbf, 0xbf], [0xf0, 0x90, 0x80, 0x80]],
  [0xf4, 0x8f, 0xbf, 0xbf],
  // Overlong.
  ...[[0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf]],
  ...[[0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf]],
  // Surrogates, past U+10FFFF, no lead.
  ...[[0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80]],
  ...[[0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff], [0x80], [0xbf]],
  // Cut short.
  ...[[0xc3], [0xe2], [0xe2, 0x82], [0xf0], [0xf0, 0x9f], [0xf0, 0x9f, 0x8c]],
];

Deno.test("isUtf8() agrees with TextDecoder on long data with any sequence at any place", () => {
  // Near the end the data ends within the sequence.
  for (const filler of [bytes("a".repeat(515)), bytes("é".repeat(258)).subarray(0, 514)]) {
    for (const sequence of SEQUENCES) {
      for (let at = 0; at < filler.length; at++) {
        const data = filler.slice();
        data.set(sequence.slice(0, data.length - at), at);
        assert.equal(isUtf8(data, 0, data.length), decodes(data), `${at}: ${sequence}`);
      }
    }
  }
});

Deno.test("isUtf8() agrees with TextDecoder on data of any length", () => {
  const random = seeded(33);
  const text = bytes("21 °C, 湿度 45 %, 🌡\0\ufeff");
  const verdicts = { true: 0, false: 0 };
  for (let i = 0; i < 3000; i++) {
    const parts = Array.from(
      { length: 1 + random(60) },
      () => random(20) ? text : SEQUENCES[random(SEQUENCES.length)]!,
    );
    const data = concat(...parts.map((part) => Uint8Array.from(part)));
    const start = random(text.length);
    const end = Math.max(start, data.length - random(text.length));
    const verdict = decodes(data.subarray(start, end));
    verdicts[`${verdict}`]++;
    assert.equal(isUtf8(data, start, end), verdict, `${i}`);
  }
  assert.ok(verdicts.true > 300 && verdicts.false > 300, JSON.stringify(verdicts));
});

Deno.test("isUtf8() checks its range only", () => {
  const short = bytes("é€🌡");
  assert.equal(isUtf8(short, 0, 1), false);
  assert.equal(isUtf8(short, 2, 4), false);
  assert.equal(isUtf8(short, 2, 5), true);
  assert.equal(isUtf8(short, 0, short.length), true);
  const long = bytes("€".repeat(300));
  assert.equal(isUtf8(concat(Uint8Array.of(0xff), long, Uint8Array.of(0xff)), 1, 901), true);
  for (const [start, end] of [[1, 900], [2, 900], [0, 899], [0, 898]] as const) {
    assert.equal(isUtf8(long, start, end), false);
  }
});

Deno.test("RowStart.at() writes ISO 8601 in UTC with milliseconds, also for repeated and extreme times", () => {
  const start = new RowStart("[", "]");
  const write = (time: number) => {
    const out = new ByteBuffer();
    out.appendConstant(start.at(time));
    return new TextDecoder().decode(out.view());
  };
  assert.equal(write(0), "[1970-01-01T00:00:00.000Z]");
  assert.equal(write(0), "[1970-01-01T00:00:00.000Z]");
  assert.equal(write(Date.UTC(2026, 10, 23, 10, 0, 0, 123)), "[2026-11-23T10:00:00.123Z]");
  assert.equal(write(-1), "[1969-12-31T23:59:59.999Z]");
  assert.equal(write(1e300), "[+275760-09-13T00:00:00.000Z]");
});

Deno.test("appendBase64() agrees with toBase64() for every length and byte", () => {
  const random = seeded(12);
  const data = Uint8Array.from({ length: 1_000 }, () => random(256));
  const payloads = Array.from({ length: 300 }, (_, length) => data.subarray(0, length));
  for (const payload of [...payloads, data, new Uint8Array(256).map((_, i) => i)]) {
    const out = new ByteBuffer(1);
    appendBase64(batchOf([message("topic", payload)]), 0, out);
    assert.equal(new TextDecoder().decode(out.view()), payload.toBase64());
  }
});
