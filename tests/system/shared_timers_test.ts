import assert from "node:assert/strict";
import { wakeIn } from "../../lib/system/shared_timers.ts";

Deno.test("wakeIn() wakes every sleeper that is due and no cancelled one", async () => {
  const woken: number[] = [];
  const last = Promise.withResolvers<void>();
  const cancel = Array.from({ length: 100 }, (_, i) => wakeIn(5, () => woken.push(i)));
  for (let i = 0; i < 100; i += 2) cancel[i]!();
  wakeIn(8, last.resolve);
  await last.promise;
  assert.deepEqual(woken, Array.from({ length: 50 }, (_, i) => i * 2 + 1));
  // Cancelling too late does nothing.
  for (const late of cancel) late();
});

Deno.test("wakeIn() leaves no timer when all sleepers are cancelled", () => {
  for (const ms of [0, 1, 60_000, 2 ** 31 + 5]) {
    const cancel = [1, 2, 3].map(() => wakeIn(ms, () => assert.fail("woken")));
    for (const each of cancel) each();
  }
});
