import assert from "node:assert/strict";
import { AckWindow } from "../../lib/mqtt/ack_window.ts";

Deno.test("acknowledgements are unconfirmed until a PINGREQ behind them is answered", () => {
  const window = new AckWindow();
  window.sent(400);
  assert.equal(window.isDue, false);
  window.sent(600);
  assert.equal(window.isDue, true);
  window.ask(0);
  window.sent(5);
  assert.deepEqual([window.isDue, window.unconfirmed], [false, 1_005]);
  assert.equal(window.answered(), false, "an answer to our own question is not passed on");
  assert.equal(window.unconfirmed, 5);
});

Deno.test("a PINGREQ of npm:mqtt asks as well, and its answer is passed on", () => {
  const window = new AckWindow();
  window.sent(999);
  window.pinged(1, 0);
  window.sent(999);
  assert.equal(window.isDue, false, "nothing to ask yet: 999 were asked about");
  assert.equal(window.answered(), true);
  assert.equal(window.unconfirmed, 999);
});

Deno.test("answers belong to the questions in their order", () => {
  const window = new AckWindow();
  const order: string[] = [];
  window.sent(1_000);
  window.ask(0, () => order.push("first"));
  window.pinged(2, 0);
  window.sent(1_000);
  window.ask(0, () => order.push("last"));
  assert.deepEqual(Array.from({ length: 4 }, () => window.answered()), [false, true, true, false]);
  assert.deepEqual([window.unconfirmed, order], [0, ["first", "last"]]);
});

Deno.test("PINGREQs answered in the broker's place are counted once; its own answers confirm", () => {
  const window = new AckWindow();
  window.sent(10);
  window.pinged(2, 0);
  assert.equal(window.takeOver(), 2);
  assert.equal(window.takeOver(), 0);
  assert.equal(window.unconfirmed, 10);
  assert.deepEqual([window.answered(), window.answered()], [false, false]);
  assert.equal(window.unconfirmed, 0);
});

Deno.test("an answer that nobody asked for is passed on and confirms nothing", () => {
  const window = new AckWindow();
  window.sent(3);
  assert.equal(window.answered(), true);
  assert.equal(window.unconfirmed, 3);
});

Deno.test("an answer that was lost shifts no others", () => {
  const window = new AckWindow();
  window.sent(10);
  window.ask(0, () => assert.fail("it is not answered"));
  window.pinged(1, 10);
  assert.equal(window.mayAsk(999), false);
  assert.equal(window.mayAsk(1_000), true);
  window.sent(5);
  window.ask(1_010);
  assert.equal(window.answered(), true, "npm:mqtt waits for any answer");
  assert.equal(window.unconfirmed, 0);
});
