import assert from "node:assert/strict";
import { OverloadWatch } from "../../lib/gaps/overload_watch.ts";

const at = (s: number) => ({ wall: 1e12 + s * 1_000, monotonic: s * 1_000 });

Deno.test("overload lasts from the first second held back to the first one at ease", () => {
  const watch = new OverloadWatch();
  assert.equal(watch.tick(0.4, at(0), true), undefined);
  assert.equal(watch.tick(0.6, at(1), true), undefined);
  assert.equal(watch.tick(1, at(2), true), undefined);
  // Neither much nor little: it goes on.
  assert.equal(watch.tick(0.3, at(3), true), undefined);
  assert.deepEqual(watch.tick(0.05, at(4), true), at(1));
  assert.equal(watch.tick(0.05, at(5), true), undefined);
});

Deno.test("overload where nothing is at stake is none, and the end ends one", () => {
  const watch = new OverloadWatch();
  assert.equal(watch.tick(1, at(0), false), undefined);
  assert.equal(watch.tick(0, at(1), false), undefined);
  assert.equal(watch.tick(1, at(2), true), undefined);
  assert.deepEqual(watch.end(), at(2));
  assert.equal(watch.end(), undefined);
});
