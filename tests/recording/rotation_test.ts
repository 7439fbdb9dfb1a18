import assert from "node:assert/strict";
import type { RotationLimits } from "../../lib/config/rotation_limits.ts";
import { finishedFiles } from "../../lib/files/finished_name.ts";
import type { Switch } from "../../lib/files/run_state.ts";
import type { FormatName } from "../../lib/formats/mod.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import type { Message } from "../../lib/message/message.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import type { Recorder } from "../../lib/recording/recorder.ts";
import type { Finished, RotationOptions } from "../../lib/recording/recorder_options.ts";
import { finishSwitch } from "../../lib/recording/switch_files.ts";
import { batchOf, message } from "../support/arbitrary.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { failRenames, failSyncs, failWrites } from "../support/fake_disk.ts";
import { readSet } from "../support/recorded_set.ts";
import { onBench, record, turning } from "../support/recording_fixture.ts";

const THREE: readonly FormatName[] = ["csv", "json", "ndjson"];
const NONE: RotationLimits = { periodMs: undefined, bytes: undefined, rows: undefined };

/** Rotation with a state that the test can look at. */
function rotating(limits: Partial<RotationLimits>, lastNumber = 0) {
  const finished: Finished[] = [];
  const noted: (Switch | undefined)[] = [];
  const rotation: RotationOptions = {
    limits: { ...NONE, ...limits },
    lastNumber,
    note: (change) => {
      if ("switch" in change) noted.push(change.switch);
      return Promise.resolve();
    },
    onFinished: (one) => void finished.push(one),
  };
  return { rotation, finished, noted };
}

const numbered = (count: number, from = 0, time = 0) =>
  Array.from({ length: count }, (_, i) => message("t", `${from + i}`, BEGIN + time + i));
/** A full hour in every time zone of whole hours. */
const BEGIN = Date.UTC(2026, 10, 24, 10);

async function sizesOf(output: string, formats = THREE): Promise<number[]> {
  return (await readSet(output, formats)).map(({ length }) => length);
}

/** Makes renames of one format fail, as Windows does while another program reads the file. */
function hold(extension: string, times = Infinity): Disposable {
  const error = () =>
    Object.assign(new Error("used by another process (os error 32)"), { code: "EBUSY" });
  return failRenames(times, { ending: `.${extension}`, error });
}

Deno.test("Recorder finishes every format at the same row, however the batches lie", () =>
  onBench(async ({ output, open }) => {
    const { rotation, finished, noted } = rotating({ rows: 10 });
    using recorder = await open({ formats: THREE, rotation });
    let from = 0;
    for (const count of [3, 7, 1, 25, 10, 9]) {
      await record(recorder, batchOf(numbered(count, from)));
      from += count;
    }
    assert.deepEqual(await sizesOf(output), [10, 10, 10, 10, 10, 5]);
    assert.deepEqual(
      finished.map(({ number, rows }) => [number, rows]),
      [1, 2, 3, 4, 5].map((n) => [n, 10]),
    );
    assert.deepEqual(noted.filter((_, i) => i % 2 === 1), finished.map(() => undefined));
    assert.equal(recorder.messages, 55);
    const texts = (await readSet(output, THREE)).flat().map((row) => JSON.parse(row).payload);
    assert.deepEqual(texts, numbered(55).map(({ payload }) => payload.toHex()));
  }));

Deno.test("Recorder cuts a batch between encoding ahead and writing", () =>
  onBench(async ({ output, open }) => {
    const { rotation } = rotating({ rows: 7 });
    using recorder = await open({ formats: THREE, rotation });
    let acked = 0;
    await recorder.record((async function* (): AsyncGenerator<Delivery> {
      for (let i = 0; i < 40; i++) {
        const batch = batchOf(numbered(1 + i % 5, acked));
        yield { batch, ack: () => void (acked += batch.count) };
      }
    })());
    const sizes = await sizesOf(output);
    assert.ok(sizes.slice(0, -1).every((size) => size === 7), `${sizes}`);
    assert.equal(sizes.reduce((a, b) => a + b), 120);
    assert.equal(acked, 120);
  }));

