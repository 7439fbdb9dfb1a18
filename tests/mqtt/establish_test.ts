import assert from "node:assert/strict";
import { once } from "node:events";
import { BrokerError, describe, StateError } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";
import type { ConnectOptions } from "../../lib/mqtt/connect_options.ts";
import { brokerError } from "../../lib/mqtt/transport/connection_errors.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { ConnackAnswer, Script } from "../faults/strict_script.ts";
import { ReceiveQueue } from "../../lib/mqtt/receive_queue.ts";
import { tcpPeer } from "./transport/peer.ts";
import { connected, openAt } from "../support/connected.ts";
import { until } from "../support/until.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** The error of connecting to a broker; each wait for an answer of it ends after `waitsMs`. */
async function refusal(
  script: Script,
  { waitsMs = [], ...options }: Partial<ConnectOptions> & { waitsMs?: readonly number[] } = {},
): Promise<BrokerError> {
  await using broker = StrictBroker.start(script);
  const clock = new FakeClock();
  const failed = openAt(broker, clock, () => {}, options).then(() => undefined, (error) => error);
  for (const [attempt, waitMs] of waitsMs.entries()) {
    const connection = await broker.accepted(attempt);
    await until(() => connection.connect !== undefined);
    if (script.suback) await until(() => connection.requests.length > 0);
    await clock.advance(waitMs);
  }
  const error = await failed;
  assert.ok(error instanceof BrokerError, String(error));
  assert.deepEqual([broker.errors, clock.sleeping], [[], 0]);
  return error;
}

Deno.test("establish() says in the reader's language that what listens does not answer CONNECT", async () => {
  const error = await refusal({ connack: () => "silent" }, { waitsMs: [8_000, 2_000] });
  const [state = "", remedy = ""] = describe(error, sentences("fr")).split("\n");
  assert.match(state, /: quelque chose y écoute, mais ne répond pas en MQTT en 8 s$/);
  assert.doesNotMatch(state + remedy, /connack|timeout|Mosquitto|embedded/);
});

Deno.test("establish() distinguishes a SUBSCRIBE without an answer from a silent broker", async () => {
  const { message } = await refusal({ suback: () => "silent" }, { waitsMs: [8_000] });
  assert.match(
    message,
    /: the broker accepts the connection, but does not answer SUBSCRIBE within/,
  );
});

Deno.test("establish() names the step, TLS or WebSocket, that what listens does not answer", async () => {
  await using peer = await tcpPeer();
  const steps = { mqtts: "in TLS", wss: "in TLS", ws: "as a WebSocket" } as const;
  for (const scheme of ["mqtts", "wss", "ws"] as const) {
    const clock = new FakeClock();
    const failed = assert.rejects(
      openAt(peer, clock, () => {}, { scheme }),
      new RegExp(`something listens there, but does not answer ${steps[scheme]} within 8 s\\n`),
    );
    await once(await peer.accepted(), "data");
    await clock.advance(8_000);
    await failed;
    assert.equal(clock.sleeping, 0);
  }
});

Deno.test("brokerError() advises a broker of one's own only where nothing listens on this machine", () => {
  const remedy = (host: string, code: string) =>
    brokerError({ host, port: 1883 }, new StateError(code)).message.split("\n")[1]!;
  assert.match(remedy("localhost", "ECONNREFUSED"), /Start Mosquitto.* --embedded-broker/);
  for (const host of ["localhost", "192.0.2.1", "broker.example"]) {
    for (const code of ["ECONNREFUSED", "ENOTFOUND", "EHOSTUNREACH"]) {
      if (host === "localhost" && code === "ECONNREFUSED") continue;
      assert.doesNotMatch(remedy(host, code), /Mosquitto|embedded/, `${host} ${code}`);
    }
  }
  for (const scheme of ["mqtts", "ws", "wss"] as const) {
    const at = { host: "localhost", port: 1, scheme };
    assert.doesNotMatch(brokerError(at, new StateError("ECONNREFUSED")).message, /embedded/);
  }
  assert.match(remedy("broker.example", "ENOTFOUND"), /how the name in --broker is written/);
});

Deno.test("establish() names why CONNACK refuses, in the broker's own words, with a remedy that fits", async () => {
  const text = (
    id: number,
    text: string,
  ) => [id, 0, text.length, ...new TextEncoder().encode(text)];
  const cases = [
    [{ code: 0x85, reason: "use device-17" }, '(code 133: "use device-17")', /--client-id ID/],
    [{ code: 0x89, reason: "try tonight" }, 'busy (code 137: "try tonight")', /--wait/],
    [
      { code: 0x8a, reason: "until Monday" },
      'banned this client (code 138: "until Monday")',
      /ban$/,
    ],
    [
      { code: 0x97, reason: "10 clients" },
      'quota of the broker is used up (code 151: "10',
      /larger/,
    ],
    [
      { code: 0x9c, properties: text(0x1c, "b:1") },
      'another one (code 156: "b:1")',
      /Give that one/,
    ],
    [
      { code: 0x9d, reason: "x", properties: text(0x1c, "b") },
      '(code 157: "x, b")',
      /Give that one/,
    ],
    [{ code: 0x9f }, "too many connections in a short time (code 159)", /later/],
    [{ code: 0x88 }, "not ready (code 136)", /later/],
    [{ code: 0x8c }, "another way to log in (code 140)", /certificate/],
    [{ code: 0x80, reason: "" }, "the broker refused (code 128)", /log/],
    [
      { code: 0x87, reason: "\x1b[31mred\nline" },
      '(code 135: "\\x1b[31mred\\nline")',
      /--username/,
    ],
  ] as const;
  for (const [answer, state, remedy] of cases) {
    const lines = (await refusal({ connack: () => answer })).message.split("\n");
    assert.ok(lines[0]!.includes(state), lines[0]!);
    assert.match(lines[1]!, remedy);
    assert.equal(lines.length, 2);
  }
});

