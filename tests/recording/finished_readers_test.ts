/** Finished files open in what people use, without a word about mqttrec. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { startRotation } from "../../lib/commands/start_rotation.ts";
import { finishedFiles } from "../../lib/files/finished_name.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import type { Message } from "../../lib/message/message.ts";
import { Recorder } from "../../lib/recording/recorder.ts";
import {
  arbitraryMessage,
  batchOf,
  bytes,
  message,
  recordOf,
  seeded,
} from "../support/arbitrary.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inFolder, succeeds } from "../support/program.ts";
import { HAS_PYTHON, runPython } from "../support/table_readers.ts";

const SCRIPT = new URL("../support/read_finished.py", import.meta.url).pathname;
const FORMATS = ["csv", "json", "ndjson"] as const;
/** Rows of a file, and of how many. */
const ROWS = 1_000, FILES = 3;
const HAS_JQ = await succeeds("jq", ["--version"]);

/** Sensors as `simulate` has them, then what a device may send, and payloads of 1 MB. */
function messages(): readonly Message[] {
  const random = seeded(18);
  const all = Array.from(
    { length: ROWS * FILES },
    (_, i) =>
      i < ROWS ? message("sensors/co2", (400 + i / 10).toFixed(1)) : arbitraryMessage(random),
  );
  const large = [bytes("x".repeat(1e6)), bytes("😀\n".repeat(2e5)), new Uint8Array(1e6).fill(0xff)];
  for (const [i, payload] of large.entries()) all[ROWS + 500 * i + 7] = message("large", payload);
  return all;
}

async function record(output: string, all: readonly Message[], compress: boolean): Promise<void> {
  const clock = new FakeClock();
  const rotate = { rows: ROWS, bytes: undefined, periodMs: undefined };
  await using lock = await OutputLock.take(output);
  await using rotating = await startRotation({ output, rotate, compress }, lock, clock, () => {});
  const { rotation } = rotating;
  using recorder = await Recorder.open({ output, formats: FORMATS, clock, rotation });
  await recorder.record((async function* () {
    for (let at = 0; at < all.length; at += 300) {
      yield { batch: batchOf(all.slice(at, at + 300)), ack() {} };
    }
    // The files are finished with the message behind them.
    yield { batch: batchOf([message("t", "")]), ack() {} };
  })());
}

function sumOf(all: readonly Message[]): string {
  const digest = createHash("sha256");
  for (const one of all) {
    const { topic, payload, encoding } = recordOf(one);
    for (const text of [topic, payload, encoding]) {
      const data = bytes(String(text));
      digest.update(`${data.length}:`).update(data);
    }
  }
  return digest.digest("hex");
}

for (const compress of [false, true]) {
  Deno.test({
    name: `Finished files${compress ? " of --compress" : ""} open in Python, pandas, DuckDB and jq`,
    ignore: !HAS_PYTHON || !HAS_JQ,
    fn: () =>
      inFolder(async (folder) => {
        const output = `${folder}/r`, all = messages();
        await record(output, all, compress);
        const files = await finishedFiles(output);
        assert.equal(files.length, FILES * FORMATS.length);
        assert.ok(files.every(({ compressed }) => compressed === compress));
        const text = await runPython([SCRIPT, output, compress ? ".gz" : ""]);
        const found = JSON.parse(text) as Record<string, { rows: number[]; sha256: string | null }>;
        const sha256 = sumOf(all);
        for (const [reader, { rows, sha256: sum }] of Object.entries(found)) {
          const perFile = reader.includes("every") ? [all.length] : Array(FILES).fill(ROWS);
          assert.deepEqual(rows, perFile, reader);
          assert.equal(sum ?? sha256, sha256, reader);
        }
        assert.equal(Object.keys(found).length, 17);
      }),
  });
}
