import assert from "node:assert/strict";
import { nextTurn } from "../../lib/system/clock.ts";
import { Settler, type Unsynced } from "../../lib/recording/background_sync.ts";

/** Files whose syncs end when they are told to. */
function bench() {
  const syncs: PromiseWithResolvers<void>[] = [];
  const events: Unsynced[] = [];
  const file = { committed: 100 };
  const files = {
    get sizes() {
      return { csv: file.committed };
    },
    settle: () => {
      const sync = Promise.withResolvers<void>();
      syncs.push(sync);
      return sync.promise;
    },
  };
  const settler = new Settler(files, (event) => events.push(event));
  return { syncs, events, file, settler };
}

Deno.test("what is committed is synced at once, and what follows meanwhile by one more sync", async () => {
  const { syncs, file, settler } = bench();
  assert.deepEqual([settler.synced, settler.since], [{ csv: 100 }, undefined]);
  file.committed = 200;
  settler.later(1);
  file.committed = 300;
  settler.later(2);
  settler.later(3);
  assert.deepEqual([syncs.length, settler.since], [1, 1]);
  syncs[0]!.resolve();
  await nextTurn();
  // Only what was committed when the sync began is known to be on the disk.
  assert.deepEqual([syncs.length, settler.synced, settler.since], [2, { csv: 200 }, 2]);
  let settled = false;
  const end = settler.settled().then(() => settled = true);
  await nextTurn();
  assert.equal(settled, false);
  syncs[1]!.resolve();
  await end;
  assert.deepEqual([syncs.length, settler.synced, settler.since], [2, { csv: 300 }, undefined]);
});

Deno.test("a sync that fails is told with the rows it was for, and does not end the syncing", async () => {
  const { syncs, events, file, settler } = bench();
  file.committed = 200;
  settler.later(1);
  settler.later(2);
  const cause = new Error("EIO");
  syncs[0]!.reject(cause);
  await nextTurn();
  assert.deepEqual(events, [{ type: "unsynced", cause, since: 1 }]);
  assert.deepEqual([settler.synced, settler.cause], [{ csv: 100 }, cause]);
  syncs[1]!.resolve();
  await settler.settled();
  assert.deepEqual(settler.synced, { csv: 200 });
});

Deno.test("what was synced in another way meanwhile stays known", async () => {
  const { syncs, file, settler } = bench();
  file.committed = 200;
  settler.later(1);
  file.committed = 300;
  settler.later(2);
  settler.caughtUp();
  assert.deepEqual(settler.synced, { csv: 300 });
  syncs[0]!.resolve();
  await settler.settled();
  assert.deepEqual([syncs.length, settler.synced], [1, { csv: 300 }]);
});
