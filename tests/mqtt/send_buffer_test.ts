import assert from "node:assert/strict";
import { nextTurn } from "../../lib/system/clock.ts";
import { SendBuffer } from "../../lib/mqtt/send_buffer.ts";

/** A send buffer, the bytes it sent, and its pending writes. */
function sendBufferFixture() {
  const sent: Uint8Array[] = [];
  const writes: PromiseWithResolvers<void>[] = [];
  let rooms = 0;
  const sendBuffer = new SendBuffer((bytes) => {
    // A copy: the bytes must still be the same when the write is done.
    sent.push(bytes);
    const write = Promise.withResolvers<void>();
    writes.push(write);
    return write.promise;
  }, () => rooms++);
  const put = (...bytes: number[]) => {
    for (const byte of bytes) sendBuffer.buffer.push(byte);
    sendBuffer.filled();
  };
  return { sendBuffer, sent, writes, put, rooms: () => rooms };
}

const all = (sent: readonly Uint8Array[]) => sent.map((bytes) => [...bytes]);

Deno.test("SendBuffer sends all packets of one turn in one write", async () => {
  const { sent, writes, put } = sendBufferFixture();
  for (let i = 0; i < 5; i++) {
    put(i, i);
    await Promise.resolve();
  }
  assert.equal(sent.length, 0);
  await nextTurn();
  assert.deepEqual(all(sent), [[0, 0, 1, 1, 2, 2, 3, 3, 4, 4]]);
  writes[0]!.resolve();
  await nextTurn();
});

Deno.test("SendBuffer keeps packets appended during a write for the next one", async () => {
  const { sent, writes, put, rooms } = sendBufferFixture();
  put(1);
  await nextTurn();
  put(2);
  put(3);
  await nextTurn();
  assert.deepEqual(all(sent), [[1]]);
  assert.equal(rooms(), 0);
  writes[0]!.resolve();
  await nextTurn();
  await nextTurn();
  assert.deepEqual(all(sent), [[1], [2, 3]]);
  assert.equal(rooms(), 1);
  writes[1]!.resolve();
  await nextTurn();
  put(4);
  await nextTurn();
  assert.deepEqual(all(sent).at(-1), [4]);
  writes[2]!.resolve();
  await nextTurn();
});

Deno.test("SendBuffer.hasRoom is true until 64 KiB wait, and again when they leave", async () => {
  const { sendBuffer, writes, put } = sendBufferFixture();
  put(...new Uint8Array(64 * 1024 - 1));
  assert.ok(sendBuffer.hasRoom);
  put(1);
  assert.equal(sendBuffer.hasRoom, false);
  await nextTurn();
  assert.ok(sendBuffer.hasRoom);
  writes[0]!.resolve();
  await nextTurn();
});

Deno.test("SendBuffer goes on after a failed write", async () => {
  const { sent, writes, put, rooms } = sendBufferFixture();
  put(1);
  await nextTurn();
  writes[0]!.reject(new Error("gone"));
  await nextTurn();
  assert.equal(rooms(), 1);
  put(2);
  await nextTurn();
  assert.deepEqual(all(sent).at(-1), [2]);
  writes[1]!.resolve();
  await nextTurn();
});
