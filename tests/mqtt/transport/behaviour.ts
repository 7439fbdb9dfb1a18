/** The tests that every byte stream must pass, in any transport. */

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import type { ByteStream } from "../../../lib/mqtt/transport/byte_stream.ts";
import { sleep } from "../../faults/wait.ts";
import { type Peer, tcpPeer } from "./peer.ts";
import { writeAll } from "../../../lib/system/write_all.ts";

/** More than all buffers on the way hold, and far less than an unlimited sender sends. */
const BOUND = 24 << 20, MUCH = 96 << 20;
const SIZES = [1, 2, 125, 126, 127, 4_096, 16_384, 65_535, 65_536, 300_001, 1];

function pattern(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).map((_, i) => i * 31 + (i >> 8) + seed);
}

function joined(pieces: readonly Uint8Array[]): string {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece])).toHex();
}

async function readAll(
  byteStream: ByteStream,
  count: number,
  bufferSize: number,
): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (let rest = count; rest > 0;) {
    const buffer = new Uint8Array(bufferSize);
    const read = await byteStream.read(buffer);
    assert.ok(read !== null && read > 0 && read <= bufferSize, `${read} bytes read`);
    pieces.push(buffer.subarray(0, read));
    rest -= read;
  }
  return pieces;
}

/** Writes until the stream has accepted `limit` bytes, or accepts none for a while. */
async function push(stream: Duplex, limit: number): Promise<number> {
  const chunk = pattern(65_536, 0);
  let taken = 0;
  let open = true;
  stream.once("close", () => open = false);
  void (async () => {
    while (open && taken < limit) {
      await new Promise<void>((resolve) => stream.write(chunk, () => resolve()));
      taken += chunk.length;
    }
  })();
  for (let before = -1; before !== taken && taken < limit;) {
    before = taken;
    await sleep(200);
  }
  return taken;
}

/** Whether writing waits for a peer that does not read. */
export async function assertWriterStops(byteStream: ByteStream): Promise<void> {
  const chunk = pattern(65_536, 0);
  let taken = 0;
  const writing = (async () => {
    for (; taken < MUCH; taken += chunk.length) await writeAll(byteStream, chunk);
  })();
  writing.catch(() => {});
  for (let before = -1; before !== taken;) {
    before = taken;
    await sleep(200);
  }
  assert.ok(taken < BOUND, `${taken} bytes were taken`);
}

/** A byte stream and the peer's end of it. */
interface Ends {
  readonly byteStream: ByteStream;
  readonly stream: Duplex;
}

/**
 * Registers the tests that every byte stream must pass.
 *
 * @param connect Connects to the peer.
 */
export function testByteStream(
  name: string,
  startPeer: () => Promise<Peer>,
  connect: (port: number) => Promise<ByteStream>,
  ignore = false,
): void {
  const test = (sentence: string, body: (ends: Ends) => Promise<void>) =>
    Deno.test({
      name: `${name}: ${sentence}`,
      ignore,
      async fn() {
        await using peer = await startPeer();
        const accepted = peer.accepted();
        const byteStream = await connect(peer.port);
        const stream = await accepted;
        const closed = new Promise<void>((resolve) => stream.once("close", resolve));
        try {
          await body({ byteStream, stream });
        } finally {
          try {
            byteStream.close();
          } catch { /* Closed by the test. */ }
          stream.destroy();
          await closed;
        }
      },
    });

  test("ByteStream.read() returns exact bytes, in chunks of any size, with any buffer", async (ends) => {
    const { byteStream, stream } = ends;
    for (const bufferSize of [7, 4_096, 1 << 20]) {
      const sent = SIZES.map((size, i) => pattern(bufferSize === 7 ? size & 1023 || 1 : size, i));
      for (const piece of sent) stream.write(piece);
      const count = sent.reduce((sum, { length }) => sum + length, 0);
      assert.ok(joined(await readAll(byteStream, count, bufferSize)) === joined(sent));
    }
  });

  test("ByteStream.write() sends exact bytes, in chunks of any size", async ({ byteStream, stream }) => {
    const sent = SIZES.map((size, i) => pattern(size, i));
    const count = sent.reduce((sum, { length }) => sum + length, 0);
    const got: Uint8Array[] = [];
    let rest = count;
    const all = new Promise<void>((resolve) =>
      stream.on("data", (piece: Uint8Array) => {
        got.push(Uint8Array.from(piece));
        rest -= piece.length;
        if (rest === 0) resolve();
      })
    );
    for (const piece of sent) await writeAll(byteStream, piece);
    await all;
    assert.ok(joined(got) === joined(sent));
  });

  test("ByteStream stops the sender while it is not read", async ({ byteStream, stream }) => {
    const taken = await push(stream, MUCH);
    assert.ok(taken < BOUND, `${taken} bytes were taken`);
    // It goes on when the peer reads.
    await readAll(byteStream, taken, 1 << 20);
  });

  test("ByteStream.read() returns null after the last byte of the peer", async ({ byteStream, stream }) => {
    stream.end(pattern(100_000, 1));
    await readAll(byteStream, 100_000, 4_096);
    assert.equal(await byteStream.read(new Uint8Array(1)), null);
    assert.equal(await byteStream.read(new Uint8Array(1)), null);
  });

  test("ByteStream.read() ends when the peer is gone", async ({ byteStream, stream }) => {
    const reading = byteStream.read(new Uint8Array(1)).catch(() => null);
    stream.destroy();
    assert.equal(await reading, null);
  });

  test("ByteStream.close() ends the peer's stream", async ({ byteStream, stream }) => {
    const over = new Promise<void>((resolve) => {
      for (const event of ["end", "close"]) stream.once(event, () => resolve());
    });
    stream.resume();
    byteStream.close();
    await over;
  });
}

/** Asserts that an abort closes a connection whose other side never answers. */
export async function assertGivesUp(
  connect: (port: number, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  await using peer = await tcpPeer();
  const stop = new AbortController();
  const connecting = connect(peer.port, stop.signal);
  const stream = await peer.accepted();
  const closed = new Promise<void>((resolve) => stream.once("close", resolve));
  const reason = new Error("enough");
  stop.abort(reason);
  await assert.rejects(connecting, reason);
  stream.resume();
  await closed;
}
