import assert from "node:assert/strict";
import { Condition } from "../../lib/system/condition.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("Condition.wait() resolves at the next notify(), and not at the previous one", async () => {
  const condition = new Condition();
  condition.notify();
  let woken = 0;
  const waits = [1, 2].map(() => condition.wait().then(() => woken++));
  await Promise.resolve();
  assert.equal(woken, 0);
  condition.notify();
  await Promise.all(waits);
  assert.equal(woken, 2);
});

Deno.test("Condition.until() resolves once the condition holds, not at any notify()", async () => {
  const condition = new Condition();
  const clock = new FakeClock();
  let holds = false, over = false;
  const until = condition.until(() => holds, 1_000, clock).then(() => over = true);
  condition.notify();
  await clock.advance(0);
  assert.equal(over, false);
  holds = true;
  condition.notify();
  await until;
});

Deno.test("Condition.until() gives up after its time", async () => {
  const condition = new Condition();
  const clock = new FakeClock();
  let over = false;
  const until = condition.until(() => false, 1_000, clock).then(() => over = true);
  await clock.advance(999);
  assert.equal(over, false);
  await clock.advance(1);
  await until;
});
