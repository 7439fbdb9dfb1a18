import assert from "node:assert/strict";
import { type Bench, connected, ours } from "../support/connected.ts";
import type { StrictBroker } from "../faults/strict_broker.ts";
import type { Script } from "../faults/strict_script.ts";
import { withTimeout } from "../support/with_timeout.ts";

/** Waits before a connection: usually, and in a round. */
const WAIT_MS = 750, ROUND_MS = 375;

/** Waits that are drawn by lot are of the middle; none is as long as that for a polite end. */
function middlingWaits(): Disposable {
  const { random } = Math;
  Math.random = () => 0.5;
  return { [Symbol.dispose]: () => void (Math.random = random) };
}

const isProbe = (clientId: string | undefined) => clientId?.startsWith("mqttrecprobe") ?? false;

/** The connections under other names that are open. */
const probes = ({ connections }: StrictBroker) =>
  connections.filter(({ connect, isOpen }) => isOpen && isProbe(connect?.clientId));

/** Resolves when a probe is held beside our connection. */
async function held({ broker }: Bench): Promise<void> {
  while (probes(broker).length === 0) await turn();
  await turn();
}

/** Lets everything run that takes no time. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** Lets so many lives of the connection be short, and come back but for the last. */
async function shortLives(bench: Bench, count = 4, refused = false): Promise<void> {
  const { clock, events, drop } = bench;
  for (let life = 1; life <= count; life++) {
    if (life > 2 && !refused) await held(bench);
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

/** Lets our connection be made for a round, with its probes. */
async function begin({ clock }: Bench): Promise<void> {
  await clock.asleep(ROUND_MS);
  await clock.advance(ROUND_MS);
  await clock.asleep(5_000);
}

/** A round in which our connection ends after so long. */
async function round(bench: Bench, livedMs = 200): Promise<void> {
  await begin(bench);
  await bench.clock.advance(livedMs);
  ours(bench.broker)!.close();
}

/** The same, where probes are held: until it has been seen what becomes of them. */
async function probed(bench: Bench): Promise<void> {
  await round(bench);
  await bench.clock.asleep(1_000);
  await bench.clock.advance(1_000);
}

/** Tells the broker's own connections from each other by what they ask for. */
const isBare = (
  { connect, filters }: StrictBroker["connections"][number],
) => connect!.will === undefined && filters.length === 0;

Deno.test("Takeover is not even suspected where a probe beside our connection ends with it", async () => {
  using _ = middlingWaits();
  await connected({}, async (bench) => {
    const { broker, clock, events, connection, drop } = bench;
    for (let round = 0; round < 2; round++) {
      for (let life = 1; life <= 3; life++) {
        if (life === 3) {
          await held(bench);
          probes(broker)[0]!.close();
        }
        await drop(0);
        // After that one the wait is the shortest again.
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

Deno.test("Takeover lets a probe go once our connection lasts", async () => {
  using _ = middlingWaits();
  await connected({}, async (bench) => {
    await shortLives(bench, 3);
    await bench.clock.asleep(WAIT_MS);
    await bench.clock.advance(WAIT_MS);
    await held(bench);
    const [probe] = probes(bench.broker);
    await bench.clock.advance(5_000);
    assert.equal((await withTimeout(probe!.ended, "its end")).disconnect, 0);
    await turn();
  });
});

Deno.test("Takeover is proven where ours ends in each round and no other one does", async () => {
  using _ = middlingWaits();
  await connected({ puback: () => 0 }, async (bench) => {
    const { broker, clock, events, connection } = bench;
    const first = clock.now();
    await shortLives(bench);
    const before = broker.connections.length;
    await round(bench);
    for (let i = 0; i < 3; i++) await probed(bench);
    const { final, since } = await events.next("disconnected");
    await withTimeout(connection.ended(), "the end");
    assert.deepEqual([final, connection.takenOver], [true, true]);
    // What came since the first of them was lost may have gone to the other one.
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

/** Where the proof fails: what happens after four short lives. */
const INNOCENT: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  "ours lasts once it asks for nothing": async (bench) => {
    await begin(bench);
    await bench.clock.advance(5_000);
  },
  "ours is closed at once": (bench) => round(bench, 149),
  "ours is closed with a reason": async (bench) => {
    await begin(bench);
    await bench.clock.advance(200);
    await ours(bench.broker)!.disconnect(0x97);
  },
  "an older probe is closed too": async (bench) => {
    await round(bench);
    await round(bench);
    probes(bench.broker)[0]!.close();
    await bench.clock.asleep(1_000);
    await turn();
    await bench.clock.advance(1_000);
  },
  "a younger probe is closed too": async (bench) => {
    await round(bench);
    await probed(bench);
    await round(bench);
    probes(bench.broker)[1]!.close();
    await bench.clock.asleep(1_000);
    await turn();
    await bench.clock.advance(1_000);
  },
};

for (const [name, happens] of Object.entries(INNOCENT)) {
  Deno.test(`Takeover is not proven where ${name}, and the connection comes back`, async () => {
    using _ = middlingWaits();
    await connected({}, async (bench) => {
      const { broker, clock, events, connection } = bench;
      await shortLives(bench);
      await happens(bench);
      await clock.asleep(WAIT_MS);
      await clock.advance(WAIT_MS);
      await events.next("connected");
      assert.equal(connection.takenOver, false);
      assert.deepEqual(ours(broker)!.filters.map(({ filter }) => filter), ["a/#", "b/#"]);
      // From now on it is tried every 30 s, and that is told once.
      for (let life = 0; life < 3; life++) {
        await bench.drop(0);
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
  Deno.test(`Takeover is not proven by a probe that is answered ${JSON.stringify(answer)}`, async () => {
    using _ = middlingWaits();
    const script: Script = { connack: ({ clientId }) => isProbe(clientId) ? answer : {} };
    await connected(script, async (bench) => {
      const { clock, events, connection } = bench;
      await shortLives(bench, 4, true);
      await round(bench);
      await clock.asleep(ROUND_MS);
      await clock.advance(ROUND_MS);
      await clock.asleep(WAIT_MS);
      await clock.advance(WAIT_MS);
      await events.next("connected");
      assert.equal(connection.takenOver, false);
    });
  });
}

Deno.test("Takeover loses no session unseen: one that a round finds gone is told as lost", async () => {
  using _ = middlingWaits();
  // Four connections, of which two have a probe beside them, and then the first that is bare.
  const script: Script = { connack: (_, attempt) => ({ sessionPresent: attempt !== 6 }) };
  await connected(script, async (bench) => {
    const { clock, events } = bench;
    await shortLives(bench);
    await begin(bench);
    await clock.advance(5_000);
    await clock.asleep(WAIT_MS);
    await clock.advance(WAIT_MS);
    assert.equal((await events.next("connected")).resumed, false);
  });
});

Deno.test("stop() ends it while it is there, waits, or is looked into", async () => {
  using _ = middlingWaits();
  const before: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
    connected: () => Promise.resolve(),
    waiting: ({ drop }) => drop(0),
    suspecting: (bench) => shortLives(bench),
    alone: async (bench) => {
      await shortLives(bench);
      await begin(bench);
    },
    probing: async (bench) => {
      await shortLives(bench);
      await round(bench);
      await begin(bench);
    },
    deciding: async (bench) => {
      await shortLives(bench);
      await round(bench);
      await round(bench);
      await bench.clock.asleep(1_000);
    },
  };
  for (const [state, reach] of Object.entries(before)) {
    await connected({}, async (bench) => {
      await reach(bench);
      bench.connection.stop();
      await withTimeout(bench.connection.ended(), `the end while ${state}`);
      assert.equal(bench.connection.fatal, undefined);
      for (const { ended } of probes(bench.broker)) await withTimeout(ended, "the end of a probe");
    });
  }
});

Deno.test("Takeover by a broker that says so is believed at once, and since when", async () => {
  using _ = middlingWaits();
  await connected({}, async ({ broker, clock, events, connection }) => {
    await clock.advance(1_234);
    await broker.connections[0]!.disconnect(0x8e);
    const { final, since } = await events.next("disconnected");
    await withTimeout(connection.ended(), "the end");
    assert.deepEqual([final, since, connection.takenOver], [true, clock.now(), true]);
  });
  await connected({}, async (bench) => {
    await shortLives(bench);
    await begin(bench);
    await ours(bench.broker)!.disconnect(0x8e);
    await withTimeout(bench.connection.ended(), "the end");
    assert.equal(bench.connection.takenOver, true);
  });
});