Deno.test("establish() names the client id if MQTT 3.1.1 refuses it with code 2", async () => {
  const { message } = await refusal({
    connack: ({ version }) => ({ code: version === 5 ? 0x84 : 2 }),
  });
  assert.match(message, /does not accept our client id \(code 2\)\nGive one .* --client-id ID/);
});

Deno.test("establish() cuts off a broker's words that are long", async () => {
  const { message } = await refusal({ connack: () => ({ code: 0x80, reason: "x".repeat(9_000) }) });
  assert.match(message, /\(code 128: "x{300}"\)\n/);
});

/** Connects to a broker; the MQTT versions that it was asked for, and the one in use. */
async function versions(script: Script, waitsMs: readonly number[] = []): Promise<number[]> {
  await using broker = StrictBroker.start(script);
  const clock = new FakeClock();
  const opening = openAt(broker, clock);
  for (const [attempt, waitMs] of waitsMs.entries()) {
    const connection = await broker.accepted(attempt);
    await until(() => connection.connect !== undefined);
    await clock.advance(waitMs);
  }
  const opened = await opening;
  const { version, client, gate } = opened.connection;
  opened.stop();
  client.end(true);
  gate.destroy();
  await opened.ended();
  assert.deepEqual([broker.errors, clock.sleeping], [[], 0]);
  return [...broker.connections.map(({ connect }) => connect!.version), version];
}

Deno.test("establish() connects with MQTT 3.1.1 to a broker that is silent to MQTT 5", async () => {
  const script: Script = { connack: ({ version }) => version === 5 ? "silent" : {} };
  assert.deepEqual(await versions(script, [8_000]), [5, 4, 4]);
});

Deno.test("establish() reports MQTT 3.1.1 that it only tried because MQTT 5 got no answer", async () => {
  const scripts: readonly [ConnackAnswer, boolean][] = [["close", true], [{ code: 0x84 }, false]];
  for (const [answer, isGuess] of scripts) {
    await connected({ connack: ({ version }) => version === 5 ? answer : {} }, ({ events }) => {
      const [event] = events.all;
      assert.deepEqual(event?.type === "connected" && [event.version, event.unanswered5], [
        4,
        isGuess,
      ]);
      return Promise.resolve();
    });
  }
});

Deno.test("establish() is as patient with MQTT 5 as before: a late CONNACK counts", async () => {
  await using broker = StrictBroker.start({ connack: () => "silent" });
  const clock = new FakeClock();
  const opening = openAt(broker, clock);
  const connection = await broker.accepted(0);
  await until(() => connection.connect !== undefined);
  await clock.advance(7_900);
  await connection.send(Uint8Array.of(0x20, 3, 0, 0, 0));
  const opened = await opening;
  assert.equal(opened.connection.version, 5);
  opened.stop();
  opened.connection.client.end(true);
  opened.connection.gate.destroy();
  await opened.ended();
  assert.equal(broker.connections.length, 1);
});

/** A broker that answers MQTT 5 with a CONNACK of MQTT 3.1.1, and a message in that form. */
function oldForm(): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const suback = (
    id: Uint8Array,
    count: number,
  ) => [0x90, 2 + count, ...id, ...Array(count).fill(1)];
  const serve = async (conn: Deno.Conn) => {
    const buffer = new Uint8Array(4096);
    await conn.read(buffer);
    const version = buffer[8]!;
    await conn.write(Uint8Array.of(0x20, 2, 0, 0, 0x30, 5, 0, 1, 0x61, 0, 0x31));
    if (version === 4) {
      await conn.read(buffer);
      await conn.write(Uint8Array.from(suback(buffer.slice(2, 4), 2)));
    }
    while (await conn.read(buffer) !== null);
  };
  void (async () => {
    for await (const conn of listener) {
      await serve(conn).catch(() => {}).finally(() => conn.close());
    }
  })();
  return listener;
}

Deno.test("establish() connects with MQTT 3.1.1 to a broker that answers MQTT 5 in that form", async () => {
  using listener = oldForm();
  const clock = new FakeClock();
  const receiveQueue = new ReceiveQueue(clock);
  const { port } = listener.addr;
  const opened = await openAt({ port }, clock, () => {}, { receiveQueue });
  assert.equal(opened.connection.version, 4);
  // The payload is NUL and 1: read as MQTT 5 the NUL would be the length of the properties.
  assert.equal(receiveQueue.received, 1);
  opened.stop();
  opened.connection.client.end(true);
  opened.connection.gate.destroy();
  await opened.ended();
});

Deno.test("establish() advises what was not given where --mqtt-version 5 is", async () => {
  using listener = oldForm();
  const options = { mqttVersion: 5 } as const;
  await assert.rejects(
    openAt({ port: listener.addr.port }, new FakeClock(), () => {}, options),
    /in the form of MQTT 3\.1\.1\nLeave out --mqtt-version/,
  );
  const silent = await refusal({ connack: () => "silent" }, { waitsMs: [8_000], ...options });
  assert.match(silent.message, /within 8 s\nLeave out --mqtt-version/);
});
