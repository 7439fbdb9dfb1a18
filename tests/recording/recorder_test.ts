import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import {
  arbitraryMessage,
  batchOf,
  FAKE_CSV_ROW,
  fileOf,
  message,
  seeded,
} from "../support/arbitrary.ts";
import { failSyncs, failWrites } from "../support/fake_disk.ts";
import { assertFiles, onBench, record, turning } from "../support/recording_fixture.ts";

Deno.test("Recorder.record() resolves when a batch is in both files, and counts it", () =>
  onBench(async ({ output, open }) => {
    const random = seeded(8);
    const all = Array.from({ length: 300 }, () => arbitraryMessage(random));
    using recorder = await open();
    for (let at = 0; at < all.length; at += 100) {
      await record(recorder, batchOf(all.slice(at, at + 100)));
      for (const format of [FORMATS.csv, FORMATS.json]) {
        const file = await Deno.readFile(`${output}.${format.extension}`);
        assert.deepEqual(file, fileOf(format, all.slice(0, at + 100)));
      }
    }
    assert.equal(recorder.messages, 300);
    assert.deepEqual(recorder.files, [
      { path: `${output}.csv`, bytes: fileOf(FORMATS.csv, all).length },
      { path: `${output}.json`, bytes: fileOf(FORMATS.json, all).length },
    ]);
  }));

Deno.test("Recorder.open() creates one file for one format", () =>
  onBench(async ({ output, open }) => {
    using recorder = await open({ formats: ["json"] });
    await record(recorder, batchOf([message("t", "1")]));
    assert.equal(JSON.parse(await Deno.readTextFile(`${output}.json`)).length, 1);
    await assert.rejects(Deno.lstat(`${output}.csv`), Deno.errors.NotFound);
  }));

Deno.test("Recorder.record() writes nothing for an empty batch", () =>
  onBench(async ({ open }) => {
    using recorder = await open();
    const before = recorder.files;
    await record(recorder, batchOf([]));
    assert.deepEqual([recorder.files, recorder.messages], [before, 0]);
  }));

Deno.test("Recorder.open() closes the other files if one is refused", () =>
  onBench(async ({ output, open }) => {
    (await open())[Symbol.dispose]();
    await Deno.writeTextFile(`${output}.json`, '{"a":1}');
    await assert.rejects(open(), RecordingError);
    await Deno.remove(`${output}.json`);
    using _ = await open();
  }));

Deno.test('Recorder.open() emits "torn" for a torn end', () =>
  onBench(async ({ output, open, events }) => {
    (await open())[Symbol.dispose]();
    await Deno.writeTextFile(`${output}.csv`, "2026-11-23T10", { append: true });
    using _ = await open();
    assert.deepEqual(events, [
      {
        type: "torn",
        torn: { path: `${output}.csv`, tornPath: `${output}.csv.torn`, bytes: 13, wholeRows: 0 },
      },
    ]);
  }));

Deno.test("Recorder.open() restores a row torn within rows in its payload from the other file", () =>
  onBench(async ({ output, open, events }) => {
    const all = [message("t", "1"), message("t", FAKE_CSV_ROW.repeat(100))];
    let checkpoints: Readonly<Record<string, number>>;
    {
      using recorder = await open();
      await record(recorder, batchOf(all.slice(0, 1)));
      checkpoints = recorder.committed;
      await record(recorder, batchOf(all.slice(1)));
    }
    // The torn payload looks like rows up to its end.
    const whole = await Deno.readTextFile(`${output}.csv`);
    await Deno.truncate(`${output}.csv`, whole.lastIndexOf(FAKE_CSV_ROW) + FAKE_CSV_ROW.length);
    using _ = await open({ checkpoints });
    assert.equal(await Deno.readTextFile(`${output}.csv`), whole);
    assert.deepEqual(events.map(({ type }) => type), ["torn", "reconciled"]);
  }));

Deno.test("Recorder.record() cuts off a failed write and repeats it until it succeeds", () =>
  onBench(async ({ output, clock, events, open }) => {
    using recorder = await open();
    await record(recorder, batchOf([message("t", "1")]));
    const all = [message("t", "1"), message("t", "2"), message("t", "3")];
    {
      using _ = failWrites(5);
      const commit = record(recorder, batchOf(all.slice(1)));
      await turning(clock, commit);
      await commit;
    }
    for (const format of [FORMATS.csv, FORMATS.json]) {
      const file = await Deno.readFile(`${output}.${format.extension}`);
      assert.deepEqual(file, fileOf(format, all));
    }
    assert.deepEqual(events.map(({ type }) => type), ["stalled", "resumed"]);
    assert.equal(recorder.messages, 3);
  }));

Deno.test("Recorder.record() writes the rows again after a failed sync", () =>
  onBench(async ({ output, clock, events, open }) => {
    using recorder = await open();
    const all = [message("t", "1"), message("t", "2")];
    using _ = failSyncs(3);
    const commit = record(recorder, batchOf(all));
    await turning(clock, commit);
    await commit;
    const [stalled] = events;
    assert.ok(stalled?.type === "stalled");
    assert.match(String(stalled.cause), /Input\/output/);
    for (const format of [FORMATS.csv, FORMATS.json]) {
      const file = await Deno.readFile(`${output}.${format.extension}`);
      assert.deepEqual(file, fileOf(format, all));
    }
  }));

Deno.test("Recorder.record() rolls the files back and fails if the signal ends its retries", () =>
  onBench(async ({ output, clock, open }) => {
    const stop = new AbortController();
    using recorder = await open({ signal: stop.signal });
    await record(recorder, batchOf([message("t", "1")]));
    using _ = failSyncs(Infinity);
    const commit = record(recorder, batchOf([message("t", "2")]));
    const refused = assert.rejects(commit, RecordingError);
    await clock.advance(0);
    stop.abort();
    await turning(clock, refused);
    await refused;
    for (const format of [FORMATS.csv, FORMATS.json]) {
      const file = await Deno.readFile(`${output}.${format.extension}`);
      assert.deepEqual(file, fileOf(format, [message("t", "1")]));
    }
    assert.equal(recorder.messages, 1);
  }));

Deno.test("Recorder tries again while another program holds a file open, and calls it that", () =>
  onBench(async ({ output, clock, events, open }) => {
    using recorder = await open();
    await record(recorder, batchOf([message("t", "1")]));
    const { open: original } = Deno;
    let held = 3;
    Deno.open = (path, options) => {
      if (held === 0 || !String(path).endsWith(".csv")) return original(path, options);
      held--;
      return Promise.reject(new Deno.errors.Busy("The process cannot access the file"));
    };
    try {
      using _ = failWrites(1);
      await turning(clock, record(recorder, batchOf([message("t", "2")])));
      assert.equal(held, 0);
    } finally {
      Deno.open = original;
    }
    assert.deepEqual(events.map(({ type }) => type), ["stalled", "resumed"]);
    await assertFiles(output, [message("t", "1"), message("t", "2")]);
    // What Deno 2.9 throws on Linux.
    const busy = Object.assign(new Error("Device or resource busy (os error 16)"), {
      code: "EBUSY",
    });
    Deno.open = () => Promise.reject(busy);
    try {
      for (const checkpoints of [undefined, { csv: 100, json: 100 }]) {
        await assert.rejects(
          open(checkpoints && { checkpoints }),
          /^RecordingError: Cannot write ".*": another program, such as Excel, has it open\nClose it there/,
        );
      }
    } finally {
      Deno.open = original;
    }
  }));
