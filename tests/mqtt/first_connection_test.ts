import assert from "node:assert/strict";
import { BrokerError, Cancelled, StateError } from "../../lib/locale/errors.ts";
import { firstConnection, type Waiting } from "../../lib/mqtt/first_connection.ts";
import { brokerError, ConnectRefusal } from "../../lib/mqtt/transport/connection_errors.ts";
import { FakeClock } from "../support/fake_clock.ts";

const AT = { host: "broker.example.com", port: 1883, username: "anna" };
const away = brokerError(AT, new StateError("ECONNREFUSED"));
const refused = brokerError(AT, new ConnectRefusal(0x86));
const untrusted = (code: string) => brokerError(AT, Object.assign(new Error("TLS"), { code }));

interface Options {
  readonly waitMs?: number;
  readonly host?: string;
  readonly signal?: AbortSignal;
}

/** Connects by a clock of its own; each of `failures` is thrown once, then it connects. */
function connecting(
  failures: unknown[],
  { waitMs = Infinity, host = AT.host, signal }: Options = {},
) {
  const clock = new FakeClock();
  const waits: Waiting[] = [];
  const connect = () => failures.length > 0 ? Promise.reject(failures.shift()) : Promise.resolve(1);
  const options = { host, clock, waitMs };
  const first = firstConnection(connect, options, (e) => waits.push(e), signal, () => 1);
  return { clock, waits, first, seconds: () => waits.map(({ nextMs }) => nextMs / 1000) };
}

Deno.test("firstConnection() tries once without --wait", async () => {
  const { first, waits } = connecting([away], { waitMs: 0 });
  await assert.rejects(first, away);
  assert.deepEqual(waits, []);
});

Deno.test("firstConnection() waits up to 30 s for a far broker, up to 2 s for a near one", async () => {
  const far = connecting(Array(8).fill(away));
  await far.clock.advance(200_000);
  assert.equal(await far.first, 1);
  assert.deepEqual(far.seconds(), [0.5, 1, 2, 4, 8, 16, 30, 30]);
  const near = connecting(Array(5).fill(away), { host: "192.168.1.20" });
  await near.clock.advance(20_000);
  assert.equal(await near.first, 1);
  assert.deepEqual(near.seconds(), [0.5, 1, 2, 2, 2]);
});

Deno.test("firstConnection() waits 30 s to 5 min after refused credentials, near brokers too", async () => {
  const { clock, first, seconds } = connecting(Array(6).fill(refused), { host: "localhost" });
  await clock.advance(3_600_000);
  assert.equal(await first, 1);
  assert.deepEqual(seconds(), [30, 60, 120, 240, 300, 300]);
});

Deno.test("firstConnection() reports a reason once, and again when it changes", async () => {
  const { clock, first, waits } = connecting([away, away, refused, refused, away]);
  await clock.advance(3_600_000);
  assert.equal(await first, 1);
  assert.deepEqual(waits.map(({ cause, news }) => [cause, news]), [
    [away, true],
    [away, false],
    [refused, true],
    [refused, false],
    [away, true],
  ]);
});

Deno.test("firstConnection() rejects at once on a certificate problem or an unexpected error", async () => {
  const codes = ["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS_CERT_ALTNAME_INVALID"];
  for (const error of [...codes.map(untrusted), new TypeError("bug")]) {
    const { first, waits } = connecting([error]);
    await assert.rejects(first, error as Error);
    assert.deepEqual(waits, []);
  }
});

Deno.test("firstConnection() makes a last attempt when the time is over, and throws its error", async () => {
  const last = new BrokerError((t) => t.ended);
  const { clock, first, seconds } = connecting([away, away, last], { waitMs: 1_200 });
  const rejected = assert.rejects(first, last);
  await clock.advance(1_200);
  await rejected;
  assert.deepEqual(seconds(), [0.5, 0.7]);
});

Deno.test("firstConnection() ends its wait on an abort", async () => {
  const stop = new AbortController();
  const { clock, first } = connecting([away], { signal: stop.signal });
  await clock.advance(100);
  stop.abort(new Cancelled());
  await assert.rejects(first, Cancelled);
  assert.equal(clock.sleeping, 0);
});
