import assert from "node:assert/strict";
import { FileChangedError, RecordingError } from "../../lib/locale/errors.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import { batchOf, fileOf, message } from "../support/arbitrary.ts";
import { failSyncs, failWrites, hangSyncs } from "../support/fake_disk.ts";
import { removeOpen, renameOverOpen } from "../support/file_system.ts";
import { assertFiles, onBench, record, turning } from "../support/recording_fixture.ts";

const [one, two, three] = [message("t", "1"), message("t", "2"), message("t", "3")] as const;

Deno.test("Recorder with exitOnError fails at the first failed write and keeps the last commit", () =>
  onBench(async ({ output, events, open }) => {
    using recorder = await open({ exitOnError: true });
    await record(recorder, batchOf([one]));
    using _ = failWrites(1);
    await assert.rejects(record(recorder, batchOf([two])), (error: Error) => {
      assert.ok(error instanceof RecordingError);
      assert.match(
        error.message,
        /^Cannot write the last message .*: no space left on the disk\nFree some room .* the same --output/,
      );
      return true;
    });
    assert.deepEqual(events.map(({ type }) => type), ["stalled"]);
    assert.equal(recorder.busy, false);
    await assertFiles(output, [one]);
  }));

Deno.test('Recorder emits "stalled" once for a disk silent for 2 s, then "resumed"', () =>
  onBench(async ({ output, clock, events, open }) => {
    using recorder = await open();
    recorder.watch();
    using disk = hangSyncs();
    const commit = record(recorder, batchOf([one]));
    await disk.begun;
    assert.equal(recorder.busy, true);
    await clock.advance(2_000);
    recorder.watch();
    assert.equal(events.length, 0);
    await clock.advance(1);
    recorder.watch();
    recorder.watch();
    assert.deepEqual(events.map((event) => event.type === "stalled" && event.forMs), [2_001]);
    disk.answer();
    await commit;
    recorder.watch();
    assert.deepEqual(events.map(({ type }) => type), ["stalled", "resumed"]);
    await assertFiles(output, [one]);
  }));

Deno.test('Recorder emits "stalled" again if a slow disk fails, with the total time', () =>
  onBench(async ({ clock, events, open }) => {
    using recorder = await open();
    using _failing = failSyncs(2);
    using disk = hangSyncs();
    const commit = record(recorder, batchOf([one]));
    await disk.begun;
    await clock.advance(2_500);
    recorder.watch();
    await clock.advance(500);
    disk.answer();
    await clock.asleep(375);
    await turning(clock, commit);
    const stalls = events.filter((event) => event.type === "stalled");
    assert.deepEqual(stalls.map(({ forMs }) => forMs), [2_500, 3_000]);
    assert.equal(events.at(-1)?.type, "resumed");
  }));

/** What another program does to a file between two commits; whether a new file is begun then. */
const CHANGES: Readonly<Record<string, readonly [(path: string) => Promise<void>, boolean]>> = {
  deleted: [removeOpen, true],
  "moved, as log rotation does": [(path) => Deno.rename(path, `${path}.1`), true],
  "copied and emptied, as log rotation does": [async (path) => {
    await Deno.copyFile(path, `${path}.1`);
    await Deno.truncate(path);
  }, true],
  "cut to its first row": [
    (path) => Deno.truncate(path, fileOf(FORMATS.csv, [one]).length),
    false,
  ],
  "replaced by a copy": [async (path) => {
    await Deno.copyFile(path, `${path}.1`);
    await renameOverOpen(`${path}.1`, path);
  }, false],
};

for (const [what, [change, begun]] of Object.entries(CHANGES)) {
  Deno.test(`Recorder continues a file that is ${what} and emits "replaced"`, () =>
    onBench(async ({ output, events, open }) => {
      using recorder = await open();
      await record(recorder, batchOf([one, two]));
      await change(`${output}.csv`);
      await record(recorder, batchOf([three]));
      assert.deepEqual(events, [{ type: "replaced", path: `${output}.csv`, begun }]);
      const left = begun ? [] : what.startsWith("cut") ? [one] : [one, two];
      await assertFiles(output, [...left, three], [one, two, three]);
      await record(recorder, batchOf([one]));
      assert.equal(events.length, 1);
    }));
}

