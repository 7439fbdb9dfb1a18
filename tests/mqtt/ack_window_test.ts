import assert from "node:assert/strict";
import { AckWindow } from "../../lib/mqtt/ack_window.ts";

Deno.test("AckWindow.unconfirmed counts acknowledgements until a later PINGREQ is answered", () => {
  const window = new AckWindow(() => 0);
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

Deno.test("AckWindow confirms by a PINGREQ of npm:mqtt too, and passes its answer on", () => {
  const window = new AckWindow(() => 0);
  window.sent(999);
  window.pinged(1, 0);
  window.sent(999);
  assert.equal(window.isDue, false, "nothing to ask yet: 999 were asked about");
  assert.equal(window.answered(), true);
  assert.equal(window.unconfirmed, 999);
});

Deno.test("AckWindow matches answers to PINGREQs in their order", () => {
  const window = new AckWindow(() => 0);
  const order: string[] = [];
  window.sent(1_000);
  window.ask(0, () => order.push("first"));
  window.pinged(2, 0);
  window.sent(1_000);
  window.ask(0, () => order.push("last"));
  assert.deepEqual(Array.from({ length: 4 }, () => window.answered()), [false, true, true, false]);
  assert.deepEqual([window.unconfirmed, order], [0, ["first", "last"]]);
});

Deno.test("AckWindow.takeOver() counts each PINGREQ once, and the broker's answers still confirm", () => {
  const window = new AckWindow(() => 0);
  window.sent(10);
  window.pinged(2, 0);
  assert.equal(window.takeOver(), 2);
  assert.equal(window.takeOver(), 0);
  assert.equal(window.unconfirmed, 10);
  assert.deepEqual([window.answered(), window.answered()], [false, false]);
  assert.equal(window.unconfirmed, 0);
});

Deno.test("AckWindow passes an unexpected PINGRESP on and confirms nothing", () => {
  const window = new AckWindow(() => 0);
  window.sent(3);
  assert.equal(window.answered(), true);
  assert.equal(window.unconfirmed, 3);
});

Deno.test("AckWindow assigns later answers correctly once a lost one is given up", () => {
  let received = 0;
  const window = new AckWindow(() => received);
  window.sent(10);
  window.ask(0, () => assert.fail("it is not answered"));
  assert.equal(window.mayAsk(0), true);
  window.ask(0, () => assert.fail("nor is this"));
  window.pinged(1, 10);
  received = 500;
  assert.equal(window.mayAsk(999), false);
  assert.equal(window.mayAsk(1_000), true);
  window.sent(5);
  window.ask(1_010);
  assert.equal(window.answered(), true, "npm:mqtt waits for any answer");
  assert.equal(window.unconfirmed, 0);
});

Deno.test("AckWindow does not take an answer for a lost one's while few messages came", () => {
  const window = new AckWindow(() => 0);
  const order: string[] = [];
  window.ask(0, () => order.push("first"));
  assert.equal(window.mayAsk(9_000), true);
  window.ask(9_000, () => order.push("second"));
  assert.equal(window.mayAsk(9_999), false);
  window.answered();
  window.answered();
  assert.deepEqual(order, ["first", "second"]);
  window.ask(20_000, () => assert.fail("a broker that answers nothing for so long has lost it"));
  assert.equal(window.mayAsk(30_000), true);
  window.ask(30_000, () => order.push("third"));
  window.answered();
  assert.deepEqual(order.at(-1), "third");
});

Deno.test("AckWindow gives up several lost PINGREQs at once, npm:mqtt's before its own", () => {
  const window = new AckWindow(() => 0);
  window.pinged(1, 0);
  window.ask(5_000, () => assert.fail("it is lost"));
  window.pinged(1, 5_000);
  assert.equal(window.mayAsk(15_001), true);
  assert.equal(window.answered(), true, "npm:mqtt waits for any answer");
});
