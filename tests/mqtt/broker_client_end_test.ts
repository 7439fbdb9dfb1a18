import assert from "node:assert/strict";
import { publishesOf } from "../faults/publishes.ts";
import type { Script } from "../faults/strict_script.ts";
import { asked, end, LEFT, lose, quiet, recorded, turn, write } from "../support/recorded.ts";
import { withTimeout } from "../support/with_timeout.ts";

const V4: Script = { connack: ({ version }) => version === 5 ? { code: 0x84 } : {} };

Deno.test("the end unsubscribes, waits for a moment's quiet, and ends the session", async () => {
  const { left, ended, connections } = await recorded({}, async (bench) => {
    await asked(bench);
    await bench.clock.advance(149);
    assert.deepEqual(bench.connection.unsubscribed, ["a/#"]);
    assert.equal(bench.connection.isOpen, true);
    await bench.clock.advance(1);
  });
  assert.deepEqual(left, LEFT);
  assert.deepEqual(ended, { disconnect: 0, sessionExpirySeconds: 0 });
  assert.equal(connections.length, 1);
});

Deno.test("the end takes what still comes, and waits until it is written", async () => {
  const { left } = await recorded({}, async (bench) => {
    await asked(bench);
    await bench.publish();
    await turn();
    write(bench);
    await quiet(bench);
    // A message came in that time: there may be more. The next one is not written.
    await bench.clock.asleep(150);
    await bench.publish();
    await quiet(bench);
    await quiet(bench);
    await bench.clock.asleep(150);
    write(bench);
    assert.equal(await withTimeout(bench.connection.settled(), "the acknowledgement"), true);
    await bench.clock.advance(150);
    await withTimeout(bench.over, "the end");
    assert.equal(bench.delivered(), 2);
  });
  assert.deepEqual(left, LEFT);
});

Deno.test("a disk that does not keep up with the end leaves the session, unacknowledged", async () => {
  const { left, ended } = await recorded({}, async (bench) => {
    await bench.publish();
    bench.stop.abort();
    for (let waited = 0; waited < 1_500; waited += 150) await quiet(bench);
    assert.equal(await bench.connection.inFlight.count, 1);
  });
  assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true });
  assert.deepEqual(ended, { disconnect: 0, sessionExpirySeconds: undefined });
});

Deno.test("a broker that does not answer UNSUBSCRIBE is waited for no longer than 1.5 s", async () => {
  const { left } = await recorded({ unsuback: "silent" }, async (bench) => {
    const before = bench.clock.now();
    bench.stop.abort();
    for (let waited = 0; waited < 1_500; waited += 150) await quiet(bench);
    await withTimeout(bench.over, "the end");
    assert.equal(bench.clock.now() - before, 1_500);
  });
  assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true });
});

Deno.test("a broker that may not have read our acknowledgements may have more for us", async () => {
  const { left } = await recorded({ deaf: true }, async (bench) => {
    await asked(bench);
    await quiet(bench);
    await turn();
    assert.equal(bench.connection.isOpen, true);
    await bench.clock.advance(1_350);
    await withTimeout(bench.over, "the end");
  });
  assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true });
});

Deno.test("keepSession ends at once, subscribed, and leaves the session", async () => {
  const { left, ended, connections } = await recorded({}, async (bench) => {
    bench.stop.abort();
    await withTimeout(bench.over, "the end");
  }, { keepSession: true });
  assert.deepEqual(left, { ...LEFT, kept: true });
  assert.deepEqual(ended, { disconnect: 0, sessionExpirySeconds: undefined });
  assert.deepEqual(connections[0]!.unsubscribed, []);
});

Deno.test("no session is left where none was asked for", async () => {
  const { left, connections } = await recorded({}, async (bench) => {
    bench.stop.abort();
    await withTimeout(bench.over, "the end");
  }, { keepSession: true, sessionExpiryS: 0 });
  assert.deepEqual(left, LEFT);
  assert.equal(connections[0]!.connect!.sessionExpirySeconds, 0);
});

Deno.test("MQTT 3.1.1 ends a session by connecting once more, clean", async () => {
  const { left, connections } = await recorded(V4, end);
  assert.deepEqual(left, LEFT);
  const seen = connections.map((
    { connect },
  ) => [connect!.version, connect!.clientId, connect!.clean]);
  assert.deepEqual(seen, [[5, "test", false], [4, "test", false], [4, "test", true]]);
});

Deno.test("MQTT 3.1.1 keeps a session by not doing so, and has none from the start without expiry", async () => {
  for (const sessionExpiryS of [3600, 0]) {
    const { left, connections } = await recorded(V4, async (bench) => {
      bench.stop.abort();
      await withTimeout(bench.over, "the end");
    }, { keepSession: true, sessionExpiryS });
    assert.deepEqual(left, { ...LEFT, kept: sessionExpiryS > 0 });
    assert.deepEqual(connections.map(({ connect }) => connect!.clean).slice(1), [
      sessionExpiryS === 0,
    ]);
  }
});

Deno.test("an end while the broker is away waits for nobody: the session is there", async () => {
  const { left } = await recorded({}, async ({ connection, events, stop, over }) => {
    connection.close();
    await events.next("disconnected");
    stop.abort();
    await withTimeout(over, "the end");
  });
  assert.deepEqual(left, { ...LEFT, kept: true });
});

Deno.test("a broker that goes during the end is not waited for, and may have more for us", async () => {
  for (const noticed of ["at once", "when the quiet is over"]) {
    const { left } = await recorded({ unsuback: "silent" }, async (bench) => {
      bench.stop.abort();
      await bench.clock.asleep(150);
      await lose(bench);
      if (noticed !== "at once") await bench.clock.advance(150);
      await withTimeout(bench.over, "the end");
    });
    assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true }, noticed);
  }
});

Deno.test("a broker that goes when it has given everything still has the session, with nothing", async () => {
  const { left } = await recorded({}, async (bench) => {
    await end(bench);
    await lose(bench);
  });
  assert.deepEqual(left, { ...LEFT, kept: true });
});

Deno.test("filters of an earlier run that are not asked for any more are given up", async () => {
  const formerTopics = ["old/#", "a/#"];
  const { connections } = await recorded({}, async (bench) => {
    assert.deepEqual(bench.connection.unsubscribed, ["old/#"]);
    assert.deepEqual(bench.connection.filters.map(({ filter }) => filter), ["a/#"]);
    bench.stop.abort();
    await withTimeout(bench.over, "the end");
  }, { formerTopics, keepSession: true });
  assert.equal(connections.length, 1);
});

Deno.test("with a count the rest is left unacknowledged and the end comes by itself", async () => {
  const { left } = await recorded({}, async (bench) => {
    const { connection, over } = bench;
    const three = Array.from(
      { length: 3 },
      () => ({ topic: "a/b", payload: "1", qos: 1 as const }),
    );
    await connection.blast(publishesOf(three, 5));
    await withTimeout(over, "the end");
    assert.equal(bench.delivered(), 2);
    write(bench);
  }, { count: 2 });
  assert.deepEqual(left, LEFT);
});
