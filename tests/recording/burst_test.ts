import assert from "node:assert/strict";
import { Burst } from "../../lib/recording/burst.ts";
import { FakeClock } from "../support/fake_clock.ts";

const MB = 1 << 20;

/** Whether it goes on so long after a file was finished. */
async function after(
  ms: number,
  { bytes = 300 * MB, filledMs = 250, waiting = 1, cores = 2 },
): Promise<boolean> {
  const clock = new FakeClock();
  const burst = new Burst(clock, cores);
  assert.equal(burst.goesOn(bytes, filledMs, waiting), false, "nothing is finished yet");
  burst.finished();
  await clock.advance(ms);
  return burst.goesOn(bytes, filledMs, waiting);
}

Deno.test("Burst goes on while large files fill fast, until none is finished for a while", async () => {
  assert.deepEqual([await after(0, {}), await after(999, {}), await after(1_000, {})], [
    true,
    true,
    false,
  ]);
  const slower = { filledMs: 2_500 };
  assert.deepEqual([await after(4_999, slower), await after(5_000, slower)], [true, false]);
});

Deno.test("Burst never goes on with small or slow files, many that wait, or a free core", async () => {
  const cases = [{ bytes: 8 * MB - 1, filledMs: 0 }, { filledMs: 4_000 }, { waiting: 8 }, {
    cores: 3,
  }];
  for (const each of cases) assert.equal(await after(0, each), false, JSON.stringify(each));
});
