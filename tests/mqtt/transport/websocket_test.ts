import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { connectWebSocket } from "../../../lib/mqtt/transport/websocket.ts";
import { certificates, withoutOpenssl } from "../../support/certificates.ts";
import { freePort } from "../../support/program.ts";
import { assertGivesUp, assertWriterStops, testByteStream } from "./behaviour.ts";
import { tcpPeer, webSocketPeer } from "./peer.ts";

const at = (port: number, path = "/mqtt") =>
  ({ scheme: "ws", host: "127.0.0.1", port, path }) as const;
const forEver = new AbortController().signal;

testByteStream("WebSocket", webSocketPeer, (port) => connectWebSocket(at(port), forEver));

const folder = withoutOpenssl ? "" : await certificates();
const pem = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
testByteStream(
  "WebSocket in TLS",
  () => webSocketPeer("/mqtt", { cert: pem("server.crt"), key: pem("server.key") }),
  (port) => {
    const material = { ca: pem("authority.crt"), cert: undefined, key: undefined };
    return connectWebSocket({ ...at(port), scheme: "wss", host: "localhost", material }, forEver);
  },
  withoutOpenssl,
);

Deno.test("WebSocket: connectWebSocket() rejects with the HTTP status of a wrong path", async () => {
  await using peer = await webSocketPeer("/ws");
  await assert.rejects(connectWebSocket(at(peer.port, "/mqtt"), forEver), { code: "HTTP 404" });
  (await connectWebSocket(at(peer.port, "/ws"), forEver)).close();
});

Deno.test("WebSocket: connectWebSocket() refuses a server without HTTP", async () => {
  await using peer = await tcpPeer();
  const connecting = connectWebSocket(at(peer.port), forEver);
  (await peer.accepted()).write(Uint8Array.of(0x20, 2, 0, 0));
  await assert.rejects(connecting, { code: "HPE_INVALID_CONSTANT" });
});

Deno.test("WebSocket: connectWebSocket() rejects if the server closes without an answer", async () => {
  await using peer = await tcpPeer();
  const connecting = connectWebSocket(at(peer.port), forEver);
  (await peer.accepted()).destroy();
  await assert.rejects(connecting, { code: "ECONNRESET" });
});

Deno.test("WebSocket: connectWebSocket() refuses a WebSocket that does not agree on MQTT", async () => {
  // The key of the request is random: the answer to it must be wrong.
  const heads = ["Sec-WebSocket-Accept: x", ""];
  for (const head of heads) {
    await using peer = await tcpPeer();
    const connecting = connectWebSocket(at(peer.port), forEver);
    (await peer.accepted()).write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${head}\r\n\r\n`,
    );
    await assert.rejects(connecting, { code: "ERR_WS_NOT_FOR_MQTT" });
  }
});

Deno.test("WebSocket: connectWebSocket() refuses a WebSocket of another protocol", async () => {
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => false });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await assert.rejects(connectWebSocket(at(port), forEver), { code: "ERR_WS_NOT_FOR_MQTT" });
  sockets.close();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

Deno.test("WebSocket: write() waits for a peer that does not read", async () => {
  await using peer = await webSocketPeer();
  const byteStream = await connectWebSocket(at(peer.port), forEver);
  await peer.accepted();
  await assertWriterStops(byteStream);
  byteStream.close();
});

Deno.test("WebSocket: connectWebSocket() rejects where nothing listens", async () => {
  await assert.rejects(connectWebSocket(at(freePort()), forEver), { code: "ECONNREFUSED" });
});

Deno.test("WebSocket: connectWebSocket() rejects when the signal aborts before the answer", async () => {
  await assertGivesUp((port, signal) => connectWebSocket(at(port), signal));
});
