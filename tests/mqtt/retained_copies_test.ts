import assert from "node:assert/strict";
import type { QoS } from "../../lib/message/message.ts";
import { RetainedCopies } from "../../lib/mqtt/retained_copies.ts";
import { concat } from "../support/arbitrary.ts";
import { gateFixture, next, runTurns } from "../support/gate_fixture.ts";
import { Proxy } from "../faults/proxy.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { connack, publishPacket } from "../support/packets.ts";
import { inFolder, readCsv, start } from "../support/program.ts";
import { until } from "../support/until.ts";

const encoder = new TextEncoder();

interface Options {
  readonly qos?: QoS;
  readonly dup?: boolean;
}

/** Whether a retained message is left out as a copy. */
function isCopy(
  copies: RetainedCopies,
  topic: string,
  payload: string,
  { qos = 1, dup = false }: Options = {},
): boolean {
  const name = encoder.encode(topic);
  const bytes = concat(name, encoder.encode(payload));
  const [topicEnd, payloadEnd] = [name.length, bytes.length];
  return copies.isCopy(bytes, {
    ...{ topicStart: 0, topicEnd, payloadStart: topicEnd, payloadEnd, qos, dup },
  });
}

Deno.test("RetainedCopies accepts every retained message of the first subscription", () => {
  const copies = new RetainedCopies(["#"]);
  copies.subscribing();
  for (let i = 0; i < 3; i++) assert.equal(isCopy(copies, "a", "1"), false);
});

Deno.test("RetainedCopies.isCopy() is true for an equal copy, once for each SUBSCRIBE", () => {
  const copies = new RetainedCopies(["#"]);
  copies.subscribing();
  assert.equal(isCopy(copies, "a", "1"), false);
  for (let round = 0; round < 3; round++) {
    copies.subscribing();
    // An equal second one is no copy: the broker marks live messages as retained.
    assert.deepEqual([isCopy(copies, "a", "1"), isCopy(copies, "a", "1")], [true, false]);
  }
});

Deno.test("RetainedCopies accepts a changed payload, topic or QoS, and an older value", () => {
  const copies = new RetainedCopies(["#"]);
  assert.equal(isCopy(copies, "a", "1"), false);
  copies.subscribing();
  for (const [topic, payload, qos] of [["a", "2", 1], ["b", "1", 1], ["a", "2", 0]] as const) {
    assert.equal(isCopy(copies, topic, payload, { qos }), false, `${topic} ${payload} ${qos}`);
  }
  copies.subscribing();
  assert.equal(isCopy(copies, "a", "1"), false);
  assert.equal(isCopy(copies, "a1", ""), false);
});

Deno.test("RetainedCopies.isCopy() is true once for each matching filter, and for repetitions", () => {
  const copies = new RetainedCopies(["a/#", "+/b", "c"]);
  copies.subscribing();
  assert.equal(isCopy(copies, "a/b", "1"), false);
  assert.equal(isCopy(copies, "a/b", "1", { dup: true }), false, "the connection never ended");
  copies.subscribing();
  assert.equal(isCopy(copies, "a/b", "1", { dup: true }), true);
  const seen = Array.from({ length: 3 }, () => isCopy(copies, "a/b", "1"));
  assert.deepEqual(seen, [true, true, false]);
});

Deno.test("RetainedCopies remembers its maximum of topics in bounded memory", () => {
  const copies = new RetainedCopies(["#"], 1 << 14);
  for (let i = 0; i < 20_000; i++) assert.equal(isCopy(copies, `t/${i}`, "x"), false);
  copies.subscribing();
  let left = 0;
  for (let i = 0; i < 20_000; i++) if (isCopy(copies, `t/${i}`, "x")) left++;
  // Topics with equal 32-bit hashes replace each other.
  assert.ok(left > 0.87 * (1 << 14) && left <= copies.count, String(left));
  assert.equal(copies.byteLength, 13 * (1 << 14));
});

Deno.test("AckGate acknowledges a retained copy without a row, and records every live message", async () => {
  const retainedCopies = new RetainedCopies(["t"]);
  const first = gateFixture();
  const session = { ...first.session, retainedCopies };
  first.gate.destroy();
  const retained = (id: number, retain = true) =>
    publishPacket({ topic: "t", payload: "x", qos: 1, id, retain });
  const b = gateFixture({ session });
  retainedCopies.subscribing();
  b.byteStream.send(connack(), retained(1));
  (await next(b)).ack();
  await runTurns();
  b.gate.destroy();
  const again = gateFixture({ session });
  retainedCopies.subscribing();
  again.byteStream.send(concat(connack(true), ...[1, 2, 3].map((id) => retained(id, id === 1))));
  const { batch, ack } = await next({ ...again, deliveries: b.deliveries });
  assert.deepEqual([...batch].map(({ retain }) => retain), [false, false]);
  ack();
  await runTurns();
  assert.deepEqual(again.byteStream.written, [1, 2, 3].flatMap((id) => [0x40, 2, 0, id]));
  again.gate.destroy();
});

/** Resolves when the file has at least `count` rows. */
async function recorded(cwd: string, count: number): Promise<void> {
  const rows = () => readCsv(`${cwd}/exports/mqtt_data.csv`).catch(() => []);
  await until(async () => (await rows()).length >= count, { everyMs: 20, turns: 1_000 });
}

for (const version of ["3.1.1", "5"]) {
  Deno.test({
    name: `RetainedCopies makes one row for each retained message over reconnects, MQTT ${version}`,
    ignore: withoutMosquitto,
    fn: () =>
      inFolder(async (cwd) => {
        await using broker = await Mosquitto.start(cwd);
        using proxy = Proxy.start(() => broker.port);
        const publish = (topic: string, text: string, ...flags: string[]) =>
          broker.publish(["-t", topic, "-m", text, "-q", "1", ...flags]);
        for (const name of ["1", "2"]) await publish(`a/${name}`, "old", "-r");
        const flags = ["--broker", `127.0.0.1:${proxy.port}`, "--lang", "en", "-t", "a/#"];
        const program = start([...flags, "-V", version], { cwd });
        await program.waitForOutput("Files:");
        for (let round = 1; round <= 2; round++) {
          await recorded(cwd, round === 1 ? 2 : version === "5" ? 3 : 4);
          proxy.refuse();
          proxy.cut();
          // The session delivers the message itself; its retained copy has another payload.
          await publish("a/1", `new ${round}`, "-r");
          proxy.pass();
          await program.waitForOutput(new RegExp(`(again, session resumed[^]*){${round}}`));
        }
        await publish("a/2", "old");
        await program.type("q");
        assert.equal((await program.ended).code, 0);
        const textOf = ({ topic, payload, retain }: Record<string, string>) =>
          `${topic} ${payload} ${retain}`;
        const all = await readCsv(`${cwd}/exports/mqtt_data.csv`);
        const first = all.filter(({ dup }) => dup === "false").map(textOf);
        // An unacknowledged message comes again, with DUP; its first copy may be lost on the way.
        const again = all.filter(({ dup }) => dup === "true").map(textOf)
          .filter((text) => !first.includes(text));
        const rows = [...first, ...new Set(again)].sort();
        const copies = version === "5" ? [] : ["a/1 new 1 true", "a/1 new 2 true"];
        assert.deepEqual(
          rows,
          [
            ...["a/1 new 1 false", "a/1 new 2 false", "a/1 old true"],
            ...["a/2 old false", "a/2 old true", ...copies],
          ].sort(),
        );
      }),
  });
}