Deno.test("Recorder counts the rows of files that it continues, and numbers on", () =>
  onBench(async ({ output, open }) => {
    {
      const { rotation } = rotating({ rows: 10 });
      using recorder = await open({ formats: THREE, rotation });
      await record(recorder, batchOf(numbered(14)));
    }
    const { rotation, finished } = rotating({ rows: 10 }, 1);
    using recorder = await open({ formats: THREE, rotation });
    await record(recorder, batchOf(numbered(8, 14)));
    assert.deepEqual(await sizesOf(output), [10, 10, 2]);
    const [{ begin, end, rows, number } = {}] = finished;
    assert.deepEqual({ begin, end, rows, number }, {
      begin: BEGIN + 10,
      end: BEGIN + 5,
      rows: 10,
      number: 2,
    });
  }));

Deno.test("Recorder finishes files of a size with the commit that reaches it", () =>
  onBench(async ({ output, open }) => {
    const { rotation } = rotating({ bytes: 2_000 });
    using recorder = await open({ formats: THREE, rotation });
    for (let i = 0; i < 20; i++) await record(recorder, batchOf(numbered(2, 2 * i)));
    const sizes = await sizesOf(output);
    assert.equal(sizes.reduce((a, b) => a + b), 40);
    assert.ok(sizes.length > 2 && sizes.slice(0, -1).every((size) => size === sizes[0]));
    for (const { name } of await finishedFiles(output)) {
      const { size } = await Deno.stat(`${output.slice(0, -1)}${name}`);
      assert.ok(size < 2_400, name);
    }
  }));

Deno.test("Recorder puts messages from the full hour on into the next files", () =>
  onBench(async ({ output, open }) => {
    const { rotation } = rotating({ periodMs: 3_600_000 });
    using recorder = await open({ formats: THREE, rotation });
    const ahead = numbered(5, 0, -3), later = numbered(2, 5, 2 * 3_600_000 + 1);
    await record(recorder, batchOf([...ahead, ...later]));
    assert.deepEqual(await sizesOf(output), [3, 2, 2]);
    const names = (await finishedFiles(output)).map(({ name }) => name);
    assert.equal(names[0], "r_00001_20261124T095959Z.csv");
    assert.equal(names[3], "r_00002_20261124T100000Z.csv");
  }));

