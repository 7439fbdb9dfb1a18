import assert from "node:assert/strict";
import { ByteBuffer } from "../../lib/message/byte_buffer.ts";

Deno.test("ByteBuffer.push() grows the buffer and keeps its content", () => {
  const buffer = new ByteBuffer(1);
  for (let i = 0; i < 1000; i++) buffer.push(i & 255);
  assert.equal(buffer.length, 1000);
  assert.deepEqual(buffer.view(), Uint8Array.from({ length: 1000 }, (_, i) => i & 255));
});

Deno.test("ByteBuffer.append() copies short and long ranges", () => {
  const source = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
  for (let count = 0; count <= 200; count++) {
    const buffer = new ByteBuffer(8);
    buffer.push(7);
    buffer.append(source, 50, 50 + count);
    assert.deepEqual([...buffer.view()], [7, ...source.subarray(50, 50 + count)]);
  }
});

Deno.test("ByteBuffer.appendPadded() copies any range, up to the last byte of its source", () => {
  const source = Uint8Array.from({ length: 300 }, (_, i) => i * 7);
  const view = new DataView(source.buffer);
  for (let count = 0; count <= 200; count++) {
    for (const start of [0, 50, source.length - count]) {
      const buffer = new ByteBuffer(8);
      buffer.push(7);
      buffer.appendPadded(source, view, start, start + count);
      buffer.push(9);
      assert.deepEqual([...buffer.view()], [7, ...source.subarray(start, start + count), 9]);
    }
  }
});

Deno.test("ByteBuffer.reserve() makes room and keeps the content", () => {
  const buffer = new ByteBuffer(2);
  buffer.append(Uint8Array.of(1, 2));
  buffer.reserve(100);
  assert.ok(buffer.bytes.length >= 102);
  assert.deepEqual([...buffer.view()], [1, 2]);
});

Deno.test("ByteBuffer.clear() keeps the memory of usual batches and frees that of a giant one", () => {
  const buffer = new ByteBuffer(4096);
  const { bytes } = buffer;
  buffer.push(1);
  buffer.clear();
  assert.equal(buffer.length, 0);
  assert.equal(buffer.bytes, bytes);
  buffer.reserve(17 * 1024 * 1024);
  buffer.clear();
  assert.ok(buffer.bytes.length <= 8192);
});
