/** Waits for a condition in real time, and fails instead of never ending. */

import assert from "node:assert/strict";

/** Polls `isDone`: packets come through a socket, files from another program. */
export async function until(
  isDone: () => boolean | Promise<boolean>,
  { everyMs = 1, turns = 5_000 } = {},
): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    if (await isDone()) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  assert.ok(await isDone(), `in vain: ${isDone}`);
}