/** Lets the deliveries of a test come when it wants. */
async function live(
  recorder: Recorder,
  body: (send: (messages: readonly Message[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const queue: PromiseWithResolvers<Delivery | undefined>[] = [Promise.withResolvers()];
  const done = recorder.record((async function* () {
    for (let next; (next = await queue[0]!.promise) !== undefined;) yield next;
  })());
  await body(async (messages) => {
    const { promise: acked, resolve: ack } = Promise.withResolvers<void>();
    const waiting = queue[0]!;
    queue[0] = Promise.withResolvers();
    waiting.resolve({ batch: batchOf(messages), ack });
    await acked;
  });
  queue[0]!.resolve(undefined);
  await done;
}

/** Sets the clock of the test to a moment. */
const setTo = (clock: FakeClock, ms: number) => clock.set(ms - clock.now());

Deno.test("Recorder finishes files at the hour although no message comes, and never empty ones", () =>
  onBench(async ({ output, clock, open }) => {
    setTo(clock, BEGIN + 10);
    const { rotation, finished } = rotating({ periodMs: 3_600_000 });
    using recorder = await open({ formats: THREE, rotation });
    await live(recorder, async (send) => {
      await send(numbered(4));
      for (let i = 0; i < 119; i++) await clock.advance(30_000);
      assert.equal(finished.length, 0);
      for (let i = 0; i < 240; i++) await clock.advance(30_000);
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.equal(finished.length, 1);
      await send(numbered(1, 4, 3 * 3_600_000));
    });
    assert.deepEqual(await sizesOf(output), [4, 1]);
  }));

Deno.test("Recorder finishes sooner, not later, where the clock is set back over the hour", () =>
  onBench(async ({ output, open }) => {
    const { rotation } = rotating({ periodMs: 3_600_000 });
    using recorder = await open({ formats: THREE, rotation });
    await record(recorder, batchOf(numbered(2, 0, 1_000)));
    // Ten minutes before the hour again, and over it again.
    await record(recorder, batchOf(numbered(3, 2, -600_000)));
    await record(recorder, batchOf(numbered(2, 5, 60_000)));
    assert.deepEqual(await sizesOf(output), [5, 2]);
  }));

for (const rows of [undefined, 100]) {
  const how = rows === undefined ? "their first row" : "all their rows";
  Deno.test(`Recorder finishes files in time whose run before had a clock years ahead (${how} read)`, () =>
    onBench(async ({ output, open }) => {
      const YEARS = 4 * 365 * 86_400_000;
      {
        const { rotation } = rotating({ periodMs: 3_600_000 });
        using recorder = await open({ formats: THREE, rotation });
        await record(recorder, batchOf(numbered(2, 0, YEARS)));
      }
      const { rotation } = rotating({ periodMs: 3_600_000, rows });
      using recorder = await open({ formats: THREE, rotation });
      await record(recorder, batchOf(numbered(3, 2, 1_000)));
      await record(recorder, batchOf(numbered(1, 5, 3_600_000)));
      assert.deepEqual(await sizesOf(output), [5, 1]);
    }));
}

for (const extension of THREE) {
  Deno.test(`Recorder goes on in all files while the .${extension} cannot be renamed, and says so once`, () =>
    onBench(async ({ output, clock, events, open }) => {
      const { rotation, finished, noted } = rotating({ rows: 4 });
      using recorder = await open({ formats: THREE, rotation });
      {
        using _ = hold(extension);
        for (let i = 0; i < 6; i++) {
          await record(recorder, batchOf(numbered(3, 3 * i)));
          await clock.advance(3_000);
        }
        assert.deepEqual(await sizesOf(output), [18]);
        assert.equal(noted.at(-1), undefined);
      }
      assert.deepEqual(events.map(({ type }) => type), ["notFinished"]);
      await clock.advance(10_000);
      await record(recorder, batchOf(numbered(6, 18)));
      assert.deepEqual(await sizesOf(output), [18, 4, 2]);
      assert.deepEqual(finished.map(({ number }) => number), [1, 2]);
    }));
}

Deno.test("Recorder holds the broker back while new files cannot be begun, and loses nothing", () =>
  onBench(async ({ output, clock, events, open }) => {
    const { rotation, finished } = rotating({ rows: 4 });
    using recorder = await open({ formats: THREE, rotation });
    await record(recorder, batchOf(numbered(4)));
    using _ = failWrites(3);
    const commit = record(recorder, batchOf(numbered(3, 4)));
    await turning(clock, commit);
    await commit;
    assert.deepEqual(await sizesOf(output), [4, 3]);
    assert.equal(finished.length, 1);
    assert.deepEqual(events.map(({ type }) => type), ["stalled", "resumed"]);
  }));

Deno.test("Recorder goes on in the same files while the switch cannot be noted", () =>
  onBench(async ({ output, clock, events, open }) => {
    const { rotation, finished } = rotating({ rows: 4 });
    using recorder = await open({ formats: THREE, rotation });
    const { note } = rotation;
    Object.assign(rotation, { note: () => Promise.reject(new Error("Input/output error")) });
    await record(recorder, batchOf(numbered(6)));
    assert.deepEqual(await sizesOf(output), [6]);
    assert.deepEqual(events.map(({ type }) => type), ["notFinished"]);
    Object.assign(rotation, { note });
    await clock.advance(10_000);
    await record(recorder, batchOf(numbered(1, 6)));
    assert.deepEqual([await sizesOf(output), finished.length], [[6, 1], 1]);
  }));

Deno.test("Recorder gives up a switch with the signal, and the next start finishes it", () =>
  onBench(async ({ output, clock, open }) => {
    const { rotation, noted } = rotating({ rows: 4 });
    const stop = new AbortController();
    {
      using recorder = await open({ formats: THREE, rotation, signal: stop.signal });
      await record(recorder, batchOf(numbered(3)));
      const { note } = rotation;
      // It fails once the files have their new names.
      Object.assign(rotation, {
        note: (change: Parameters<typeof note>[0]) =>
          change.switch ? note(change) : Promise.reject(new Error("Input/output error")),
      });
      const commit = record(recorder, batchOf(numbered(3, 3)));
      const refused = assert.rejects(commit, RecordingError);
      await clock.advance(0);
      stop.abort();
      await turning(clock, refused);
      await refused;
    }
    assert.equal(await finishSwitch(output, noted.at(-1)!), true);
    assert.deepEqual(await sizesOf(output), [4, 0]);
  }));

Deno.test("Recorder does not say how many rows a file has that was moved away meanwhile", () =>
  onBench(async ({ output, open }) => {
    const { rotation, finished } = rotating({ rows: 4 });
    using recorder = await open({ formats: ["csv"], rotation });
    await record(recorder, batchOf(numbered(2)));
    await Deno.rename(`${output}.csv`, `${output}.moved`);
    await record(recorder, batchOf(numbered(2, 2)));
    await record(recorder, batchOf(numbered(1, 4)));
    assert.deepEqual(await sizesOf(output, ["csv"]), [2, 1]);
    assert.deepEqual(finished.map(({ rows }) => rows), [undefined]);
  }));

/** What logrotate does to a file, and where its rows are then. */
const LOGROTATE: Readonly<Record<string, (path: string, to: string) => Promise<void>>> = {
  async create(path, to) {
    await Deno.rename(path, to);
    await Deno.writeFile(path, new Uint8Array());
  },
  async copytruncate(path, to) {
    await Deno.copyFile(path, to);
    await Deno.truncate(path);
  },
};

for (const [name, move] of Object.entries(LOGROTATE)) {
  Deno.test(`Recorder with --rotate loses nothing beside logrotate (${name}) between commits, and says so`, () =>
    onBench(async ({ output, events, open }) => {
      const { rotation } = rotating({ rows: 10 });
      using recorder = await open({ formats: THREE, rotation });
      for (let round = 0; round < 6; round++) {
        await record(recorder, batchOf(numbered(4, 4 * round)));
        if (round % 2 === 1) continue;
        for (const one of THREE) await move(`${output}.${one}`, `${output}-${round}.${one}`);
      }
      const said = events.map((event) => event.type === "replaced" && event.begun);
      assert.deepEqual(said, Array(9).fill(true));
      const rows = (await readSet(output, THREE)).flat();
      for (const round of [0, 2, 4]) rows.push(...(await readSet(`${output}-${round}`, THREE))[0]!);
      const texts = rows.map((row) => JSON.parse(row).payload).sort();
      assert.deepEqual(texts, numbered(24).map(({ payload }) => payload.toHex()).sort());
    }));
}

Deno.test("Recorder syncs rows of QoS 0 before it finishes their files", () =>
  onBench(async ({ output, open }) => {
    const { rotation, finished } = rotating({ rows: 4 });
    using recorder = await open({ formats: THREE, rotation });
    using _ = failSyncs(0);
    const qos0 = numbered(9).map((one) => ({ ...one, qos: 0 as const }));
    await record(recorder, batchOf(qos0));
    assert.equal(recorder.unsyncedSince, undefined);
    assert.equal(finished.length, 2);
    assert.deepEqual(await sizesOf(output), [4, 4, 1]);
  }));

Deno.test("Recorder with --rotate of a time rejects with the error of the deliveries", () =>
  onBench(async ({ open }) => {
    const { rotation } = rotating({ periodMs: 3_600_000 });
    using recorder = await open({ formats: THREE, rotation });
    await assert.rejects(
      recorder.record((
        // deno-lint-ignore require-yield
        async function* (): AsyncGenerator<Delivery> {
          await Promise.resolve();
          throw new Error("gone");
        }
      )()),
      /gone/,
    );
  }));
