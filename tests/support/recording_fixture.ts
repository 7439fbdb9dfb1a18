/** Runs a recorder in a new folder with a fake clock. */

import assert from "node:assert/strict";
import type { Batch } from "../../lib/message/batch.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { Recorder, type RecorderOptions } from "../../lib/recording/recorder.ts";
import type { RecorderEvent } from "../../lib/recording/recorder_events.ts";
import { fileOf } from "./arbitrary.ts";
import { FakeClock } from "./fake_clock.ts";
import { until } from "./until.ts";

interface Bench {
  readonly output: string;
  readonly clock: FakeClock;
  readonly events: RecorderEvent[];
  open(options?: Partial<RecorderOptions>): Promise<Recorder>;
}

/** Runs `body` in a new folder, removed afterwards. */
export async function onBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const clock = new FakeClock();
  const events: RecorderEvent[] = [];
  const output = `${folder}/r`;
  try {
    await body({
      output,
      clock,
      events,
      open: (options) =>
        Recorder.open(
          { output, formats: ["csv", "json"], clock, ...options },
          (event) => events.push(event),
        ),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.equal(clock.sleeping, 0);
}

/** Advances the clock until `done` settles; fails where that is in vain. */
export async function turning(clock: FakeClock, done: Promise<unknown>): Promise<void> {
  let settled = false;
  const end = () => void (settled = true);
  done.then(end, end);
  await until(async () => {
    if (!settled) await clock.advance(1000);
    return settled;
  }, { everyMs: 0, turns: 10_000 });
}

/** Records one batch: resolves when it is in every file and on disk. */
export async function record(recorder: Recorder, batch: Batch): Promise<void> {
  async function* delivery() {
    yield { batch, ack() {} };
  }
  await recorder.record(delivery());
}

/** Asserts that both files hold exactly these messages. */
export async function assertFiles(
  output: string,
  csv: readonly Message[],
  json = csv,
): Promise<void> {
  assert.deepEqual(await Deno.readFile(`${output}.csv`), fileOf(FORMATS.csv, csv));
  assert.deepEqual(await Deno.readFile(`${output}.json`), fileOf(FORMATS.json, json));
}
