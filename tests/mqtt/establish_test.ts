import assert from "node:assert/strict";
import { BrokerError, describe, StateError } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";
import type { ConnectOptions } from "../../lib/mqtt/connect_options.ts";
import { brokerError } from "../../lib/mqtt/transport/connection_errors.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import type { Script } from "../faults/strict_script.ts";
import { openAt } from "../support/connected.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Polls in real time: the packets come through a socket. */
async function until(isDone: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5_000 && !isDone(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.ok(isDone());
}

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
  const error = await refusal({ connack: () => "silent" }, { waitsMs: [8_000] });
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
  assert.match(remedy("broker.example", "ENOTFOUND"), /how the name in --broker is written/);
});
