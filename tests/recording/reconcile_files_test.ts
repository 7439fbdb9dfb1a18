import assert from "node:assert/strict";
import { FORMATS } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import type { RecorderOptions } from "../../lib/recording/recorder.ts";
import { batchOf, fileOf, message } from "../support/arbitrary.ts";
import { assertFiles, onBench, record } from "../support/recording_fixture.ts";

const { csv, json } = FORMATS;
const numbered = (count: number, text = "") =>
  Array.from({ length: count }, (_, i) => message("t", `${i}${text}`, 1_700_000_000_000 + i));
const [one, two, three] = numbered(3) as [Message, Message, Message];

/** Opens the files with this content, undefined: not there; what is told, and how they are then. */
function opening(
  [inCsv, inJson]: readonly [readonly Message[] | undefined, readonly Message[] | undefined],
  options: Partial<RecorderOptions>,
  wanted: (output: string) => readonly unknown[],
  after: readonly [readonly Message[], readonly Message[]],
): Promise<void> {
  return onBench(async ({ output, events, open }) => {
    if (inCsv) await Deno.writeFile(`${output}.csv`, fileOf(csv, inCsv));
    if (inJson) await Deno.writeFile(`${output}.json`, fileOf(json, inJson));
    (await open(options))[Symbol.dispose]();
    assert.deepEqual(events, wanted(output));
    await assertFiles(output, after[0], after[1]);
  });
}

Deno.test("Recorder.open() reconciles files that diverged after a wanted end", async () => {
  const wanted = (output: string) => [
    { type: "reconciled", path: `${output}.csv`, rows: 2, from: `${output}.json` },
  ];
  const all = [one, two, three];
  const checkpoints = { csv: fileOf(csv, all).length, json: fileOf(json, all).length };
  for (const options of [{}, { checkpoints, previousEnd: "ended" }] as const) {
    await opening([[one], all], options, wanted, [all, all]);
  }
});

Deno.test("Recorder.open() reads nothing where the files have the sizes of the last end", async () => {
  // They differ: were they read, that would be told.
  const [a, b] = [[one, two], [one, three]] as const;
  const checkpoints = { csv: fileOf(csv, a).length, json: fileOf(json, b).length };
  await opening([a, b], { checkpoints, previousEnd: "ended" }, () => [], [a, b]);
  const diverged = (output: string) => [
    { type: "diverged", paths: [`${output}.csv`, `${output}.json`], row: 2 },
  ];
  await opening([a, b], { previousEnd: "ended" }, diverged, [a, b]);
});

Deno.test("Recorder.open() tells of a file that is gone, and does not fill it", async () => {
  const wanted = (output: string) => [
    { type: "begunAnew", path: `${output}.json`, other: `${output}.csv` },
  ];
  await opening([[one], undefined], {}, wanted, [[one], []]);
  await opening([[], undefined], {}, () => [], [[], []]);
  await opening([undefined, undefined], {}, () => [], [[], []]);
});

Deno.test("Recorder.open() does not add 10,001 rows unasked, but after a crash", async () => {
  const all = numbered(10_001);
  const behind = (rows: number) => (output: string) => [
    { type: "behind", path: `${output}.json`, rows, from: `${output}.csv` },
  ];
  await opening([all, []], {}, behind(10_001), [all, []]);
  const reconciled = (rows: number) => (output: string) => [
    { type: "reconciled", path: `${output}.json`, rows, from: `${output}.csv` },
  ];
  await opening([all, [all[0]!]], {}, reconciled(10_000), [all, all]);
  await opening([all, []], { previousEnd: "unknown" }, reconciled(10_001), [all, all]);
});

Deno.test("Recorder.open() matches large files from their ends", async () => {
  const all = numbered(5_000, "x".repeat(4_000));
  // What is far from the end is not looked at: it is not even the same.
  const other = [message("t", "other"), ...all.slice(1)];
  for (const lacking of [0, 1, 700]) {
    const wanted = (output: string) =>
      lacking === 0
        ? []
        : [{ type: "reconciled", path: `${output}.csv`, rows: lacking, from: `${output}.json` }];
    const short = other.slice(0, other.length - lacking);
    await opening([short, all], { previousEnd: "unknown" }, wanted, [other, all]);
  }
});

Deno.test("Recorder.open() cuts at an empty page where nothing is known of the run before", () =>
  onBench(async ({ output, events, open }) => {
    const all = numbered(3_000, "x".repeat(100));
    for (const format of [csv, json]) {
      const file = fileOf(format, all);
      const at = Math.floor(file.length * 0.9);
      await Deno.writeFile(`${output}.${format.extension}`, file.fill(0, at, at + 4096));
    }
    const recorder = await open({ previousEnd: "unknown" });
    try {
      const types = events.map(({ type }) => type);
      assert.deepEqual(types.slice(0, 2), ["torn", "torn"]);
      for (const event of events) if (event.type === "torn") assert.ok(event.torn.wholeRows > 100);
      await record(recorder, batchOf([one]));
    } finally {
      recorder[Symbol.dispose]();
    }
    const rows: unknown[] = JSON.parse(await Deno.readTextFile(`${output}.json`));
    assert.ok(rows.length > 2_600 && rows.length < 2_800, String(rows.length));
    await assertFiles(output, [...all.slice(0, rows.length - 1), one]);
  }));

Deno.test("Recorder.open() leaves old damage that is no empty page as it is", () =>
  onBench(async ({ output, events, open }) => {
    const all = numbered(300);
    const file = fileOf(json, all);
    file[1_000] = 1;
    await Deno.writeFile(`${output}.json`, file);
    (await open({ previousEnd: "unknown", formats: ["json"] }))[Symbol.dispose]();
    assert.deepEqual(events, []);
    assert.deepEqual(await Deno.readFile(`${output}.json`), file);
  }));
