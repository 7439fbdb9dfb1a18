/**
 * Case 5: cuts both files at every byte of their last three rows, and opens them as after a kill.
 */

import { systemClock as clock } from "../../../lib/system/clock.ts";
import { FORMATS } from "../../../lib/formats/mod.ts";
import type { Message } from "../../../lib/message/message.ts";
import { OutputLock } from "../../../lib/files/lock.ts";
import { Recorder } from "../../../lib/recording/recorder.ts";
import {
  arbitraryMessage,
  FAKE_CSV_ROW,
  FAKE_JSON_ROW,
  fileOf,
  message,
  rowsOf,
  seeded,
} from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { publishesOf } from "../publishes.ts";
import { Recorder as Program } from "../recorder.ts";
import { sameBytes } from "../same.ts";
import { StrictBroker } from "../strict_broker.ts";
import { sleep } from "../wait.ts";

const NAMES = ["csv", "json"] as const;
type Name = (typeof NAMES)[number];
/** Rows to cut at every byte. */
const LAST = 3;
const WRITTEN_MS = 5_000;
/** After this time the program has noted a checkpoint. */
const SIGN_OF_LIFE_MS = 1_200;

/** Recordings by their last rows. */
function recordings(seed: number): Readonly<Record<string, readonly Message[]>> {
  const random = seeded(seed + 5);
  const previousRun = Array.from({ length: 5 }, () => arbitraryMessage(random));
  return {
    "rows within rows": [
      ...previousRun,
      message("a,b", `x\r\n${FAKE_CSV_ROW}y`),
      message("{}", `\n${FAKE_JSON_ROW}\n]\n`),
      message('"', ',utf-8,1,false,false\r\n2026-11-23T10:00:00.123Z,a/b,"x'),
    ],
    "three rows and no more": [message("a/b", "21.5"), message("é", ""), message("c", "°")],
    "plain rows": [
      ...previousRun,
      message("a/b", "21.5"),
      message("a/b", "21.5"),
      message("c", "1"),
    ],
    "bytes": [
      ...previousRun,
      ...[[255], [0, 128, 10], [34, 13, 10, 200]]
        .map((payload) => message("b", Uint8Array.from(payload))),
    ],
    "anything": [...previousRun, ...Array.from({ length: LAST }, () => arbitraryMessage(random))],
  };
}

/** One recording of a killed recorder. */
class Killed {
  readonly sizes: Readonly<Record<Name, number>>;
  /** Ends of the rows in each file. */
  readonly #ends: Readonly<Record<Name, readonly number[]>>;

  constructor(readonly folder: string, readonly messages: readonly Message[]) {
    const ends = (name: Name) => {
      const { header, separatorLength } = FORMATS[name];
      let end = header.length - separatorLength;
      return messages.map((one) => end += rowsOf(FORMATS[name], [one]).length);
    };
    this.#ends = { csv: ends("csv"), json: ends("json") };
    const size = (name: Name) => fileOf(FORMATS[name], messages).length;
    this.sizes = { csv: size("csv"), json: size("json") };
  }

  /** Offset of the last three rows. */
  from(name: Name): number {
    return this.#ends[name].at(-LAST - 1) ?? FORMATS[name].header.length;
  }

  /** Number of whole rows in the first `size` bytes. */
  whole(name: Name, size: number): number {
    return this.#ends[name].filter((end) => end <= size).length;
  }

