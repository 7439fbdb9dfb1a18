import assert from "node:assert/strict";
import { format as json } from "../../../lib/export/writers/json.ts";
import { format as ndjson } from "../../../lib/export/writers/ndjson.ts";
import { NASTY_TEXTS } from "../../support/arbitrary.ts";
import { written } from "../../support/export_tables.ts";

const COLUMNS = [
  ["t", "time", [0, NaN]],
  ['a "b"', "number", [21.5, NaN]],
  ["i", "integer", [7, NaN]],
  ["b", "boolean", [1, 255]],
  ["__proto__", "text", ["x\n", undefined]],
] as const;

Deno.test("the NDJSON writer writes an object a line, every key in each", async () => {
  assert.equal(
    await written(ndjson, COLUMNS),
    '{"t":"1970-01-01T00:00:00.000Z","a \\"b\\"":21.5,"i":7,"b":true,"__proto__":"x\\n"}\n' +
      '{"t":null,"a \\"b\\"":null,"i":null,"b":null,"__proto__":null}\n',
  );
});

Deno.test("the JSON writer writes one array, an empty one too", async () => {
  const text = await written(json, COLUMNS);
  assert.equal(text.split("\n").length, 5);
  assert.deepEqual(JSON.parse(text).map((row: { t: string }) => row.t), [
    "1970-01-01T00:00:00.000Z",
    null,
  ]);
  assert.deepEqual(JSON.parse(await written(json, [["t", "time", []]])), []);
});

Deno.test("the JSON writers' texts come back, whatever is in them", async () => {
  const texts = [...NASTY_TEXTS, "\ud800"];
  for (const repeats of [false, true]) {
    const rows: { s: string }[] = JSON.parse(
      await written(json, [["s", "text", texts, { repeats }]]),
    );
    assert.deepEqual(rows.map(({ s }) => s), texts);
  }
});
