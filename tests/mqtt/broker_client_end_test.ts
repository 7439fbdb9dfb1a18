import assert from "node:assert/strict";
import { AckGate } from "../../lib/mqtt/ack_gate.ts";
import { publishesOf } from "../faults/publishes.ts";
import type { Script } from "../faults/strict_script.ts";
import { asked, end, LEFT, lose, quiet, recorded, turn, write } from "../support/recorded.ts";
import { withTimeout } from "../support/with_timeout.ts";

const V4: Script = { connack: ({ version }) => version === 5 ? { code: 0x84 } : {} };

Deno.test("BrokerClient unsubscribes at the end, waits for quiet, and deletes the session", async () => {
  const { left, ended, connections } = await recorded({}, async (fixture) => {
    await asked(fixture);
    await fixture.clock.advance(149);
    assert.deepEqual(fixture.connection.unsubscribed, ["a/#"]);
    assert.equal(fixture.connection.isOpen, true);
    await fixture.clock.advance(1);
  });
  assert.deepEqual(left, LEFT);
  assert.deepEqual(ended, { disconnect: 0, sessionExpirySeconds: 0 });
  assert.equal(connections.length, 1);
});

Deno.test("BrokerClient receives late messages at the end, and waits until they are written", async () => {
  const { left } = await recorded({}, async (fixture) => {
    await asked(fixture);
    await fixture.publish();
    await turn();
    write(fixture);
    await quiet(fixture);
    // A message came in that time, so more may come. The next one is not written.
    await fixture.clock.asleep(150);
    await fixture.publish();
    await quiet(fixture);
    await quiet(fixture);
    await fixture.clock.asleep(150);
    write(fixture);
    assert.equal(await withTimeout(fixture.connection.settled(), "the acknowledgement"), true);
    await fixture.clock.advance(150);
    await withTimeout(fixture.over, "the end");
    assert.equal(fixture.delivered(), 2);
  });
  assert.deepEqual(left, LEFT);
});

Deno.test("BrokerClient keeps the session if the disk is too slow at the end", async () => {
  const { left, ended } = await recorded({}, async (fixture) => {
    await fixture.publish();
    fixture.stop.abort();
    for (let waited = 0; waited < 1_500; waited += 150) await quiet(fixture);
    assert.equal(await fixture.connection.inFlight.count, 1);
  });
  assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true });
  assert.deepEqual(ended, { disconnect: 0, sessionExpirySeconds: undefined });
});

Deno.test("BrokerClient leaves a broker that reads nothing after 2 s, and keeps the session", async () => {
  const { flush } = AckGate.prototype;
  try {
    const { left, ended } = await recorded({}, async (fixture) => {
      AckGate.prototype.flush = () => {
        void fixture.clock.asleep(2_000).then(() => fixture.clock.advance(2_000));
        return new Promise(() => {});
      };
      await end(fixture);
    });
    assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true });
    // No DISCONNECT, so that the broker publishes the will.
    assert.deepEqual(ended, {});
  } finally {
    AckGate.prototype.flush = flush;
  }
});

Deno.test("BrokerClient waits at most 1.5 s for the answer to UNSUBSCRIBE", async () => {
  const { left } = await recorded({ unsuback: "silent" }, async (fixture) => {
    const before = fixture.clock.now();
    fixture.stop.abort();
    for (let waited = 0; waited < 1_500; waited += 150) await quiet(fixture);
    await withTimeout(fixture.over, "the end");
    assert.equal(fixture.clock.now() - before, 1_500);
  });
  assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true });
});

Deno.test("BrokerClient keeps the session if the broker may not have read its acknowledgements", async () => {
  const { left } = await recorded({ deaf: true }, async (fixture) => {
    await asked(fixture);
    await quiet(fixture);
    await turn();
    assert.equal(fixture.connection.isOpen, true);
    await fixture.clock.advance(1_350);
    await withTimeout(fixture.over, "the end");
  });
  assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true });
});

Deno.test("BrokerClient with keepSession ends at once, stays subscribed, and keeps the session", async () => {
  const { left, ended, connections } = await recorded({}, async (fixture) => {
    fixture.stop.abort();
    await withTimeout(fixture.over, "the end");
  }, { keepSession: true });
  assert.deepEqual(left, { ...LEFT, kept: true });
  assert.deepEqual(ended, { disconnect: 0, sessionExpirySeconds: undefined });
  assert.deepEqual(connections[0]!.unsubscribed, []);
});

