/**
 * Case 22 end to end: a device sends invalid messages while the recorder is killed or cannot write.
 */

import type { QoS } from "../../../lib/message/message.ts";
import { bytes, concat } from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import type { Rule } from "../disk_rules.ts";
import { type Outgoing, Publishes } from "../publishes.ts";
import { Recorder } from "../recorder.ts";
import { StrictBroker } from "../strict_broker.ts";
import type { StrictConnection } from "../strict_connection.ts";
import { sleep, within } from "../wait.ts";

const WAIT_MS = 20_000, FULL_MS = 1_500, GOOD = 20;

type Invalid = Outgoing & { readonly shown: string };

/** One message of each breach at `qos`, with `n` in its topic. */
function invalid(n: number, qos: QoS): Invalid[] {
  const latin1 = concat(bytes(`bad/${n}/`), Uint8Array.of(0xfc));
  const common = { payload: "bad", qos };
  return [
    { ...common, topic: `bad/${n}/+`, shown: `bad/${n}/+` },
    { ...common, topic: latin1, shown: `bad/${n}/\\xfc` },
    ...qos === 0 ? [{ ...common, topic: `bad/${n}/dup`, dup: true, shown: `bad/${n}/dup` }] : [],
  ];
}

/** Points of a kill: around the row, and around the note of the next window. */
const KILLS: readonly Rule[] = [
  { name: "before the row is written", on: "write", file: "gaps", kill: "before" },
  { name: "amid the write", on: "write", file: "gaps", kill: "amid" },
  { name: "before the row is synced", on: "sync", file: "gaps", kill: "before" },
  { name: "between row and acknowledgement", on: "sync", file: "gaps", kill: "after" },
  { name: "before the state is synced", on: "sync", file: "lock", kill: "before" },
  { name: "between state and acknowledgement", on: "sync", file: "lock", kill: "after" },
];

/** One recorder with all its runs, and the messages sent. */
class Trial {
  connection!: StrictConnection;
  readonly good: string[] = [];
  readonly invalid = new Set<string>();
  readonly broken: string[] = [];
  kills = 0;
  #nextId = 1;
  /** Messages in flight, by identifier. */
  readonly #sent = new Map<number, Outgoing>();

  constructor(
    readonly broker: StrictBroker,
    readonly recorder: Recorder,
    readonly version: 4 | 5,
  ) {}