  /**
   * Cuts a copy and opens it again.
   *
   * @returns The errors found afterwards.
   */
  async cut(sizes: Readonly<Record<Name, number>>): Promise<string | undefined> {
    const copy = `${this.folder}_cut`;
    await copyFolder(this.folder, copy);
    for (const name of NAMES) await Deno.truncate(`${copy}/r.${name}`, sizes[name]);
    await openAsMainDoes(`${copy}/r`);
    const owed = Math.max(...NAMES.map((name) => this.whole(name, sizes[name])));
    for (const name of NAMES) {
      const found = await Deno.readFile(`${copy}/r.${name}`);
      const right = fileOf(FORMATS[name], this.messages.slice(0, owed));
      if (sameBytes(found, right)) continue;
      const rows = this.whole(name, found.length);
      return `csv cut to ${sizes.csv}, json to ${sizes.json}: ${rows} rows of ${owed} in ${name}`;
    }
    return undefined;
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.remove(to, { recursive: true }).catch(() => {});
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Opens and closes a recording. */
async function openAsMainDoes(output: string): Promise<void> {
  await using lock = await OutputLock.take(output);
  const checkpoints = lock.previousRun?.committed;
  using _recorder = await Recorder.open({ output, formats: NAMES, clock, checkpoints });
}

/** Records with the real program, the last rows in separate commits, and kills it. */
async function kill(folder: string, sent: readonly Message[]): Promise<Killed> {
  await using broker = StrictBroker.start();
  await using program = await Program.start({ folder, port: broker.port, output: "rec/r", qos: 2 });
  const connection = await broker.subscribed();
  let rows = 0;
  for (const part of [sent.slice(0, -LAST), ...sent.slice(-LAST).map((last) => [last])]) {
    await connection.blast(publishesOf(part));
    rows += part.length;
    const late = performance.now() + WRITTEN_MS;
    while ((await recorded(program.json)).length < rows) {
      if (performance.now() > late) throw new Error(`Only part of ${rows} rows was written`);
      await sleep(5);
    }
    await connection.settled();
  }
  await sleep(SIGN_OF_LIFE_MS);
  await program.kill();
  await Deno.lstat(`${folder}/rec/r.lock`);
  const times = (await recorded(program.json)).map(({ timestamp }) => Date.parse(timestamp));
  const messages = sent.map((message, i) => ({ ...message, time: times[i]! }));
  const killed = new Killed(`${folder}/rec`, messages);
  for (const name of NAMES) {
    const whole = await Deno.readFile(`${killed.folder}/r.${name}`);
    if (!sameBytes(whole, fileOf(FORMATS[name], messages))) {
      throw new Error(`The ${name} file is wrong before it is cut`);
    }
  }
  return killed;
}

async function recorded(path: string): Promise<{ timestamp: string }[]> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return []; // A commit is in progress.
  }
}

/** A folder in memory if there is one: thousands of syncs are not under test. */
async function run(context: Context): Promise<Figures> {
  const folder = await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mqttrec_faults_" })
    .catch(() => undefined);
  try {
    return await cutEverywhere({ ...context, folder: folder ?? context.folder });
  } finally {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  }
}

async function cutEverywhere({ quick, seed, folder, say }: Context): Promise<Figures> {
  const random = seeded(seed + 55);
  const wrong: string[] = [];
  let faults = 0;
  let published = 0;
  for (const [kind, messages] of Object.entries(recordings(seed)).slice(0, quick ? 1 : undefined)) {
    const here = `${folder}/${kind.replaceAll(" ", "_")}`;
    await Deno.mkdir(here);
    const killed = await kill(here, messages);
    published += messages.length;
    const cut = async (sizes: Readonly<Record<Name, number>>) => {
      faults++;
      const state = await killed.cut(sizes).catch((error) =>
        `csv cut to ${sizes.csv}, json to ${sizes.json}: ${error.message}`
      );
      if (state !== undefined) wrong.push(`${kind}: ${state}`);
    };
    const { sizes } = killed;
    for (const name of NAMES) {
      for (let size = killed.from(name); size <= sizes[name]; size++) {
        await cut({ ...sizes, [name]: size });
      }
    }
    for (let i = 0; i < (quick ? 100 : 500); i++) {
      const somewhere = (name: Name) =>
        killed.from(name) + random(sizes[name] - killed.from(name) + 1);
      await cut({ csv: somewhere("csv"), json: somewhere("json") });
    }
    say(`${kind}: cut ${faults} times so far, ${wrong.length} wrong`);
  }
  return {
    faults,
    published,
    lost: wrong.filter((state) => state.includes(" rows of ")).length,
    duplicates: 0,
    torn: wrong.filter((state) => !state.includes(" rows of ")).length,
    csvNotJson: 0,
    inversions: 0,
    note: "lost: cuts after which a row of either file was not in both",
    broken: wrong.length > 0 ? [`${wrong.length} cuts end wrong, first: ${wrong[0]}`] : [],
  };
}

export const truncation: FaultCase = {
  number: 5,
  name: "cut at every byte of the last 3 rows",
  needs: ["linux"],
  inQuick: true,
  run,
};
