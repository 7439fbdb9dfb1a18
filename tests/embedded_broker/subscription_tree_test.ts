import assert from "node:assert/strict";
import {
  type Subscription,
  SubscriptionTree,
} from "../../lib/embedded_broker/subscription_tree.ts";
import { matches } from "../../lib/message/topic.ts";
import { seeded } from "../support/arbitrary.ts";

function subscription(client: string, filter: string): Subscription<string> {
  const flags = { noLocal: false, retainAsPublished: false };
  return { client, filter, qos: 1, identifier: undefined, ...flags };
}

const everybody = () => true;

Deno.test("SubscriptionTree.matching() agrees with matches(), whatever was added and removed", () => {
  const random = seeded(7);
  const words = ["a", "b", "", "$x"];
  const topic = (also: readonly string[]) =>
    Array.from({ length: 1 + random(4) }, () => {
      const all = [...words, ...also];
      return all[random(all.length)]!;
    }).join("/");
  const tree = new SubscriptionTree<string>();
  const filters = new Set<string>();
  for (let i = 0; i < 2_000; i++) {
    const filter = topic(["+"]) + (random(3) === 0 ? "/#" : "");
    if (random(3) > 0) assert.equal(tree.add(subscription("c", filter)), !filters.has(filter));
    else assert.equal(tree.remove("c", filter), filters.delete(filter));
    if (tree.remove("c", filter)) {
      tree.add(subscription("c", filter));
      filters.add(filter);
    }
    const name = topic([]);
    const found = tree.matching(name, everybody).map(({ filter }) => filter).sort();
    assert.deepEqual(found, [...filters].filter((each) => matches(each, name)).sort(), name);
  }
  assert.ok(filters.size > 50);
});

Deno.test("SubscriptionTree.matching() gives a share to one member in turn, to those who are there first", () => {
  const tree = new SubscriptionTree<string>();
  for (const client of ["one", "two", "three"]) tree.add(subscription(client, "$share/g/a/#"));
  tree.add(subscription("alone", "a/b"));
  const next = (isThere: (client: string) => boolean) =>
    tree.matching("a/b", isThere).map(({ client }) => client).sort();
  assert.deepEqual([1, 2, 3, 4].map(() => next(everybody)), [
    ["alone", "one"],
    ["alone", "two"],
    ["alone", "three"],
    ["alone", "one"],
  ]);
  assert.deepEqual(next((client) => client === "one"), ["alone", "one"]);
  assert.deepEqual(next(() => false), ["alone", "two"]);
  for (const client of ["one", "two", "three"]) tree.remove(client, "$share/g/a/#");
  assert.deepEqual(next(everybody), ["alone"]);
});
