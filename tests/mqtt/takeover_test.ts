import assert from "node:assert/strict";
import { type Bench, connected, longestWaits, ours } from "../support/connected.ts";
import type { StrictBroker } from "../faults/strict_broker.ts";
import type { Script } from "../faults/strict_script.ts";
import { withTimeout } from "../support/with_timeout.ts";

const stranger = ({ connections }: StrictBroker) =>
  connections.findLast(({ connect }) => connect?.clientId.startsWith("test-probe-"));

/** Lets so many lives of the connection be short, and come back. */
async function shortLives(bench: Bench, count: number): Promise<void> {
  for (let life = 1; life <= count; life++) {
    await bench.drop(0);
    await back(bench, 500 * 2 ** Math.min(life, 2));
  }
}

/** Lets the connection come back, which takes no longer than this. */
async function back({ clock, events }: Bench, waitMs: number): Promise<void> {
  await clock.asleep(waitMs);
  await clock.advance(waitMs);
  await events.next("connected");
}

/** Lets a life be short that decides. */
async function decisiveLife({ broker, clock }: Bench): Promise<void> {
  ours(broker)!.close();
  await clock.asleep(1_000);
  await clock.advance(1_000);
}

/** Cuts the stranger's connection, and leaves its client the time to see it. */
async function cutStranger(broker: StrictBroker): Promise<void> {
  stranger(broker)!.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
}

Deno.test("six short lives, and a stranger stays: another client has our id", async () => {
  using _ = longestWaits();
  for (const longLives of [0, 2]) {
    await connected({}, async (bench) => {
      const { broker, clock, events, connection, drop } = bench;
      let first = clock.now();
      for (let life = 0; life < longLives; life++) {
        await clock.advance(10_000);
        first = clock.now();
        await drop();
        await events.next("connected");
      }
      await shortLives(bench, 5);
      const probe = stranger(broker)!;
      assert.deepEqual([probe.connect!.clean, probe.connect!.sessionExpirySeconds], [true, 0]);
      await decisiveLife(bench);
      const { final, since } = await events.next("disconnected");
      await withTimeout(connection.ended(), "the end");
      assert.equal((await probe.ended).disconnect, 0);
      assert.deepEqual([final, connection.takenOver], [true, true]);
      // What came since the first of them was lost may have gone to the other one.
      assert.equal(since, first);
      assert.match(String(connection.fatal), /another client took over/);
    });
  }
});

Deno.test("six short lives at a broker that refuses a stranger are a takeover too", async () => {
  using _ = longestWaits();
  const script: Script = {
    connack: ({ clientId }) => clientId === "test" ? {} : { code: 0x85 },
  };
  await connected(script, async (bench) => {
    await shortLives(bench, 5);
    await decisiveLife(bench);
    await withTimeout(bench.connection.ended(), "the end");
    assert.equal(bench.connection.takenOver, true);
  });
});

Deno.test("a cut that meets the stranger too is no takeover, and the suspicion is over", async () => {
  using _ = longestWaits();
  await connected({}, async (bench) => {
    const { broker, clock, events, connection } = bench;
    for (const lives of [4, 5]) {
      await shortLives(bench, lives);
      await cutStranger(broker);
      if (lives === 4) {
        await bench.drop(0);
      } else {
        await decisiveLife(bench);
        await events.next("disconnected");
      }
      // The wait is the shortest again.
      await back(bench, 500);
      await clock.advance(10_000);
      await bench.drop(0);
      await back(bench, 500);
    }
    assert.equal(connection.takenOver, false);
  });
});

Deno.test("short lives of a broker that keeps nobody are no takeover", async () => {
  using _ = longestWaits();
  const script: Script = { connack: ({ clientId }) => clientId === "test" ? {} : "close" };
  await connected(script, async (bench) => {
    for (let round = 0; round < 3; round++) {
      await shortLives(bench, 2);
      await bench.drop(0);
      // The suspicion is over: the wait is the shortest again.
      await back(bench, 500);
    }
    assert.equal(bench.connection.takenOver, false);
  });
});

Deno.test("stop() ends it while it is there, waits, or holds a stranger's connection", async () => {
  using _ = longestWaits();
  const before: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
    connected: () => Promise.resolve(),
    waiting: ({ drop }) => drop(0),
    probing: (bench) => shortLives(bench, 4),
    deciding: async (bench) => {
      await shortLives(bench, 5);
      ours(bench.broker)!.close();
      await bench.clock.asleep(1_000);
    },
  };
  for (const [state, reach] of Object.entries(before)) {
    await connected({}, async (bench) => {
      await reach(bench);
      bench.connection.stop();
      await withTimeout(bench.connection.ended(), `the end while ${state}`);
      assert.equal(bench.connection.fatal, undefined);
    });
  }
});

Deno.test("a broker that says so is believed at once, and since when", async () => {
  await connected({}, async ({ broker, clock, events, connection }) => {
    await clock.advance(1_234);
    await broker.connections[0]!.disconnect(0x8e);
    const { final, since } = await events.next("disconnected");
    await withTimeout(connection.ended(), "the end");
    assert.deepEqual([final, since, connection.takenOver], [true, clock.now(), true]);
  });
});
