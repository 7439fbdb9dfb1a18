import assert from "node:assert/strict";
import { Duplex, PassThrough } from "node:stream";
import { NodeByteStream, whenOpen } from "../../../lib/mqtt/transport/node_byte_stream.ts";

const forEver = new AbortController().signal;
const bytes = (...values: number[]) => Uint8Array.from(values);

async function read(byteStream: NodeByteStream, size: number): Promise<number[] | null> {
  const buffer = new Uint8Array(size);
  const count = await byteStream.read(buffer);
  return count === null ? null : [...buffer.subarray(0, count)];
}

Deno.test("NodeByteStream.read() returns a large chunk in several parts", async () => {
  const stream = new PassThrough();
  const byteStream = new NodeByteStream(stream);
  stream.write(bytes(1, 2, 3, 4, 5));
  assert.deepEqual(await read(byteStream, 2), [1, 2]);
  assert.deepEqual(await read(byteStream, 2), [3, 4]);
  stream.write(bytes(6));
  assert.deepEqual(await read(byteStream, 9), [5]);
  assert.deepEqual(await read(byteStream, 9), [6]);
  stream.end();
  assert.equal(await read(byteStream, 9), null);
});

Deno.test("NodeByteStream.read() waits for bytes", async () => {
  const stream = new PassThrough();
  const byteStream = new NodeByteStream(stream);
  const reading = read(byteStream, 9);
  stream.write(bytes(7));
  assert.deepEqual(await reading, [7]);
  byteStream.close();
});

Deno.test("NodeByteStream requests no more than one buffer while it is not read", async () => {
  let made = 0;
  const stream = new Duplex({
    highWaterMark: 1_000,
    read() {
      made += 100;
      this.push(new Uint8Array(100));
    },
  });
  const byteStream = new NodeByteStream(stream);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(made <= 1_100, `${made} bytes were made`);
  byteStream.close();
});

Deno.test("NodeByteStream.read() rejects after an error, also a waiting one", async () => {
  const stream = new PassThrough();
  const byteStream = new NodeByteStream(stream);
  const error = new Error("gone");
  const reading = read(byteStream, 9);
  stream.destroy(error);
  await assert.rejects(reading, error);
  await assert.rejects(read(byteStream, 9), error);
});

Deno.test("NodeByteStream.write() resolves when the stream has accepted the bytes, or rejects", async () => {
  const taken: number[] = [];
  const error = new Error("gone");
  const stream = new Duplex({
    read() {},
    write(piece: Uint8Array, _encoding, done) {
      taken.push(...piece);
      done(taken.length > 3 ? error : null);
    },
  });
  const byteStream = new NodeByteStream(stream);
  assert.equal(await byteStream.write(bytes(1, 2)), 2);
  await assert.rejects(byteStream.write(bytes(3, 4)), error);
  assert.deepEqual(taken, [1, 2, 3, 4]);
});

Deno.test("NodeByteStream.close() ends a waiting read", async () => {
  const byteStream = new NodeByteStream(new PassThrough());
  const reading = read(byteStream, 9);
  byteStream.close();
  assert.equal(await reading, null);
});

Deno.test("whenOpen() resolves with the stream at its event, and destroys it on failure", async () => {
  const good = new PassThrough();
  const settling = whenOpen(good, "open", forEver);
  good.emit("open");
  assert.equal(await settling, good);
  good.destroy();

  const error = new Error("no");
  const bad = new PassThrough();
  const failing = whenOpen(bad, "open", forEver);
  bad.emit("error", error);
  await assert.rejects(failing, error);
  assert.ok(bad.destroyed);

  const closed = new PassThrough();
  const closing = whenOpen(closed, "open", forEver);
  closed.destroy();
  await assert.rejects(closing, Deno.errors.ConnectionReset);
});

Deno.test("whenOpen() rejects when the signal aborts, before or meanwhile", async () => {
  const reason = new Error("enough");
  const early = new PassThrough();
  await assert.rejects(whenOpen(early, "open", AbortSignal.abort(reason)), reason);
  const stop = new AbortController();
  const late = new PassThrough();
  const settling = whenOpen(late, "open", stop.signal);
  stop.abort(reason);
  await assert.rejects(settling, reason);
  assert.ok(early.destroyed && late.destroyed);
});
