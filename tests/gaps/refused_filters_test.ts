import assert from "node:assert/strict";
import { RefusedFilters } from "../../lib/gaps/refused_filters.ts";

const at = (s: number) => ({ wall: 1e12 + s * 1_000, monotonic: s * 1_000 });
const refused = (topic: string, granted?: 0 | 1) => ({
  topic,
  asked: 1 as const,
  granted,
  code: granted ?? 0x87,
});

Deno.test("RefusedFilters keeps a filter from its first refusal until it is granted", () => {
  const filters = new RefusedFilters();
  assert.deepEqual(filters.update([refused("a"), refused("b", 0)], at(1)), []);
  assert.deepEqual(filters.list, [
    { topic: "a", since: at(1), cause: "subscription refused" },
    { topic: "b", since: at(1), cause: "subscription downgraded" },
  ]);
  assert.deepEqual(filters.update([refused("a"), refused("c")], at(2)), [
    { topic: "b", since: at(1), cause: "subscription downgraded" },
  ]);
  assert.deepEqual(filters.end().map(({ topic, since }) => [topic, since]), [
    ["a", at(1)],
    ["c", at(2)],
  ]);
  assert.deepEqual([filters.list, filters.end()], [[], []]);
});
