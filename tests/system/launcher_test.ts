import assert from "node:assert/strict";
import { launcherEnded, readLauncher } from "../../lib/system/launcher.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A line of /proc/PID/stat, of a group with a name that is hard to read. */
const stat = (terminal: number, front: number) =>
  `17 (a) b:) S 12 17 12 ${terminal} ${front} 4194304 1602`;

const launcher = (value: string | undefined) =>
  readLauncher((name) => name === "MQTTREC_LAUNCHER" ? value : undefined);

Deno.test("readLauncher() knows npm, and who is in front of the terminal", () => {
  assert.deepEqual(launcher(`task::${stat(34817, 17)}`), { npm: undefined, background: false });
  assert.deepEqual(launcher(`task:npx:${stat(34817, 12)}`), { npm: "npx", background: true });
  assert.deepEqual(launcher(`task:start:dev:${stat(0, -1)}`), {
    npm: "start:dev",
    background: false,
  });
});

Deno.test("readLauncher() does not know the front without /proc, and nothing without a task", () => {
  assert.deepEqual(launcher("task:npx:"), { npm: "npx", background: undefined });
  assert.deepEqual(launcher("task::"), { npm: undefined, background: undefined });
  for (const none of [undefined, "", "npx"]) assert.equal(launcher(none), undefined);
});

Deno.test("launcherEnded() notices another parent within a second, and an abort at once", async () => {
  const clock = new FakeClock();
  let parent = 17;
  let ended: boolean | undefined;
  const stop = new AbortController();
  void launcherEnded(clock, stop.signal, () => parent).then((value) => ended = value);
  await clock.advance(5_000);
  assert.equal(ended, undefined);
  parent = 1;
  await clock.advance(1_000);
  assert.equal(ended, true);
  const aborted = launcherEnded(clock, stop.signal, () => parent);
  stop.abort();
  assert.equal(await aborted, false);
  assert.equal(clock.sleeping, 0);
});
