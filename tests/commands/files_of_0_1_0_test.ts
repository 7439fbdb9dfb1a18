/**
 * This version continues what version 0.1.0 recorded. The tests see the program from outside only,
 * so that no renaming of its parts touches them.
 */

import assert from "node:assert/strict";
import {
  assertKept,
  assertTornMoved,
  BASE,
  type Contents,
  contents,
  EXTENSIONS,
  type Folder,
  type Gap,
  gapsOf,
  leaveSession,
  messagesOf,
  rowsOf,
  stateOf,
  text,
  untorn,
  withFiles,
} from "../support/files_of_0_1_0.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { run, start } from "../support/program.ts";

const bytes = (value: string) => new TextEncoder().encode(value);
const NUL_INSIDE = Uint8Array.of(65, 0, 66);
/** Published for the continuation; a later version may write a NUL differently. */
const NEW = [["sensors/new/1", bytes("21.5")], ["sensors/new/2", NUL_INSIDE]] as const;

async function publishNew(broker: Mosquitto, ...args: readonly string[]): Promise<void> {
  for (const [topic, payload] of NEW) {
    await broker.publish(["-V", "5", "-q", "1", "-t", topic, "-s", ...args], payload);
  }
}

/** The time limit turns a missing message into a failure. */
const flagsFor = ({ port }: Mosquitto, count: number = NEW.length) => [
  ...["--broker", `127.0.0.1:${port}`, "--output", BASE, "--lang", "en"],
  ...["--count", String(count), "--duration", "15s"],
];

/** Runs the program until it has recorded the new messages; returns the files. */
async function continued(
  cwd: string,
  broker: Mosquitto,
  flags: readonly string[] = [],
): Promise<Contents> {
  const { code, stderr } = await run([...flagsFor(broker), ...flags], { cwd });
  assert.equal(code, 0, stderr);
  return await contents(cwd);
}

/** Asserts that the old bytes come first, unchanged, and the new messages after them. */
function assertContinued(after: Contents, before: Contents, messages: number): void {
  assertKept(after, before);
  const added = messagesOf(after).slice(messages).map(({ topic, payload }) => [topic, payload]);
  assert.deepEqual(added.sort(), NEW.map(([topic, payload]) => [topic, payload.toHex()]));
}

/** The only new gap with this cause. */
function newGap(after: Contents, before: Contents, cause: string): Gap {
  const gaps = gapsOf(after).slice(gapsOf(before).length)
    .filter((gap) => gap.cause === cause || gap.cause!.startsWith(`${cause}:`));
  assert.equal(gaps.length, 1, text(after.get(`${BASE}.gaps.csv`) ?? bytes("no gap log")));
  return gaps[0]!;
}

/** Asserts that a gap begins at that time: up to a minute early, never late. */
function assertSince({ from, cause }: Gap, since: number): void {
  const began = Date.parse(from!), known = Math.min(since, Date.now());
  assert.ok(began <= since && began > known - 60_000, `${cause} from ${from}`);
}

/** A test of a continuation, with its own broker. */
function test(
  name: string,
  folder: Folder,
  body: (cwd: string, broker: Mosquitto, original: Contents) => Promise<void>,
) {
  Deno.test({
    name,
    ignore: withoutMosquitto,
    fn: () =>
      withFiles(folder, async (cwd, original) => {
        await using broker = await Mosquitto.start(cwd);
        await body(cwd, broker, original);
      }),
  });
}

for (const [folder, flags] of [["clean", []], ["properties", ["--properties"]]] as const) {
  test(`mqttrec continues ${folder} files of 0.1.0`, folder, async (cwd, broker, original) => {
    await publishNew(broker, "-r", "-D", "publish", "content-type", "text/plain");
    const after = await continued(cwd, broker, flags);
    assertContinued(after, original, messagesOf(original).length);
    const properties = messagesOf(after).at(-1)!.properties;
    assert.equal(properties, flags.length > 0 ? '{"contentType":"text/plain"}' : undefined);
  });
}

for (const repaired of [false, true]) {
  test(
    `mqttrec resumes the session of a killed 0.1.0, files ${repaired ? "repaired" : "diverged"}`,
    "killed",
    async (cwd, broker, original) => {
      const { clientId, alive } = stateOf(original);
      await leaveSession(broker, clientId);
      await publishNew(broker);
      if (repaired) assert.equal((await run(["check", BASE, "--repair"], { cwd })).code, 0);
      const after = await continued(cwd, broker);
      assertContinued(after, original, 42);
      const gap = newGap(after, original, "unclean end");
      assert.equal(gap.session, "resumed");
      assertSince(gap, alive);
    },
  );
}

