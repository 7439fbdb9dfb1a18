import assert from "node:assert/strict";
import { TimeoutError } from "../../../lib/system/deadline.ts";
import { connectTransport } from "../../../lib/mqtt/transport/mod.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { tcpPeer, webSocketPeer } from "./peer.ts";

const host = "127.0.0.1";

for (const scheme of ["mqtts", "ws", "wss"] as const) {
  Deno.test(`connectTransport() gives up on a silent server after 8 s: ${scheme}`, async () => {
    await using peer = await tcpPeer();
    const clock = new FakeClock();
    const connecting = connectTransport({ scheme, host, port: peer.port, path: "/mqtt" }, clock);
    const outcome = assert.rejects(connecting, TimeoutError);
    const stream = await peer.accepted();
    await clock.advance(7_999);
    stream.resume();
    await clock.advance(1);
    await outcome;
    assert.equal(clock.sleeping, 0);
  });
}

Deno.test("connectTransport() makes the byte stream of the scheme, and leaves no timer", async () => {
  const clock = new FakeClock();
  await using tcp = await tcpPeer();
  (await connectTransport({ host, port: tcp.port }, clock)).close();
  (await connectTransport({ scheme: "mqtt", host, port: tcp.port }, clock)).close();
  await using webSocket = await webSocketPeer("/mqtt");
  const { port } = webSocket;
  (await connectTransport({ scheme: "ws", host, port, path: "/mqtt" }, clock)).close();
  assert.equal(clock.sleeping, 0);
});

Deno.test("connectTransport() rejects with the reason of the signal", async () => {
  await using peer = await tcpPeer();
  const clock = new FakeClock();
  const reason = new Error("enough");
  for (const scheme of ["mqtt", "mqtts", "ws", "wss"] as const) {
    const options = { scheme, host, port: peer.port, path: "/mqtt" };
    await assert.rejects(connectTransport(options, clock, AbortSignal.abort(reason)), reason);
  }
  assert.equal(clock.sleeping, 0);
});
