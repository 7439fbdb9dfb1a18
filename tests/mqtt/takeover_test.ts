import assert from "node:assert/strict";
import { connected, type ConnectedFixture, ours } from "../support/connected.ts";
import type { StrictBroker } from "../faults/strict_broker.ts";
import type { Script } from "../faults/strict_script.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { until } from "../support/until.ts";

/** Waits before a connection: regular, and in a round. */
const WAIT_MS = 750, ROUND_MS = 375;

/** Random waits have their middle value; none equals the wait for a polite end. */
function middlingWaits(): Disposable {
  const { random } = Math;
  Math.random = () => 0.5;
  return { [Symbol.dispose]: () => void (Math.random = random) };
}

const isProbe = (clientId: string | undefined) => clientId?.startsWith("mqttrecprobe") ?? false;

/** The open connections with other client ids. */
const probes = ({ connections }: StrictBroker) =>
  connections.filter(({ connect, isOpen }) => isOpen && isProbe(connect?.clientId));

/** Resolves when a probe is held beside our connection. */
async function held({ broker }: ConnectedFixture): Promise<void> {
  await until(() => probes(broker).length > 0);
  await turn();
}

/** Runs everything that needs no time. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** Ends `count` connections soon after each is made; all but the last come back. */
async function shortLives(fixture: ConnectedFixture, count = 4, refused = false): Promise<void> {
  const { clock, events, drop } = fixture;
  for (let life = 1; life <= count; life++) {
    if (life > 2 && !refused) await held(fixture);
    await drop(0);
    if (life > 2 && !refused) {
      await clock.asleep(1_000);
      await clock.advance(1_000);
    }
    if (life === count) return;
    await clock.asleep(WAIT_MS);
    await clock.advance(WAIT_MS);
    await events.next("connected");
  }
}

/** Opens our connection and the probes of a round. */
async function begin({ clock }: ConnectedFixture): Promise<void> {
  await clock.asleep(ROUND_MS);
  await clock.advance(ROUND_MS);
  await clock.asleep(5_000);
}

/** A round in which our connection ends after `livedMs`. */
async function round(fixture: ConnectedFixture, livedMs = 200): Promise<void> {
  await begin(fixture);
  await fixture.clock.advance(livedMs);
  ours(fixture.broker)!.close();
}

/** The same with probes: waits until the fate of the probes is known. */
async function probed(fixture: ConnectedFixture): Promise<void> {
  await round(fixture);
  await fixture.clock.asleep(1_000);
  await fixture.clock.advance(1_000);
}

/** Identifies a connection by its requests. */
const isBare = (
  { connect, filters }: StrictBroker["connections"][number],
) => connect!.will === undefined && filters.length === 0;

Deno.test("Takeover examines nothing if a probe ends with our connection", async () => {
  using _ = middlingWaits();
  await connected({}, async (fixture) => {
    const { broker, clock, events, connection, drop } = fixture;
    for (let round = 0; round < 2; round++) {
      for (let life = 1; life <= 3; life++) {
        if (life === 3) {
          await held(fixture);
          probes(broker)[0]!.close();
        }
        await drop(0);
        // After it the wait is the minimum again.
        const waitMs = life === 3 ? ROUND_MS : WAIT_MS;
        await clock.asleep(waitMs);
        await clock.advance(waitMs);
        await events.next("connected");
      }
    }
    assert.equal(connection.takenOver, false);
    assert.ok(ours(broker)!.filters.length > 0);
  });
});

Deno.test("Takeover closes its probe once our connection lasts", async () => {
  using _ = middlingWaits();
  await connected({}, async (fixture) => {
    await shortLives(fixture, 3);
    await fixture.clock.asleep(WAIT_MS);
    await fixture.clock.advance(WAIT_MS);
    await held(fixture);
    const [probe] = probes(fixture.broker);
    await fixture.clock.advance(5_000);
    assert.equal((await withTimeout(probe!.ended, "its end")).disconnect, 0);
    await turn();
  });
});

Deno.test("Takeover is proven if our connection ends in each round and no probe does", async () => {
  using _ = middlingWaits();
  await connected({ puback: () => 0 }, async (fixture) => {
    const { broker, clock, events, connection } = fixture;
    const first = clock.now();
    await shortLives(fixture);
    const before = broker.connections.length;
    await round(fixture);
    for (let i = 0; i < 3; i++) await probed(fixture);
    const { final, since } = await events.next("disconnected");
    await withTimeout(connection.ended(), "the end");
    assert.deepEqual([final, connection.takenOver], [true, true]);
    // Messages since the first loss may have gone to the other client.
    assert.equal(since, first);
    assert.match(String(connection.fatal), /another client took over/);
    const made = broker.connections.slice(before);
    assert.ok(made.every(isBare), "asks for something");
    const names = made.map(({ connect }) => connect!.clientId);
    assert.deepEqual(names.map(isProbe), [0, 1, 1, 0, 0, 1, 1, 0, 1, 1].map(Boolean));
    const strangers = new Set(names.filter(isProbe));
    assert.equal(strangers.size, 6);
    for (const name of strangers) assert.match(name, /^[0-9a-z]{23}$/);
    const others = made.filter(({ connect }) => isProbe(connect!.clientId));
    for (const { connect, ended } of others) {
      assert.deepEqual([connect!.clean, connect!.sessionExpirySeconds], [true, 0]);
      assert.equal((await ended).disconnect, 0);
    }
  }, { statusTopic: "state" });
});