test(
  "mqttrec logs the time since a killed 0.1.0, and its refused filters",
  "killed_away",
  async (cwd, broker, original) => {
    const { clientId, awaySince, refused } = stateOf(original);
    await leaveSession(broker, clientId);
    await publishNew(broker);
    const topics = ["sensors/#", ...refused.map(({ topic }) => topic)];
    const after = await continued(cwd, broker, topics.flatMap((topic) => ["--topic", topic]));
    assertContinued(after, original, 12);
    const gap = newGap(after, original, "unclean end");
    assert.equal(gap.session, "resumed");
    assertSince(gap, awaySince!);
    // QoS 0 messages had come, which no session keeps.
    assert.notEqual(gap.at_risk, "no");
    assert.equal(refused.length, 2);
    for (const { topic, since } of refused) {
      const gap = newGap(after, original, `subscription refused: ${topic}`);
      assertSince(gap, since);
      assert.equal(gap.at_risk, "yes");
    }
  },
);

test(
  "mqttrec resumes the session that 0.1.0 kept, and logs a risk for QoS 0",
  "session_kept",
  async (cwd, broker, original) => {
    await leaveSession(broker, stateOf(original).clientId);
    await publishNew(broker);
    const after = await continued(cwd, broker);
    assertContinued(after, original, 10);
    const gap = newGap(after, original, "between runs");
    assert.equal(gap.session, "resumed");
    assert.notEqual(gap.at_risk, "no");
    assertSince(gap, stateOf(original).alive);
  },
);

test(
  "mqttrec logs that a session which 0.1.0 kept is lost",
  "session_kept",
  async (cwd, broker, original) => {
    await publishNew(broker, "-r");
    const after = await continued(cwd, broker);
    assertContinued(after, original, 10);
    const gap = newGap(after, original, "session lost");
    assert.deepEqual([gap.session, gap.at_risk], ["lost", "yes"]);
    assertSince(gap, stateOf(original).alive);
  },
);

test(
  "mqttrec unsubscribes from filters of 0.1.0 that are no longer wanted",
  "session_kept",
  async (cwd, broker, original) => {
    await leaveSession(broker, stateOf(original).clientId);
    const program = start([...flagsFor(broker, 1), "--topic", "other/#"], { cwd });
    await program.waitForOutput(`${BASE}.csv`);
    for (const topic of ["sensors/unasked", "other/asked"]) {
      await broker.publish(["-t", topic, "-q", "1", "-m", "1"]);
    }
    const { code, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    const added = messagesOf(await contents(cwd)).slice(10);
    assert.deepEqual(added.map(({ topic }) => topic), ["other/asked"]);
  },
);

test("mqttrec continues the gap log of 0.1.0", "gaps", async (cwd, broker, original) => {
  const program = start(flagsFor(broker), { cwd });
  await program.waitForOutput(`${BASE}.csv`);
  // Without persistence it forgets the session.
  await broker.stop("SIGKILL");
  await broker.start();
  await publishNew(broker, "-r");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  const after = await contents(cwd);
  assertContinued(after, original, 6);
  const gap = newGap(after, original, "connection lost");
  assert.deepEqual([gap.session, gap.at_risk], ["lost", "yes"]);
});

test("mqttrec repairs torn files of 0.1.0", "torn/before", async (cwd, broker, original) => {
  await leaveSession(broker, stateOf(original).clientId);
  await publishNew(broker);
  const after = await continued(cwd, broker);
  assertContinued(after, await untorn(original), 8);
  await assertTornMoved(after);
  newGap(after, original, "unclean end");
});

test(
  "mqttrec appends to the .torn files of 0.1.0",
  "torn/after",
  async (cwd, broker, original) => {
    // The last rows hold no line break, so the cut needs no parser.
    const csv = original.get(`${BASE}.csv`)!, json = rowsOf(original, "json");
    const cut = new Map([...original, [`${BASE}.csv`, csv.subarray(0, -10)]]);
    cut.set(`${BASE}.json`, json.subarray(0, -10));
    for (const [name, bytes] of cut) await Deno.writeFile(`${cwd}/${name}`, bytes);
    await publishNew(broker, "-r");
    const after = await continued(cwd, broker);
    cut.set(`${BASE}.csv`, csv.subarray(0, csv.lastIndexOf(10, -2) + 1));
    cut.set(`${BASE}.json`, json.subarray(0, json.lastIndexOf(10) - 1));
    assertContinued(after, cut, 7);
    for (const extension of EXTENSIONS) {
      const name = `${BASE}.${extension}.torn`;
      assert.ok(after.get(name)!.length > original.get(name)!.length, name);
    }
  },
);