Deno.test("BrokerClient without session expiry leaves no session", async () => {
  const { left, connections } = await recorded({}, async (fixture) => {
    fixture.stop.abort();
    await withTimeout(fixture.over, "the end");
  }, { keepSession: true, sessionExpiryS: 0 });
  assert.deepEqual(left, LEFT);
  assert.equal(connections[0]!.connect!.sessionExpirySeconds, 0);
});

Deno.test("BrokerClient deletes an MQTT 3.1.1 session by a clean connection", async () => {
  const { left, connections } = await recorded(V4, end);
  assert.deepEqual(left, LEFT);
  const seen = connections.map((
    { connect },
  ) => [connect!.version, connect!.clientId, connect!.clean]);
  assert.deepEqual(seen, [[5, "test", false], [4, "test", false], [4, "test", true]]);
});

Deno.test("BrokerClient leaves an MQTT 3.1.1 session empty where it starts again, MQTT 5 none", async () => {
  const isRestarted = () => true;
  const { left, connections } = await recorded(V4, end, { isRestarted });
  assert.deepEqual(left, LEFT);
  assert.deepEqual(connections.map(({ connect }) => connect!.version), [5, 4]);
  const { ended } = await recorded({}, end, { isRestarted });
  assert.deepEqual(ended, { disconnect: 0, sessionExpirySeconds: 0 });
});

Deno.test("BrokerClient keeps an MQTT 3.1.1 session without a clean connection; none without expiry", async () => {
  for (const sessionExpiryS of [3600, 0]) {
    const { left, connections } = await recorded(V4, async (fixture) => {
      fixture.stop.abort();
      await withTimeout(fixture.over, "the end");
    }, { keepSession: true, sessionExpiryS });
    assert.deepEqual(left, { ...LEFT, kept: sessionExpiryS > 0 });
    assert.deepEqual(connections.map(({ connect }) => connect!.clean).slice(1), [
      sessionExpiryS === 0,
    ]);
  }
});

Deno.test("BrokerClient ends at once while the broker is away, and the session stays", async () => {
  const { left } = await recorded({}, async ({ connection, events, stop, over }) => {
    connection.close();
    await events.next("disconnected");
    stop.abort();
    await withTimeout(over, "the end");
  });
  assert.deepEqual(left, { ...LEFT, kept: true });
});

Deno.test("BrokerClient reports undelivered messages if the broker goes away during the drain", async () => {
  for (const noticed of ["at once", "when the quiet is over"]) {
    const { left } = await recorded({ unsuback: "silent" }, async (fixture) => {
      fixture.stop.abort();
      await fixture.clock.asleep(150);
      await lose(fixture);
      if (noticed !== "at once") await fixture.clock.advance(150);
      await withTimeout(fixture.over, "the end");
    });
    assert.deepEqual(left, { ...LEFT, kept: true, undelivered: true }, noticed);
  }
});

Deno.test("BrokerClient reports a kept session without messages if the broker goes after the drain", async () => {
  const { left } = await recorded({}, async (fixture) => {
    await end(fixture);
    await lose(fixture);
  });
  assert.deepEqual(left, { ...LEFT, kept: true });
});

Deno.test("BrokerClient unsubscribes from former filters that are no longer wanted", async () => {
  const formerTopics = ["old/#", "a/#"];
  const { connections } = await recorded({}, async (fixture) => {
    assert.deepEqual(fixture.connection.unsubscribed, ["old/#"]);
    assert.deepEqual(fixture.connection.filters.map(({ filter }) => filter), ["a/#"]);
    fixture.stop.abort();
    await withTimeout(fixture.over, "the end");
  }, { formerTopics, keepSession: true });
  assert.equal(connections.length, 1);
});

Deno.test("BrokerClient with a count ends by itself and leaves later messages unacknowledged", async () => {
  const { left } = await recorded({}, async (fixture) => {
    const { connection, over } = fixture;
    const three = Array.from(
      { length: 3 },
      () => ({ topic: "a/b", payload: "1", qos: 1 as const }),
    );
    await connection.blast(publishesOf(three, 5));
    await withTimeout(over, "the end");
    assert.equal(fixture.delivered(), 2);
    write(fixture);
  }, { count: 2 });
  assert.deepEqual(left, LEFT);
});
