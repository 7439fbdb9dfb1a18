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

Deno.test("a batch is in both files when record() resolves, and the figures say so", () =>
  onBench(async ({ output, open }) => {
    const random = seeded(8);
    const all = Array.from({ length: 300 }, () => arbitraryMessage(random));
    using recorder = await open();
    for (let at = 0; at < all.length; at += 100) {
      await record(recorder, batchOf(all.slice(at, at + 100)));
      for (const format of Object.values(FORMATS)) {
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

Deno.test("one format makes one file", () =>
  onBench(async ({ output, open }) => {
    using recorder = await open({ formats: ["json"] });
    await record(recorder, batchOf([message("t", "1")]));
    assert.equal(JSON.parse(await Deno.readTextFile(`${output}.json`)).length, 1);
    await assert.rejects(Deno.lstat(`${output}.csv`), Deno.errors.NotFound);
  }));

Deno.test("an empty batch writes nothing", () =>
  onBench(async ({ open }) => {
    using recorder = await open();
    const before = recorder.files;
    await record(recorder, batchOf([]));
    assert.deepEqual([recorder.files, recorder.messages], [before, 0]);
  }));

Deno.test("a refused file gives the other files back", () =>
  onBench(async ({ output, open }) => {
    (await open())[Symbol.dispose]();
    await Deno.writeTextFile(`${output}.json`, '{"a":1}');
    await assert.rejects(open(), RecordingError);
    await Deno.remove(`${output}.json`);
    using _ = await open();
  }));

Deno.test("a torn end found at opening is told", () =>
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

Deno.test("torn within rows of ours in a payload, a file gets the whole row back from the other", () =>
  onBench(async ({ output, open, events }) => {
    const all = [message("t", "1"), message("t", FAKE_CSV_ROW.repeat(100))];
    let checkpoints: Readonly<Record<string, number>>;
    {
      using recorder = await open();
      await record(recorder, batchOf(all.slice(0, 1)));
      checkpoints = recorder.committed;
      await record(recorder, batchOf(all.slice(1)));
    }
    // To its end it looks like rows.
    const whole = await Deno.readTextFile(`${output}.csv`);
    await Deno.truncate(`${output}.csv`, whole.lastIndexOf(FAKE_CSV_ROW) + FAKE_CSV_ROW.length);
    using _ = await open({ checkpoints });
    assert.equal(await Deno.readTextFile(`${output}.csv`), whole);
    assert.deepEqual(events.map(({ type }) => type), ["torn", "reconciled"]);
  }));

Deno.test("a write that fails is cut off and repeated until it succeeds", () =>
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
    for (const format of Object.values(FORMATS)) {
      const file = await Deno.readFile(`${output}.${format.extension}`);
      assert.deepEqual(file, fileOf(format, all));
    }
    assert.deepEqual(events.map(({ type }) => type), ["stalled", "resumed"]);
    assert.equal(recorder.messages, 3);
  }));

Deno.test("a sync that fails is no proof for the next: the rows are written again", () =>
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
    for (const format of Object.values(FORMATS)) {
      const file = await Deno.readFile(`${output}.${format.extension}`);
      assert.deepEqual(file, fileOf(format, all));
    }
  }));

Deno.test("a commit given up leaves the files at the last one, and throws", () =>
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
    for (const format of Object.values(FORMATS)) {
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
    Deno.open = () => Promise.reject(new Deno.errors.Busy("The process cannot access the file"));
    try {
      await assert.rejects(
        open(),
        /^RecordingError: Cannot write ".*": another program has it open/,
      );
    } finally {
      Deno.open = original;
    }
  }));
