import assert from "node:assert/strict";
import { isWell } from "../../lib/check/check_report.ts";
import { checkSet } from "../../lib/check/check_set.ts";
import type { FormatName } from "../../lib/formats/mod.ts";
import type { Switch } from "../../lib/files/run_state.ts";
import { finishedFiles } from "../../lib/files/finished_name.ts";
import { namedRecordings } from "../../lib/reading/named_recordings.ts";
import { Finisher } from "../../lib/recording/finisher.ts";
import type { RecorderEvent } from "../../lib/recording/recorder_events.ts";
import { batchOf, message } from "../support/arbitrary.ts";
import { onBench, record } from "../support/recording_fixture.ts";
import { failRenames } from "../support/fake_disk.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import type { Recorder, RecorderOptions } from "../../lib/recording/recorder.ts";
import type { RotationOptions } from "../../lib/recording/recorder_options.ts";
import { finishSwitch } from "../../lib/recording/switch_files.ts";

const BEGIN = Date.UTC(2026, 10, 24, 10);

interface Bench {
  readonly output: string;
  readonly clock: FakeClock;
  readonly events: RecorderEvent[];
  open(options?: Partial<RecorderOptions>): Promise<Recorder>;
}

/** Runs with `--rotate 30`, one after the other: each starts with what the one before has noted. */
function runsOf({ output, clock, open }: Bench) {
  let next = 0, noted: RecorderOptions["checkpoints"] = {}, diverged: readonly string[] = [];
  return async (formats: readonly FormatName[], count: number, rotated = true) => {
    await using finisher = await Finisher.open({ output, clock, onEvent() {} }, 0);
    const rotation = {
      limits: { periodMs: undefined, bytes: undefined, rows: 30 },
      lastNumber: finisher.lastNumber,
      note: () => Promise.resolve(),
      onFinished: (one: Parameters<Finisher["add"]>[0]) => finisher.add(one),
    };
    using recorder = await open({
      ...{ formats, checkpoints: noted, diverged, previousEnd: "ended" },
      ...(rotated && { rotation }),
    });
    const messages = Array.from({ length: count }, () => message("t", "x", BEGIN + next++));
    await record(recorder, batchOf(messages));
    ({ committed: noted, diverged } = recorder);
  };
}

/** The formats of each finished number, and what `check` finds wrong with them. */
async function found(output: string) {
  const [named] = await namedRecordings([output], assert.fail);
  const set = await checkSet(named!, isWell, false);
  const formats: Record<number, string[]> = {};
  for (const { number, format } of await finishedFiles(output)) {
    (formats[number] ??= []).push(format);
  }
  return { ...set, formats };
}

const WELL = { back: [], deleted: 0, findings: [], problems: [], twins: [] };

Deno.test("Recorder.open() finishes what a recording holds before a format is added", () =>
  onBench(async (bench) => {
    const run = runsOf(bench), { output, events } = bench;
    await run(["csv"], 50);
    await run(["csv", "ndjson"], 50);
    const { rows, formats, count: _, ...rest } = await found(output);
    assert.deepEqual(rest, WELL);
    assert.deepEqual(formats, { 1: ["csv"], 2: ["csv"], 3: ["csv", "ndjson"] });
    assert.equal(rows, 80);
    // Nothing is missing anywhere: there is nothing to tell.
    assert.deepEqual(events, []);
  }));

Deno.test("Recorder.open() tells of files that differ also where a format is added", () =>
  onBench(async (bench) => {
    const run = runsOf(bench), { output, events } = bench;
    await run(["csv", "json"], 20);
    const text = await Deno.readTextFile(`${output}.json`);
    const lines = text.split("\n");
    await Deno.writeTextFile(`${output}.json`, lines.toSpliced(10, 1).join("\n"));
    await run(["csv", "json", "ndjson"], 5);
    assert.deepEqual(events.map(({ type }) => type), ["diverged"]);
    const { formats } = await found(output);
    assert.deepEqual(formats, { 1: ["csv", "json"] });
  }));

for (const between of ["rotated", "not rotated"]) {
  Deno.test(`Recorder.open() finishes a format that is left out with the others, also after a run ${between}`, () =>
    onBench(async (bench) => {
      const run = runsOf(bench), { output, events } = bench;
      await run(["csv", "json"], 40);
      await run(["csv"], 10, between === "rotated");
      assert.equal(await exists(`${output}.json`), between === "not rotated");
      await run(["csv"], 5);
      assert.equal(await exists(`${output}.json`), false);
      await run(["csv", "json"], 40);
      const { formats, count: _, rows: __, ...rest } = await found(output);
      assert.deepEqual(rest, WELL);
      assert.deepEqual(formats[2], ["csv", "json"]);
      assert.deepEqual(events.filter(({ type }) => type !== "reconciled"), []);
    }));
}

Deno.test("Recorder.open() finishes one format before another one is recorded alone", () =>
  onBench(async (bench) => {
    const run = runsOf(bench), { output } = bench;
    await run(["csv"], 10);
    await run(["json"], 10);
    const { rows, formats, count: _, ...rest } = await found(output);
    assert.deepEqual([rest, rows, formats], [WELL, 10, { 1: ["csv"] }]);
    assert.equal(await exists(`${output}.csv`), false);
  }));

Deno.test("Recorder.open() leaves a file of another name's format that is none of ours", () =>
  onBench(async (bench) => {
    const run = runsOf(bench), { output } = bench;
    await Deno.writeTextFile(`${output}.json`, '{"not": "ours"}\n');
    await run(["csv"], 10);
    assert.equal(await Deno.readTextFile(`${output}.json`), '{"not": "ours"}\n');
    assert.deepEqual(await finishedFiles(output), []);
  }));

Deno.test("Recorder.open() goes on where a file cannot be finished, and the index tells its own rows", () =>
  onBench(async (bench) => {
    const run = runsOf(bench), { output, events } = bench;
    await run(["csv"], 20);
    {
      using _ = failRenames(1, { error: () => new Error("used by another process (os error 32)") });
      await run(["csv", "json"], 40);
    }
    assert.deepEqual(events.map(({ type }) => type), ["notFinished", "begunAnew"]);
    const { problems, formats } = await found(output);
    assert.deepEqual([problems, formats], [[], { 1: ["csv", "json"], 2: ["csv", "json"] }]);
  }));

for (const step of [1, 2, 3]) {
  Deno.test(`finishSwitch() ends what a kill left of finishing a format that is left out (step ${step})`, () =>
    onBench(async (bench) => {
      const { output, open } = bench;
      await runsOf(bench)(["csv", "json"], 10);
      let begun: Switch | undefined, notes = 0;
      const rotation: RotationOptions = {
        limits: { periodMs: undefined, bytes: undefined, rows: 30 },
        lastNumber: 0,
        note: (change) => {
          // The last step: new files are there, and it is not noted.
          if (notes++ > 0) return Promise.reject(new Error("killed"));
          begun = change.switch;
          return Promise.resolve();
        },
        onFinished: () => assert.fail("It is killed."),
      };
      {
        using _ = failRenames(Infinity, { after: step });
        await assert.rejects(open({ formats: ["csv"], rotation }), /killed/);
      }
      assert.equal(await finishSwitch(output, begun!), true);
      assert.deepEqual(
        (await finishedFiles(output)).map(({ format }) => format).sort(),
        ["csv", "json"],
      );
      assert.equal(await exists(`${output}.json`), false);
      await runsOf(bench)(["csv"], 5);
      assert.deepEqual((await found(output)).findings, []);
    }));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
