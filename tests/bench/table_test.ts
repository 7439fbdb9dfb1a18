import assert from "node:assert/strict";
import { markdown, plain, text } from "./table.ts";

Deno.test("text() shows counts in full and measurements with three digits", () => {
  assert.equal(text(20_000_001), "20,000,001");
  assert.equal(text(1_234_567.8), "1,230,000");
  assert.equal(text(0.012345), "0.0123");
  assert.equal(text(NaN), "–");
});

Deno.test("text() shows the range of several rounds", () => {
  assert.equal(text({ median: 2.5, min: 1.25, max: 3 }), "2.5 (1.25–3)");
  assert.equal(text({ median: 2.5, min: 2.5, max: 2.5 }), "2.5");
});

Deno.test("plain() pads a table for a terminal; markdown() escapes it", () => {
  const table = { columns: ["a|b", "n"], rows: [["long name", 1], ["x", 10]] };
  assert.equal(plain(table), "a|b         n\nlong name   1\nx          10");
  assert.equal(
    markdown(table),
    "| a\\|b | n |\n| --- | ---: |\n| long name | 1 |\n| x | 10 |\n",
  );
});
