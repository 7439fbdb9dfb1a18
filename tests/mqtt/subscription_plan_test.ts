import assert from "node:assert/strict";
import type { QoS } from "../../lib/message/message.ts";
import {
  anyOverlap,
  type Filter,
  identify,
  planSubscriptions,
} from "../../lib/mqtt/subscription_plan.ts";

/** Filters as typed: `a/#:2`; QoS 1 by default. */
function filters(...typed: readonly string[]): Filter[] {
  return typed.map((filter) => {
    const [, topic, qos = "1"] = /^(.*?)(?::([012]))?$/.exec(filter)!;
    return { topic: topic!, qos: Number(qos) as QoS };
  });
}

/** The subscriptions, with `*` after those with an identifier. */
function planned(typed: readonly string[], identifiers = true): string[] {
  const { subscriptions } = planSubscriptions(filters(...typed), identifiers);
  return subscriptions.map(({ topic, identifier }) => identifier ? `${topic} *` : topic);
}

Deno.test("planSubscriptions() leaves out a filter that another one covers with at least its QoS", () => {
  assert.deepEqual(planned(["a/b", "a/#", "a/+/c", "a", "a/#"].slice(0, 4)), ["a/#"]);
  assert.deepEqual(planned(["#", "+/#", "a", "$SYS/#", "$SYS/a"]), ["#", "$SYS/#"]);
  assert.deepEqual(planned(["+/#:2", "#"]), ["+/#"]);
  assert.deepEqual(planned(["a/b:0", "a/#:2"]), ["a/#"]);
  assert.deepEqual(planned(["a/b", "c/d"]), ["a/b", "c/d"]);
});

Deno.test("planSubscriptions() gives identifiers to overlapping filters, highest QoS first", () => {
  assert.deepEqual(planned(["a/#:0", "a/b"]), ["a/b *", "a/# *"]);
  assert.deepEqual(planned(["b", "a/b/#", "a/+/c", "+/b/c:2"]), [
    "+/b/c *",
    "a/+/c *",
    "a/b/# *",
    "b",
  ]);
});

Deno.test("planSubscriptions() gives shared filters neither covers nor identifiers", () => {
  const typed = ["$share/g/a/#", "$share/g/a/b", "a/b"];
  assert.deepEqual(planned(typed), typed);
  assert.deepEqual(planSubscriptions(filters(...typed), true).ambiguous, typed);
  assert.deepEqual(planSubscriptions(filters("$share/g/a", "b"), true).ambiguous, []);
});

Deno.test("planSubscriptions() names the filters whose copies cannot be recognised", () => {
  const typed = ["a/b/#", "a/+/c", "d", "a/b/c"];
  assert.deepEqual(planSubscriptions(filters(...typed), true).ambiguous, []);
  assert.deepEqual(planSubscriptions(filters(...typed), false).ambiguous, ["a/+/c", "a/b/#"]);
  assert.deepEqual(planned(typed, false), ["a/+/c", "a/b/#", "d"]);
});

Deno.test("planSubscriptions() keeps a parent beside `#` for a broker without identifiers", () => {
  // On AWS IoT Core, which has no identifiers, `a/#` does not match `a`.
  assert.deepEqual(planned(["a/#", "a", "a/b"], false), ["a", "a/#"]);
});

Deno.test("planSubscriptions() gives equal sets of filters equal identifiers, others different ones", () => {
  const identifiers = (...typed: string[]) =>
    new Map(
      planSubscriptions(filters(...typed), true).subscriptions.map((s) => [s.topic, s.identifier]),
    );
  const two = identifiers("a/b/#", "a/+/c");
  assert.deepEqual(
    identifiers("x", "a/+/c", "a/b/c", "a/b/#"),
    new Map([...two, ["x", undefined]]),
  );
  // No stored message of these two was matched by a third filter.
  const three = identifiers("a/b/#", "a/+/c", "+/b/c");
  assert.ok([...two.values()].every((number) => ![...three.values()].includes(number)));
  assert.notEqual(identifiers("a/b/#:2", "a/+/c").get("a/+/c"), two.get("a/+/c"));
});

Deno.test("identify() gives unique identifiers within the range of MQTT", () => {
  // Among so many, about 5 share a hash.
  const many = filters(...Array.from({ length: 50_000 }, (_, i) => `${i}/+`));
  const numbers = [...identify(many).values()];
  assert.equal(new Set(numbers).size, many.length);
  assert.ok(numbers.every((number) => number >= 1 && number <= 268_435_455));
});

Deno.test("anyOverlap() ignores shared filters", () => {
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
