import assert from "node:assert/strict";
import { finishedSuffix, parseFinished } from "../../lib/files/finished_name.ts";

Deno.test("parseFinished() takes no file of another recording whose name is as long", () => {
  const suffix = finishedSuffix(7, Date.UTC(2026, 10, 24));
  assert.deepEqual(parseFinished("exports/abc", `abc${suffix}.json.gz`), {
    number: 7,
    format: "json",
    compressed: true,
    name: `abc${suffix}.json.gz`,
    base: `abc${suffix}`,
  });
  for (const other of ["xyz", "ab", "abcd", "xabc"]) {
    assert.equal(parseFinished("exports/abc", `${other}${suffix}.json.gz`), undefined, other);
  }
});
