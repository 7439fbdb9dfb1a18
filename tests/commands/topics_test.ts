/** `mqttrec topics`, and the look at a silent broker. */

import assert from "node:assert/strict";
import { lookAtBroker } from "../../lib/live/broker_look.ts";
import { BrokerError } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { systemClock as clock } from "../../lib/system/clock.ts";
import { config } from "../support/configured.ts";
import { Secret } from "../../lib/text/secret.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, run, start } from "../support/program.ts";

const { look } = sentences("en").live;

function test(
  name: string,
  lines: readonly string[],
  body: (broker: Mosquitto, folder: string) => Promise<void>,
) {
  Deno.test({
    name,
    ignore: withoutMosquitto,
    fn: () =>
      inFolder(async (folder) => {
        await using broker = await Mosquitto.start(
          folder,
          lines.map((line) => line.replaceAll("FOLDER", folder)),
        );
        await body(broker, folder);
      }),
  });
}

const at = ({ port }: Mosquitto) => ["--broker", "127.0.0.1", "--port", String(port)];

/** Publishes until `signal` aborts. */
async function publishing(broker: Mosquitto, topics: readonly string[], signal: AbortSignal) {
  while (!signal.aborted) {
    await Promise.all(topics.map((topic) => broker.publish(["-t", topic, "-m", "1"])));
  }
}

async function whilePublishing<T>(
  broker: Mosquitto,
  topics: readonly string[],
  body: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const done = publishing(broker, topics, stop.signal);
  try {
    return await body();
  } finally {
    stop.abort();
    await done;
  }
}

test(
  "mqttrec topics prints two levels of what comes, and records nothing",
  [],
  async (broker, cwd) => {
    await broker.publish(["-t", "kept/before", "-m", "1", "-r"]);
    for (const version of ["5", "3.1.1"]) {
      const { code, stdout } = await whilePublishing(
        broker,
        ["Home/kitchen/temperature", "b"],
        () =>
          run(["topics", ...at(broker), "--mqtt-version", version, "--duration", "3s"], { cwd }),
      );
      assert.equal(code, 0);
      assert.match(stdout, /\n {2}Home\/kitchen\/# +[\d.]+\/s\n/);
      assert.ok(!stdout.includes("kept"), stdout);
      assert.ok(stdout.includes("Record with --topic"), stdout);
    }
    const names = (await Array.fromAsync(Deno.readDir(cwd))).map(({ name }) => name);
    assert.deepEqual(names, ["mosquitto.conf"]);
  },
);

test(
  "mqttrec topics tells an idle broker, and one with retained messages only",
  [],
  async (broker, cwd) => {
    const none = await run(["topics", ...at(broker), "--duration", "0.3s"], { cwd });
    assert.match(none.stdout, /^Nothing came on any topic/);
    await broker.publish(["-t", "kept/before", "-m", "1", "-r"]);
    const flags = ["--mqtt-version", "3.1.1", "--duration", "1s"];
    const kept = await run(["topics", ...at(broker), ...flags], { cwd });
    assert.equal(kept.stdout, `${look.retainedOnly}\n`);
    const five = await run(["topics", ...at(broker), "--duration", "0.3s"], { cwd });
    assert.match(five.stdout, /^Nothing came on any topic/);
  },
);

Deno.test("mqttrec topics ends with exit code 3 where no broker is, and 2 for an unknown flag", () =>
  inFolder(async (cwd) => {
    const away = await run(["topics", "--broker", "127.0.0.1", "--port", "1"], { cwd });
    assert.deepEqual([away.code, away.stdout], [3, ""]);
    assert.match(away.stderr, /^Cannot connect/);
    assert.equal((await run(["topics", "--nope"], { cwd })).code, 2);
    const help = await run(["topics", "--help"], { cwd });
    assert.match(help.stdout, /^Usage: mqttrec topics /);
  }));

const never = new AbortController().signal;
const options = (broker: Mosquitto) => ({
  ...config(...at(broker)),
  username: undefined,
  password: undefined,
  clientId: "",
  clock,
});

test("lookAtBroker() ends after so many messages", [], async (broker) => {
  const seen = await whilePublishing(
    broker,
    ["a", "b"],
    () => lookAtBroker({ connect: options(broker), ms: 20_000, maxMessages: 3, signal: never }),
  );
  assert.equal(seen.messages, 3);
  assert.ok(seen.ms < 20_000);
});

test("lookAtBroker() ends at once when the recording does", [], async (broker) => {
  const stop = new AbortController();
  const looking = lookAtBroker({ connect: options(broker), ms: 60_000, signal: stop.signal });
  setTimeout(() => stop.abort(), 300);
  const began = performance.now();
  await looking.catch(() => {});
  assert.ok(stop.signal.aborted, "it lasts until then");
  assert.ok(performance.now() - began < 5_000, "it ends at once");
});

test(
  "lookAtBroker() cuts off no other connection of a broker that takes the user for the client",
  ["use_username_as_clientid true"],
  async (broker, cwd) => {
    const flags = [...at(broker), "--username", "anna", "--password", "x"];
    const program = start(flags, { cwd });
    await program.waitForOutput("Files:");
    const connect = { ...options(broker), username: "anna", password: new Secret("x") };
    await assert.rejects(
      lookAtBroker({ connect, ms: 300, signal: never }),
      (error: Error) => error instanceof BrokerError && error.message.includes(look.sameClient),
    );
    // Its session was kept: it comes back and loses nothing.
    await broker.publish(["-u", "bob", "-P", "x", "-t", "sensors/a", "-q", "1", "-m", "1"]);
    await program.waitForOutput(/again, session resumed/);
    await program.type("q");
    const { stderr } = await program.ended;
    assert.match(stderr, /\n1 message recorded/);
  },
);
