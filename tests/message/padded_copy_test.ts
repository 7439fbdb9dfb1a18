import assert from "node:assert/strict";
import { copyPadded, padded, SLACK } from "../../lib/message/padded_copy.ts";

const source = Uint8Array.from({ length: 100 + SLACK }, (_, i) => i * 37);
const view = new DataView(source.buffer);

Deno.test("copyPadded() copies any length between any offsets and writes at most SLACK bytes more", () => {
  for (let count = 0; count <= 40; count++) {
    for (let from = 0; from < 9; from++) {
      for (let at = 0; at < 9; at++) {
        const target = new Uint8Array(64 + SLACK);
        const end = copyPadded(new DataView(target.buffer), at, view, from, from + count);
        assert.equal(end, at + count);
        assert.deepEqual(target.subarray(at, end), source.subarray(from, from + count));
        assert.ok(target.subarray(0, at).every((byte) => byte === 0));
        assert.ok(target.subarray(end + SLACK).every((byte) => byte === 0));
      }
    }
  }
});

Deno.test("copyPadded() keeps every bit of bytes that would be a NaN", () => {
  // As floating-point numbers these are NaNs with a payload, which a copy of floats may lose.
  for (const high of [0x7f, 0xff]) {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 0xf0, high, ...new Uint8Array(SLACK));
    const target = new Uint8Array(8 + SLACK);
    for (let i = 0; i < 10_000; i++) {
      copyPadded(new DataView(target.buffer), 0, new DataView(bytes.buffer), 0, 8);
    }
    assert.deepEqual(target.subarray(0, 8), bytes.subarray(0, 8));
  }
});

Deno.test("padded() copies its bytes and adds room for SLACK", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const { view, length } = padded(bytes);
  bytes.fill(0);
  const target = new DataView(new ArrayBuffer(3 + SLACK));
  assert.equal(copyPadded(target, 0, view, 0, length), 3);
  assert.deepEqual([...new Uint8Array(target.buffer, 0, 3)], [1, 2, 3]);
});