  async send(messages: readonly Outgoing[]): Promise<void> {
    const block = new Publishes(this.version, this.#nextId);
    for (const message of messages) {
      if ((message.qos ?? 0) > 0) this.#sent.set(block.nextId, message);
      block.add(message);
    }
    this.#nextId = block.nextId;
    await this.connection.blast([block]);
  }

  /** Sends `messages`, each between good ones. */
  async mix(messages: readonly Invalid[]): Promise<void> {
    const all: Outgoing[] = [];
    const good = () => {
      for (let i = 0; i < GOOD; i++) {
        const payload = String(this.good.length);
        this.good.push(payload);
        all.push({ topic: "good", payload, qos: 1 });
      }
    };
    good();
    for (const { shown, ...message } of messages) {
      this.invalid.add(shown);
      all.push(message);
      good();
    }
    await this.send(all);
  }

  async settled(what: string): Promise<void> {
    const all = await within(WAIT_MS, this.connection.settled(), `${what}: not all acknowledged`);
    if (!all) this.broken.push(`${what}: the connection was dropped (${this.recorder.tail()})`);
  }

  /** Kills it at `rule`, restarts it, and resends unacknowledged messages. */
  async kill(rule: Rule, n: number): Promise<void> {
    const { recorder, broker } = this;
    const [wildcard] = invalid(n, 1);
    // The first of a kind is a row at once, the second is noted in the state.
    if (rule.file === "lock") {
      await this.mix([wildcard!]);
      await this.settled(rule.name);
    }
    await recorder.disk.set([rule]);
    const { connection } = this;
    await this.mix([wildcard!]);
    await within(WAIT_MS, connection.ended, `${rule.name}: it is not killed`);
    await recorder.ended();
    this.kills++;
    const again = connection.inFlight.unacknowledged.map((id) => this.#sent.get(id)!);
    await recorder.disk.set([]);
    await recorder.start();
    this.connection = await broker.subscribed(connection.attempt + 1);
    await this.send(again.map((message) => ({ ...message, dup: true })));
    await this.settled(rule.name);
  }

  /** Checks that a full disk delays every acknowledgement from the invalid message on. */
  async fill(n: number): Promise<void> {
    const { recorder } = this;
    await recorder.disk.set([{ name: "full", on: "write", file: "gaps", error: "ENOSPC" }]);
    const heard = recorder.lines.length;
    await this.mix(invalid(n, 1).slice(0, 1));
    await recorder.hears(/Cannot write/, heard);
    await sleep(FULL_MS);
    // Earlier messages may have been in another batch.
    if (this.connection.inFlight.count < GOOD + 1) {
      this.broken.push("Acknowledged although the row could not be written");
    }
    await recorder.disk.set([]);
    await this.settled("full disk");
  }
}

async function tryVersion(trial: Trial, quick: boolean, say: (text: string) => void) {
  const { recorder, broker, version } = trial;
  trial.connection = await broker.subscribed();
  let n = 0;
  for (const qos of [0, 1, 2] as const) {
    const before = trial.connection.inFlight.acknowledged;
    const sent = invalid(n++, qos);
    await trial.mix(sent);
    await trial.settled(`QoS ${qos}`);
    // Refusals are not counted.
    const taken = (sent.length + 1) * GOOD + (version === 4 && qos > 0 ? sent.length : 0);
    if (trial.connection.inFlight.acknowledged - before !== taken) {
      trial.broken.push(`MQTT ${version}, QoS ${qos}: acknowledged otherwise than owed`);
    }
  }
  await trial.fill(n++);
  if (trial.connection.attempt > 0) trial.broken.push("The connection was dropped");
  for (const rule of quick ? KILLS.slice(3) : KILLS) {
    await trial.kill(rule, n++);
    say(`MQTT ${version}: killed ${rule.name}`);
  }
  const { code, stderr } = await recorder.end("SIGTERM");
  if (code !== 0) trial.broken.push(`It ended with ${code}: ${stderr}`);
}

async function run({ quick, folder, say }: Context): Promise<Figures> {
  let lost = 0, duplicates = 0, forged = 0, published = 0, faults = 0, rows = 0;
  const broken: string[] = [];
  for (const version of [5, 4] as const) {
    await using broker = StrictBroker.start({
      connack: (_, attempt) => ({ sessionPresent: attempt > 0 }),
    });
    await using recorder = await Recorder.start({
      folder,
      port: broker.port,
      output: `rec/v${version}`,
      qos: 2,
      flags: ["--mqtt-version", version === 5 ? "5" : "3.1.1"],
    });
    const trial = new Trial(broker, recorder, version);
    await tryVersion(trial, quick, say);
    const recorded: { topic: string; payload: string }[] = JSON.parse(
      await Deno.readTextFile(recorder.json),
    );
    const good = recorded.filter(({ topic }) => topic === "good").map(({ payload }) => payload);
    lost += trial.good.length - new Set(good).size;
    duplicates += good.length - new Set(good).size;
    forged += recorded.length - good.length;
    published += trial.good.length;
    faults += trial.invalid.size + trial.kills;
    const { gaps, problems } = await recorder.gapLog();
    const logged = gaps.filter(({ cause }) => cause.startsWith("invalid message: "));
    rows += logged.length;
    const unlogged = [...trial.invalid].filter((topic) =>
      !logged.some(({ cause }) => cause.startsWith(`invalid message: ${topic} (`))
    );
    broken.push(
      ...trial.broken,
      ...broker.errors,
      ...problems,
      ...unlogged.map((topic) => `No row tells of ${topic}, which was acknowledged`),
    );
  }
  return {
    faults,
    published,
    lost,
    duplicates,
    torn: forged,
    csvNotJson: 0,
    inversions: 0,
    note: `${rows} rows in the gap log`,
    broken: [...broken, ...lost > 0 ? [`${lost} good messages lost`] : []],
  };
}

export const invalidMessages: FaultCase = {
  number: 22,
  name: "one bad device",
  needs: ["linux"],
  inQuick: true,
  run,
};
