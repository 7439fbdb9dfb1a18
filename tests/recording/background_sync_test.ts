import assert from "node:assert/strict";
import { nextTurn } from "../../lib/system/clock.ts";
import { BackgroundSync } from "../../lib/recording/background_sync.ts";
import type { Unsynced } from "../../lib/recording/recorder_events.ts";

/** A `BackgroundSync` over files whose syncs the test resolves. */
function setUp() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const events: Unsynced[] = [];
  const file = { committed: 100 };
  const files = {
    get sizes() {
      return { csv: file.committed };
    },
    syncInBackground: () => {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
  };
  const backgroundSync = new BackgroundSync(files, (event) => events.push(event));
  return { syncs, events, file, backgroundSync };
}

Deno.test("BackgroundSync.schedule() syncs at once, and once more for all later commits", async () => {
  const { syncs, file, backgroundSync } = setUp();
  assert.deepEqual([backgroundSync.synced, backgroundSync.since], [{ csv: 100 }, undefined]);
  file.committed = 200;
  backgroundSync.schedule(1);
  file.committed = 300;
  backgroundSync.schedule(2);
  backgroundSync.schedule(3);
  assert.deepEqual([syncs.length, backgroundSync.since], [1, 1]);
  syncs[0]!.resolve();
  await nextTurn();
  // Only rows committed before the sync began are known to be on disk.
  assert.deepEqual([syncs.length, backgroundSync.synced, backgroundSync.since], [
    2,
    { csv: 200 },
    2,
  ]);
  let idle = false;
  const end = backgroundSync.idle().then(() => idle = true);
  await nextTurn();
  assert.equal(idle, false);
  syncs[1]!.resolve();
  await end;
  assert.deepEqual([syncs.length, backgroundSync.synced, backgroundSync.since], [
    2,
    { csv: 300 },
    undefined,
  ]);
});

Deno.test("BackgroundSync emits an event for a failed sync and continues", async () => {
  const { syncs, events, file, backgroundSync } = setUp();
  file.committed = 200;
  backgroundSync.schedule(1);
  backgroundSync.schedule(2);
  const cause = new Error("EIO");
  syncs[0]!.reject(cause);
  await nextTurn();
  assert.deepEqual(events, [{ type: "unsynced", cause, since: 1 }]);
  assert.deepEqual([backgroundSync.synced, backgroundSync.cause], [{ csv: 100 }, cause]);
  syncs[1]!.resolve();
  await backgroundSync.idle();
  assert.deepEqual(backgroundSync.synced, { csv: 200 });
});

Deno.test("BackgroundSync.markSynced() keeps sizes that a commit synced meanwhile", async () => {
  const { syncs, file, backgroundSync } = setUp();
  file.committed = 200;
  backgroundSync.schedule(1);
  file.committed = 300;
  backgroundSync.schedule(2);
  backgroundSync.markSynced();
  assert.deepEqual(backgroundSync.synced, { csv: 300 });
  syncs[0]!.resolve();
  await backgroundSync.idle();
  assert.deepEqual([syncs.length, backgroundSync.synced], [1, { csv: 300 }]);
});
