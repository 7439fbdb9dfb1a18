import assert from "node:assert/strict";
import { connectTcp } from "../../../lib/mqtt/transport/tcp.ts";
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
