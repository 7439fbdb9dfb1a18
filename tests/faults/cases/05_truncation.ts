/** 5: both files cut at every byte of their last three rows, and opened again as after a kill. */

import { systemClock as clock } from "../../../lib/clock.ts";
import { type FormatName, FORMATS } from "../../../lib/formats/mod.ts";
import type { Message } from "../../../lib/message.ts";
import { Recorder } from "../../../lib/recorder.ts";
import {
  arbitraryMessage,
  batchOf,
  FAKE_CSV_ROW,
  FAKE_JSON_ROW,
  fileOf,
  message,
  rowsOf,
  seeded,
} from "../../arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { sameBytes } from "../same.ts";

const NAMES: readonly FormatName[] = ["csv", "json"];
/** Rows whose every byte is a place to cut at. */
const LAST = 3;

/** Recordings by what their last rows are. */
function recordings(seed: number): Readonly<Record<string, readonly Message[]>> {
  const random = seeded(seed + 5);
  const before = Array.from({ length: 5 }, () => arbitraryMessage(random));
  return {
    "rows within rows": [
      ...before,
      message("a,b", `x\r\n${FAKE_CSV_ROW}y`),
      message("{}", `\n${FAKE_JSON_ROW}\n]\n`),
      message('"', ',utf-8,1,false,false\r\n2026-11-23T10:00:00.123Z,a/b,"x'),
    ],
    "three rows and no more": [message("a/b", "21.5"), message("é", ""), message("c", "°")],
    "plain rows": [...before, message("a/b", "21.5"), message("a/b", "21.5"), message("c", "1")],
    "bytes": [
      ...before,
      ...[[255], [0, 128, 10], [34, 13, 10, 200]]
        .map((payload) => message("b", Uint8Array.from(payload))),
    ],
    "anything": [...before, ...Array.from({ length: LAST }, () => arbitraryMessage(random))],
  };
}

/** One recording as it stood when its recorder was killed. */
class Killed {
  readonly sizes: Readonly<Record<FormatName, number>>;
  /** Ends of the rows in each file. */
  readonly #ends: Readonly<Record<FormatName, readonly number[]>>;

  constructor(readonly folder: string, readonly messages: readonly Message[]) {
    const ends = (name: FormatName) => {
      const { header, separatorLength } = FORMATS[name];
      let end = header.length - separatorLength;
      return messages.map((one) => end += rowsOf(FORMATS[name], [one]).length);
    };
    this.#ends = { csv: ends("csv"), json: ends("json") };
    const size = (name: FormatName) => fileOf(FORMATS[name], messages).length;
    this.sizes = { csv: size("csv"), json: size("json") };
  }

  /** Where the last three rows begin. */
  from(name: FormatName): number {
    return this.#ends[name].at(-LAST - 1) ?? FORMATS[name].header.length;
  }

  /** How many rows stand whole in the first `size` bytes. */
  whole(name: FormatName, size: number): number {
    return this.#ends[name].filter((end) => end <= size).length;
  }

  /**
   * Cuts a copy and opens it again.
   *
   * @returns What is wrong with it now, if anything is.
   */
  async cut(sizes: Readonly<Record<FormatName, number>>): Promise<string | undefined> {
    const copy = `${this.folder}_cut`;
    await copyFolder(this.folder, copy);
    for (const name of NAMES) await Deno.truncate(`${copy}/r.${name}`, sizes[name]);
    const recorder = await Recorder.open({ output: `${copy}/r`, formats: NAMES, clock });
    await recorder[Symbol.asyncDispose]();
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

/** Records in commits of their own and takes a copy while the recorder runs: a kill's remains. */
async function killedRecording(folder: string, messages: readonly Message[]): Promise<Killed> {
  await Deno.mkdir(`${folder}/live`);
  const recorder = await Recorder.open({ output: `${folder}/live/r`, formats: NAMES, clock });
  await recorder.commit(batchOf(messages.slice(0, -LAST)));
  for (const last of messages.slice(-LAST)) await recorder.commit(batchOf([last]));
  await copyFolder(`${folder}/live`, `${folder}/killed`);
  await recorder[Symbol.asyncDispose]();
  await Deno.lstat(`${folder}/killed/r.lock`);
  return new Killed(`${folder}/killed`, messages);
}

async function run({ quick, seed, folder, say }: Context): Promise<Figures> {
  const random = seeded(seed + 55);
  const wrong: string[] = [];
  let faults = 0;
  let published = 0;
  for (const [kind, messages] of Object.entries(recordings(seed)).slice(0, quick ? 2 : undefined)) {
    const here = `${folder}/${kind.replaceAll(" ", "_")}`;
    await Deno.mkdir(here);
    const killed = await killedRecording(here, messages);
    published += messages.length;
    const cut = async (sizes: Readonly<Record<FormatName, number>>) => {
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
    for (let i = 0; i < (quick ? 100 : 1000); i++) {
      const somewhere = (name: FormatName) =>
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
    note: "lost: cuts after which a row that stood in either file was not in both",
    broken: wrong.length > 0 ? [`${wrong.length} cuts end wrong, first: ${wrong[0]}`] : [],
  };
}

export const truncation: FaultCase = {
  number: 5,
  name: "cut at every byte of the last 3 rows",
  needs: [],
  inQuick: true,
  run,
};
