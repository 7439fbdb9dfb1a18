import assert from "node:assert/strict";
import { Fifo } from "../../lib/embedded_broker/fifo.ts";
import { seeded } from "../support/arbitrary.ts";

Deno.test("Fifo gives back everything in order, however many it holds", () => {
  const random = seeded(1);
  const fifo = new Fifo<number>();
  let pushed = 0, taken = 0;
  for (let turn = 0; turn < 200; turn++) {
    for (let i = random(100); i > 0; i--) fifo.push(pushed++);
    for (let i = random(90); i > 0 && taken < pushed; i--) {
      assert.equal(fifo.first, taken);
      assert.equal(fifo.shift(), taken++);
    }
    assert.equal(fifo.size, pushed - taken);
  }
  assert.deepEqual(fifo.takeAll(), Array.from({ length: pushed - taken }, (_, i) => taken + i));
  assert.deepEqual([fifo.size, fifo.first, fifo.shift()], [0, undefined, undefined]);
});
