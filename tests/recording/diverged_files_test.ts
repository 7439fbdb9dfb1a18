import assert from "node:assert/strict";
import { AppendFile } from "../../lib/files/append_file.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { haveSameRows } from "../../lib/recording/have_same_rows.ts";
import type { Recorder } from "../../lib/recording/recorder.ts";
import { batchOf, fileOf, message } from "../support/arbitrary.ts";
import { removeOpen } from "../support/file_system.ts";
import { assertFiles, onBench, record } from "../support/recording_fixture.ts";
import { until } from "../support/until.ts";

const { csv, json } = FORMATS;
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => message("t", `${i}`, 1_700_000_000_000 + i));
const [one, two, three] = numbered(3) as [Message, Message, Message];

Deno.test("Recorder.diverged names a file that was deleted, and later starts tell it each time", () =>
  onBench(async ({ output, events, open }) => {
    let diverged: readonly string[], checkpoints: Readonly<Record<string, number>>;
    {
      using recorder = await open();
      await record(recorder, batchOf([one, two]));
      assert.deepEqual(recorder.diverged, []);
      await removeOpen(`${output}.json`);
      await record(recorder, batchOf([three]));
      ({ diverged, committed: checkpoints } = recorder);
    }
    assert.deepEqual(diverged, ["json"]);
    await assertFiles(output, [one, two, three], [three]);
    const told = {
      type: "diverged",
      paths: [`${output}.csv`, `${output}.json`],
      row: undefined,
    };
    for (let start = 0; start < 2; start++) {
      events.length = 0;
      using recorder = await open({ previousEnd: "ended", checkpoints, diverged });
      assert.deepEqual(events, [told]);
      ({ diverged } = recorder);
    }
    // Without the note the ends are the same, and nothing is told.
    events.length = 0;
    (await open({ previousEnd: "ended", checkpoints }))[Symbol.dispose]();
    assert.deepEqual(events, []);
  }));

Deno.test("Recorder.open() forgets that files had diverged once they are reconciled or new", () =>
  onBench(async ({ output, events, open }) => {
    const diverged = ["json"], all = [one, two];
    for (const inBoth of [all, []]) {
      await Deno.writeFile(`${output}.csv`, fileOf(csv, inBoth));
      await Deno.writeFile(`${output}.json`, fileOf(json, inBoth));
      using recorder = await open({ previousEnd: "ended", diverged, checkpoints: { csv: 1 } });
      assert.deepEqual([recorder.diverged, events], [[], []]);
    }
  }));

Deno.test("Recorder.open() does not fill a file that was begun anew before, also without a run between", () =>
  onBench(async ({ output, events, open }) => {
    await Deno.writeFile(`${output}.csv`, fileOf(csv, [one, two]));
    await Deno.writeFile(`${output}.json`, fileOf(json, []));
    using recorder = await open({ previousEnd: "ended", diverged: ["json"] });
    const path = `${output}.json`;
    assert.deepEqual(events, [{ type: "behind", path, rows: 2, from: `${output}.csv` }]);
    assert.deepEqual(recorder.diverged, ["json"]);
    await assertFiles(output, [one, two], []);
  }));

Deno.test("Recorder.open() fills rows of a killed run and still tells that files have diverged", () =>
  onBench(async ({ output, events, open }) => {
    await Deno.writeFile(`${output}.csv`, fileOf(csv, [one, two, three]));
    await Deno.writeFile(`${output}.json`, fileOf(json, [two]));
    const checkpoints = { csv: fileOf(csv, [one, two]).length, json: fileOf(json, [two]).length };
    using recorder = await open({ previousEnd: "killed", diverged: ["json"], checkpoints });
    assert.deepEqual(events.map(({ type }) => type), ["reconciled", "diverged"]);
    assert.deepEqual(recorder.diverged, ["json"]);
    await assertFiles(output, [one, two, three], [two, three]);
  }));

/** Records one message; the next one does not come, until `end()`. */
async function recordingOne(recorder: Recorder) {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* deliveries() {
    yield { batch: batchOf([one]), ack() {} };
    await promise;
  }
  const recorded = recorder.record(deliveries());
  await until(() => recorder.messages > 0);
  return { recorded, end: resolve };
}

Deno.test("Recorder.watch() tells that a file is gone while no message comes, and begins it anew", () =>
  onBench(async ({ output, events, open }) => {
    using recorder = await open();
    const { recorded, end } = await recordingOne(recorder);
    await removeOpen(`${output}.csv`);
    const replaced = { type: "replaced", path: `${output}.csv`, begun: true };
    await until(() => {
      if (events.length === 0) recorder.watch();
      return events.length > 0;
    });
    assert.deepEqual(events, [replaced]);
    await assertFiles(output, [], [one]);
    // One that goes just before the end is told at the end.
    await removeOpen(`${output}.json`);
    end();
    await recorded;
    assert.deepEqual(events, [replaced, { ...replaced, path: `${output}.json` }]);
    await assertFiles(output, []);
  }));

