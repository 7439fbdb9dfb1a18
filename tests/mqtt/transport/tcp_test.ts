import assert from "node:assert/strict";
import { connectEither, connectTcp } from "../../../lib/mqtt/transport/tcp.ts";
import { freePort } from "../../support/program.ts";
import { assertWriterStops, testByteStream } from "./behaviour.ts";
import { tcpPeer } from "./peer.ts";

const host = "127.0.0.1";
const forEver = new AbortController().signal;

testByteStream("TCP", tcpPeer, (port) => connectTcp({ host, port }, forEver));

Deno.test("TCP: write() waits for a peer that does not read", async () => {
  await using peer = await tcpPeer();
  const byteStream = await connectTcp({ host, port: peer.port }, forEver);
  await peer.accepted();
  await assertWriterStops(byteStream);
  byteStream.close();
});

Deno.test("TCP: connectTcp() rejects where nothing listens", async () => {
  await assert.rejects(connectTcp({ host, port: freePort() }, forEver), {
    name: "ConnectionRefused",
  });
});

Deno.test("TCP: connectTcp() rejects when the signal aborts", async () => {
  await using peer = await tcpPeer();
  const reason = new Error("enough");
  await assert.rejects(connectTcp({ host, port: peer.port }, AbortSignal.abort(reason)), reason);
});

/** A connection that counts whether it is closed. */
function fakeConn() {
  const conn = { closed: 0, close: () => void conn.closed++ };
  return conn as typeof conn & Deno.TcpConn;
}

Deno.test("connectEither() takes whichever address answers, and tries the next one meanwhile", async () => {
  const { signal } = new AbortController();
  const conn = fakeConn();
  const asked: string[] = [];
  const second = await connectEither(["127.0.0.1", "::1"], 1, signal, ({ hostname, signal }) => {
    asked.push(hostname!);
    if (hostname === "::1") return Promise.resolve(conn);
    // As on Windows, where a closed port answers late.
    return new Promise((_, reject) =>
      signal!.addEventListener("abort", () => reject(signal!.reason))
    );
  });
  assert.equal(second, conn);
  assert.deepEqual(asked, ["127.0.0.1", "::1"]);
  assert.equal(conn.closed, 0);
  const first = await connectEither(["127.0.0.1", "::1"], 1, signal, ({ hostname }) => {
    assert.equal(hostname, "127.0.0.1");
    return Promise.resolve(conn);
  });
  assert.equal(first, conn);
});

Deno.test("connectEither() throws the first address's error, and closes a connection too many", async () => {
  const { signal } = new AbortController();
  const refused = (hostname: string) => new Deno.errors.ConnectionRefused(hostname);
  await assert.rejects(
    connectEither(
      ["127.0.0.1", "::1"],
      1,
      signal,
      ({ hostname }) => Promise.reject(refused(hostname!)),
    ),
    /127/,
  );
  const slow = fakeConn(), quick = fakeConn();
  const late = Promise.withResolvers<Deno.TcpConn>();
  const taken = await connectEither(
    ["127.0.0.1", "::1"],
    1,
    signal,
    ({ hostname }) => hostname === "::1" ? Promise.resolve(quick) : late.promise,
  );
  late.resolve(slow);
  await late.promise;
  await Promise.resolve();
  assert.deepEqual([taken === quick, quick.closed, slow.closed], [true, 0, 1]);
});

Deno.test("connectEither() ends when its signal aborts", async () => {
  const stop = new AbortController();
  const connecting = connectEither(
    ["127.0.0.1", "::1"],
    1,
    stop.signal,
    ({ signal }) =>
      new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
  );
  stop.abort(new Error("stopped"));
  await assert.rejects(connecting, /stopped/);
});