/** Events after four short lives that refute a takeover. */
const INNOCENT: Readonly<Record<string, (fixture: ConnectedFixture) => Promise<void>>> = {
  "ours lasts once it asks for nothing": async (fixture) => {
    await begin(fixture);
    await fixture.clock.advance(5_000);
  },
  "ours is closed at once": (fixture) => round(fixture, 149),
  "ours is closed with a reason": async (fixture) => {
    await begin(fixture);
    await fixture.clock.advance(200);
    await ours(fixture.broker)!.disconnect(0x97);
  },
  "an older probe is closed too": async (fixture) => {
    await round(fixture);
    await round(fixture);
    probes(fixture.broker)[0]!.close();
    await fixture.clock.asleep(1_000);
    await turn();
    await fixture.clock.advance(1_000);
  },
  "a younger probe is closed too": async (fixture) => {
    await round(fixture);
    await probed(fixture);
    await round(fixture);
    probes(fixture.broker)[1]!.close();
    await fixture.clock.asleep(1_000);
    await turn();
    await fixture.clock.advance(1_000);
  },
};

for (const [name, happens] of Object.entries(INNOCENT)) {
  Deno.test(`Takeover is not proven if ${name}, and the connection comes back`, async () => {
    using _ = middlingWaits();
    await connected({}, async (fixture) => {
      const { broker, clock, events, connection } = fixture;
      await shortLives(fixture);
      await happens(fixture);
      await clock.asleep(WAIT_MS);
      await clock.advance(WAIT_MS);
      await events.next("connected");
      assert.equal(connection.takenOver, false);
      assert.deepEqual(ours(broker)!.filters.map(({ filter }) => filter), ["a/#", "b/#"]);
      // From now on it tries every 30 s, and reports that once.
      for (let life = 0; life < 3; life++) {
        await fixture.drop(0);
        if (life === 0) assert.equal((await events.next("troubled")).everyMs, 30_000);
        await clock.asleep(30_000);
        await clock.advance(30_000);
        await events.next("connected");
      }
      assert.equal(events.all.filter(({ type }) => type === "troubled").length, 1);
      const returns = events.all.filter((event) => event.type === "connected" && event.again);
      const doubts = returns.map((event) => event.type === "connected" && event.doubtful);
      assert.deepEqual(doubts, [0, 0, 0, 1, 1, 1, 1].map(Boolean));
    });
  });
}

for (const answer of [{ code: 0x85 }, { code: 0x97 }, "close"] as const) {
  Deno.test(`Takeover is not proven if a probe is answered ${JSON.stringify(answer)}`, async () => {
    using _ = middlingWaits();
    const script: Script = { connack: ({ clientId }) => isProbe(clientId) ? answer : {} };
    await connected(script, async (fixture) => {
      const { clock, events, connection } = fixture;
      await shortLives(fixture, 4, true);
      await round(fixture);
      await clock.asleep(ROUND_MS);
      await clock.advance(ROUND_MS);
      await clock.asleep(WAIT_MS);
      await clock.advance(WAIT_MS);
      await events.next("connected");
      assert.equal(connection.takenOver, false);
    });
  });
}

Deno.test("Takeover reports a session as lost if a round finds it gone", async () => {
  using _ = middlingWaits();
  // Four connections, two of them with a probe, then the first bare one.
  const script: Script = { connack: (_, attempt) => ({ sessionPresent: attempt !== 6 }) };
  await connected(script, async (fixture) => {
    const { clock, events } = fixture;
    await shortLives(fixture);
    await begin(fixture);
    await clock.advance(5_000);
    await clock.asleep(WAIT_MS);
    await clock.advance(WAIT_MS);
    assert.equal((await events.next("connected")).resumed, false);
  });
});

Deno.test("ReconnectingConnection.stop() ends it while connected, waiting, or examining", async () => {
  using _ = middlingWaits();
  const before: Readonly<Record<string, (fixture: ConnectedFixture) => Promise<void>>> = {
    connected: () => Promise.resolve(),
    waiting: ({ drop }) => drop(0),
    suspecting: (fixture) => shortLives(fixture),
    alone: async (fixture) => {
      await shortLives(fixture);
      await begin(fixture);
    },
    probing: async (fixture) => {
      await shortLives(fixture);
      await round(fixture);
      await begin(fixture);
    },
    deciding: async (fixture) => {
      await shortLives(fixture);
      await round(fixture);
      await round(fixture);
      await fixture.clock.asleep(1_000);
    },
  };
  for (const [state, reach] of Object.entries(before)) {
    await connected({}, async (fixture) => {
      await reach(fixture);
      fixture.connection.stop();
      await withTimeout(fixture.connection.ended(), `the end while ${state}`);
      assert.equal(fixture.connection.fatal, undefined);
      for (const { ended } of probes(fixture.broker)) {
        await withTimeout(ended, "the end of a probe");
      }
    });
  }
});

Deno.test("ReconnectingConnection ends at once if the broker reports a takeover", async () => {
  using _ = middlingWaits();
  await connected({}, async ({ broker, clock, events, connection }) => {
    await clock.advance(1_234);
    await broker.connections[0]!.disconnect(0x8e);
    const { final, since } = await events.next("disconnected");
    await withTimeout(connection.ended(), "the end");
    assert.deepEqual([final, since, connection.takenOver], [true, clock.now(), true]);
  });
  await connected({}, async (fixture) => {
    await shortLives(fixture);
    await begin(fixture);
    await ours(fixture.broker)!.disconnect(0x8e);
    await withTimeout(fixture.connection.ended(), "the end");
    assert.equal(fixture.connection.takenOver, true);
  });
});