Deno.test("Recorder.watch() does not touch the files of whoever has the lock now", () =>
  onBench(async ({ output, events, open }) => {
    let isOurs = true, asked = 0;
    const guard = () => {
      asked++;
      return isOurs ? Promise.resolve() : Promise.reject(new Error("the lock is another's"));
    };
    using recorder = await open({ guard });
    const { recorded, end } = await recordingOne(recorder);
    isOurs = false;
    asked = 0;
    // It is in the middle of a row.
    await removeOpen(`${output}.csv`);
    const foreign = fileOf(csv, [one, two]).subarray(0, -9);
    await Deno.writeFile(`${output}.csv`, foreign);
    await until(() => {
      if (asked === 0) recorder.watch();
      return asked > 0;
    });
    end();
    await recorded;
    assert.deepEqual(await Deno.readFile(`${output}.csv`), foreign);
    assert.deepEqual(events, []);
  }));

Deno.test({
  name: "Recorder tells once of a file that another program writes into in place",
  ignore: Deno.build.os === "windows",
  fn: () =>
    onBench(async ({ output, events, open }) => {
      using recorder = await open();
      await record(recorder, batchOf([one]));
      for (const [at, next] of [[90, two], [91, three]] as const) {
        {
          using file = await Deno.open(`${output}.json`, { write: true });
          await file.seek(at, Deno.SeekMode.Start);
          await file.write(new TextEncoder().encode("7"));
        }
        await Deno.utime(`${output}.json`, at, at);
        await record(recorder, batchOf([next]));
      }
      assert.deepEqual(events, [{ type: "rewritten", path: `${output}.json` }]);
      // Our own writes, and rows of QoS 0 that are synced later, are no such change.
      assert.equal(recorder.messages, 3);
    }),
});

Deno.test("Recorder.diverged names no file where all are begun anew before the next row", () =>
  onBench(async ({ output, events, open }) => {
    const both = ["csv", "json"];
    using recorder = await open();
    await record(recorder, batchOf([one]));
    for (const extension of both) {
      await Deno.rename(`${output}.${extension}`, `${output}.1.${extension}`);
    }
    await record(recorder, batchOf([two]));
    assert.deepEqual(events.map(({ type }) => type), ["replaced", "replaced"]);
    assert.deepEqual(recorder.diverged, []);
    await assertFiles(output, [two]);
    // One after the other, with a row between, they hold other rows.
    await removeOpen(`${output}.csv`);
    await record(recorder, batchOf([three]));
    await removeOpen(`${output}.json`);
    await record(recorder, batchOf([one]));
    assert.deepEqual([...recorder.diverged].sort(), both);
    await assertFiles(output, [three, one], [one]);
    // Until all of them are moved together once more.
    for (const extension of both) await removeOpen(`${output}.${extension}`);
    await record(recorder, batchOf([two]));
    assert.deepEqual(recorder.diverged, []);
  }));

for (const previousEnd of ["ended", "killed"] as const) {
  Deno.test(`Recorder.open() forgets what was noted of files that hold the same rows (${previousEnd})`, () =>
    onBench(async ({ output, events, open }) => {
      const [inCsv, inJson] = [fileOf(csv, [one, two]), fileOf(json, [one, two])];
      await Deno.writeFile(`${output}.csv`, inCsv);
      await Deno.writeFile(`${output}.json`, inJson);
      const checkpoints = { csv: inCsv.length, json: inJson.length };
      using recorder = await open({ previousEnd, diverged: ["json"], checkpoints });
      assert.deepEqual([recorder.diverged, events], [[], []]);
    }));
}

Deno.test("haveSameRows() compares first rows, and the ends of files larger than its window", () =>
  onBench(async ({ output }) => {
    const rows = numbered(200), window = 2_000;
    const cases: readonly (readonly [readonly Message[], boolean])[] = [
      [rows, true],
      [rows.slice(1), false],
      [rows.slice(0, -1), false],
      [rows.with(-2, message("other", "x", rows.at(-2)!.time)), false],
      [[], false],
    ];
    for (const [inJson, wanted] of cases) {
      await Deno.writeFile(`${output}.csv`, fileOf(csv, rows));
      await Deno.writeFile(`${output}.json`, fileOf(json, inJson));
      using a = await AppendFile.open(`${output}.csv`, csv);
      using b = await AppendFile.open(`${output}.json`, json);
      for (const [first, second] of [[a, b], [b, a]] as const) {
        assert.equal(await haveSameRows([first, second], window), wanted);
        assert.equal(await haveSameRows([first, second], 1 << 20), wanted);
      }
      await Deno.remove(`${output}.json`);
    }
  }));
