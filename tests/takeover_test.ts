import assert from "node:assert/strict";
import { type Bench, connected, longestWaits } from "./connected.ts";
import type { Script } from "./faults/strict_script.ts";
import { soon } from "./soon.ts";

/** Lets three lives of the connection be short; then a probe is under way, or lives if it may. */
async function threeShortLives({ told, drop }: Bench): Promise<void> {
  for (const waitMs of [1_000, 2_000]) {
    await drop(waitMs);
    await told.next("connected");
  }
  await drop(0);
}

/** Lets the connection live a fourth time, as short as before. */
async function fourthLife({ broker, clock, told }: Bench): Promise<void> {
  await clock.asleep(4_000);
  await clock.advance(4_000);
  await told.next("connected");
  broker.connections.at(-1)!.close();
}

Deno.test("four short lives, and the broker keeps a stranger: another client has our id", async () => {
  using _ = longestWaits();
  for (const longLives of [0, 2]) {
    await connected({}, async (bench) => {
      const { broker, clock, told, connection, drop } = bench;
      let first = clock.now();
      for (let life = 0; life < longLives; life++) {
        await clock.advance(10_000);
        first = clock.now();
        await drop();
        await told.next("connected");
      }
      await threeShortLives(bench);
      await clock.asleep(5_000);
      const probe = broker.connections.at(-1)!;
      const { clientId, clean, sessionExpirySeconds } = probe.connect!;
      assert.deepEqual([clientId, clean, sessionExpirySeconds], ["test-probe", true, 0]);
      await clock.advance(5_000);
      assert.equal((await probe.ended).disconnect, 0);
      await fourthLife(bench);
      const { final, since } = await told.next("disconnected");
      await soon(connection.ended(), "the end");
      assert.deepEqual([final, connection.takenOver], [true, true]);
      // What came since the first of them was lost may have gone to the other one.
      assert.equal(since, first);
      assert.match(String(connection.fatal), /another client took over/);
    });
  }
});

Deno.test("four short lives of a broker that refuses a stranger are a takeover too", async () => {
  using _ = longestWaits();
  const script: Script = {
    connack: ({ clientId }) => clientId === "test" ? {} : { code: 0x85 },
  };
  await connected(script, async (bench) => {
    await threeShortLives(bench);
    await fourthLife(bench);
    await soon(bench.connection.ended(), "the end");
    assert.equal(bench.connection.takenOver, true);
  });
});

Deno.test("short lives of a broker that keeps nobody are no takeover", async () => {
  using _ = longestWaits();
  const script: Script = { connack: ({ clientId }) => clientId === "test" ? {} : "close" };
  await connected(script, async (bench) => {
    const { clock, told, connection, drop } = bench;
    for (let round = 0; round < 3; round++) {
      await threeShortLives(bench);
      // The suspicion is over: the wait is the shortest again.
      await clock.asleep(500);
      await clock.advance(500);
      await told.next("connected");
    }
    await clock.advance(5_000);
    await drop(500);
    await told.next("connected");
    assert.equal(connection.takenOver, false);
  });
});

Deno.test("stop() ends it while it is there, while it waits, and while it probes", async () => {
  const before: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
    connected: () => Promise.resolve(),
    waiting: ({ drop }) => drop(0),
    probing: async (bench) => {
      await threeShortLives(bench);
      await bench.clock.asleep(5_000);
    },
  };
  for (const [state, reach] of Object.entries(before)) {
    await connected({}, async (bench) => {
      const { connection, told } = bench;
      await reach(bench);
      const { length } = told.all;
      connection.stop();
      await soon(connection.ended(), `the end while ${state}`);
      assert.deepEqual([connection.fatal, told.all.length], [undefined, length]);
    });
  }
});

Deno.test("a broker that says so is believed at once, and since when", async () => {
  await connected({}, async ({ broker, clock, told, connection }) => {
    await clock.advance(1_234);
    await broker.connections[0]!.disconnect(0x8e);
    const { final, since } = await told.next("disconnected");
    await soon(connection.ended(), "the end");
    assert.deepEqual([final, since, connection.takenOver], [true, clock.now(), true]);
  });
});
