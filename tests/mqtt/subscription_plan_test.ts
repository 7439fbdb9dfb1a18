import assert from "node:assert/strict";
import type { QoS } from "../../lib/message/message.ts";
import {
  anyOverlap,
  type Filter,
  identify,
  planSubscriptions,
} from "../../lib/mqtt/subscription_plan.ts";

/** Filters as they are typed: `a/#:2`, QoS 1 where none is given. */
function filters(...typed: readonly string[]): Filter[] {
  return typed.map((filter) => {
    const [, topic, qos = "1"] = /^(.*?)(?::([012]))?$/.exec(filter)!;
    return { topic: topic!, qos: Number(qos) as QoS };
  });
}

/** What is subscribed to, `*` behind those with an identifier. */
function planned(typed: readonly string[], identifiers = true): string[] {
  const { subscriptions } = planSubscriptions(filters(...typed), identifiers);
  return subscriptions.map(({ topic, identifier }) => identifier ? `${topic} *` : topic);
}

Deno.test("planSubscriptions() leaves out what another filter covers with at least its QoS", () => {
  assert.deepEqual(planned(["a/b", "a/#", "a/+/c", "a", "a/#"].slice(0, 4)), ["a/#"]);
  assert.deepEqual(planned(["#", "+/#", "a", "$SYS/#", "$SYS/a"]), ["#", "$SYS/#"]);
  assert.deepEqual(planned(["+/#:2", "#"]), ["+/#"]);
  assert.deepEqual(planned(["a/b:0", "a/#:2"]), ["a/#"]);
  assert.deepEqual(planned(["a/b", "c/d"]), ["a/b", "c/d"]);
});

Deno.test("planSubscriptions() gives identifiers to those that overlap, the highest QoS first", () => {
  assert.deepEqual(planned(["a/#:0", "a/b"]), ["a/b *", "a/# *"]);
  assert.deepEqual(planned(["b", "a/b/#", "a/+/c", "+/b/c:2"]), [
    "+/b/c *",
    "a/+/c *",
    "a/b/# *",
    "b",
  ]);
});

Deno.test("planSubscriptions() lets shared filters neither cover nor be covered, nor be told apart", () => {
  const typed = ["$share/g/a/#", "$share/g/a/b", "a/b"];
  assert.deepEqual(planned(typed), typed);
  assert.deepEqual(planSubscriptions(filters(...typed), true).ambiguous, typed);
  assert.deepEqual(planSubscriptions(filters("$share/g/a", "b"), true).ambiguous, []);
});

Deno.test("planSubscriptions() names the filters whose copies cannot be told apart", () => {
  const typed = ["a/b/#", "a/+/c", "d", "a/b/c"];
  assert.deepEqual(planSubscriptions(filters(...typed), true).ambiguous, []);
  assert.deepEqual(planSubscriptions(filters(...typed), false).ambiguous, ["a/+/c", "a/b/#"]);
  assert.deepEqual(planned(typed, false), ["a/+/c", "a/b/#", "d"]);
});

Deno.test("planSubscriptions() keeps a parent beside `#` where the broker has no identifiers", () => {
  // Such a broker is AWS IoT Core, whose `a/#` does not match `a`.
  assert.deepEqual(planned(["a/#", "a", "a/b"], false), ["a", "a/#"]);
});

Deno.test("planSubscriptions() gives the same filters the same identifiers, others other ones", () => {
  const identifiers = (...typed: string[]) =>
    new Map(
      planSubscriptions(filters(...typed), true).subscriptions.map((s) => [s.topic, s.identifier]),
    );
  const two = identifiers("a/b/#", "a/+/c");
  assert.deepEqual(
    identifiers("x", "a/+/c", "a/b/c", "a/b/#"),
    new Map([...two, ["x", undefined]]),
  );
  // What a session has stored of these two was never matched by a third.
  const three = identifiers("a/b/#", "a/+/c", "+/b/c");
  assert.ok([...two.values()].every((number) => ![...three.values()].includes(number)));
  assert.notEqual(identifiers("a/b/#:2", "a/+/c").get("a/+/c"), two.get("a/+/c"));
});

Deno.test("identify() gives no identifier twice, and none that MQTT does not have", () => {
  // Of so many, some 5 have the hash of another.
  const many = filters(...Array.from({ length: 50_000 }, (_, i) => `${i}/+`));
  const numbers = [...identify(many).values()];
  assert.equal(new Set(numbers).size, many.length);
  assert.ok(numbers.every((number) => number >= 1 && number <= 268_435_455));
});

Deno.test("anyOverlap() is asked of all filters but shared ones", () => {
  assert.deepEqual(
    [["a/#", "a/b"], ["a", "b"], ["$share/g/a", "a"], ["#", "$SYS/a"]].map(anyOverlap),
    [
      true,
      false,
      false,
      false,
    ],
  );
});