Deno.test("Recorder writes rows again if their file is deleted during the write", () =>
  onBench(async ({ output, clock, events, open }) => {
    using recorder = await open();
    await record(recorder, batchOf([one]));
    using disk = hangSyncs();
    const commit = record(recorder, batchOf([two]));
    await disk.begun;
    await removeOpen(`${output}.csv`);
    disk.answer();
    await turning(clock, commit);
    assert.deepEqual(events.map(({ type }) => type), ["stalled", "replaced", "resumed"]);
    assert.ok(events[0]?.type === "stalled" && events[0].cause instanceof FileChangedError);
    await assertFiles(output, [two], [one, two]);
  }));

Deno.test("Recorder writes no zeros into a file that is emptied just before the write", () =>
  onBench(async ({ output, clock, events, open }) => {
    using recorder = await open();
    await record(recorder, batchOf([one, two]));
    const { seekSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.seekSync = function (...args) {
      Deno.FsFile.prototype.seekSync = seekSync;
      Deno.truncateSync(`${output}.csv`);
      Deno.truncateSync(`${output}.json`);
      return seekSync.apply(this, args);
    };
    await turning(clock, record(recorder, batchOf([three])));
    const replaced = events.filter((event) => event.type === "replaced");
    assert.deepEqual(replaced.map(({ begun }) => begun), [true, true]);
    await assertFiles(output, [three]);
  }));

Deno.test("Recorder leaves a foreign file in the place of its own and waits for it to go", () =>
  onBench(async ({ output, clock, events, open }) => {
    using recorder = await open();
    await record(recorder, batchOf([one]));
    await removeOpen(`${output}.csv`);
    await Deno.writeTextFile(`${output}.csv`, "a,b\r\n1,2\r\n");
    let done = false;
    const commit = record(recorder, batchOf([two])).then(() => done = true);
    await clock.asleep(375);
    const [stalled] = events;
    assert.ok(stalled?.type === "stalled" && stalled.cause instanceof RecordingError);
    assert.match(stalled.cause.message, /it was not written by mqttrec and was left untouched/);
    assert.equal(await Deno.readTextFile(`${output}.csv`), "a,b\r\n1,2\r\n");
    assert.equal(done, false);
    await removeOpen(`${output}.csv`);
    await turning(clock, commit);
    assert.deepEqual(events.map(({ type }) => type), ["stalled", "replaced", "resumed"]);
    await assertFiles(output, [two], [one, two]);
  }));

Deno.test('Recorder.open() restores rows after a kill from the other file and emits "reconciled"', () =>
  onBench(async ({ output, events, open }) => {
    let checkpoints;
    {
      using recorder = await open();
      await record(recorder, batchOf([one]));
      checkpoints = recorder.committed;
    }
    await Deno.writeFile(`${output}.csv`, fileOf(FORMATS.csv, [one, two, three]));
    {
      using _ = await open({ checkpoints });
      const [path, from] = [`${output}.json`, `${output}.csv`];
      assert.deepEqual(events.splice(0), [{ type: "reconciled", path, rows: 2, from }]);
      await assertFiles(output, [one, two, three]);
    }
    // Also if this run continues only one of them.
    await Deno.writeFile(`${output}.csv`, fileOf(FORMATS.csv, [one]));
    {
      using _ = await open({ checkpoints, formats: ["json"] });
      assert.deepEqual(events.splice(0).map(({ type }) => type), ["reconciled"]);
      await assertFiles(output, [one, two, three]);
    }
  }));

Deno.test('Recorder.open() leaves files that differ after a kill and emits "diverged"', () =>
  onBench(async ({ output, events, open }) => {
    (await open())[Symbol.dispose]();
    await Deno.writeFile(`${output}.csv`, fileOf(FORMATS.csv, [one, two]));
    await Deno.writeFile(`${output}.json`, fileOf(FORMATS.json, [one, three]));
    using _ = await open({ checkpoints: { csv: 1, json: 1 } });
    const paths = [`${output}.csv`, `${output}.json`] as const;
    assert.deepEqual(events, [{ type: "diverged", paths, row: 2 }]);
    await assertFiles(output, [one, two], [one, three]);
  }));
