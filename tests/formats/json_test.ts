import assert from "node:assert/strict";
import { COLUMNS } from "../../lib/formats/fields.ts";
import { json } from "../../lib/formats/json.ts";
import { concat, FAKE_JSON_ROW, fileOf, message, recordOf, rowsOf } from "../support/arbitrary.ts";
import { GOLDEN } from "../support/golden.ts";

const text = (data: Uint8Array) => new TextDecoder().decode(data);
const encoder = new TextEncoder();

Deno.test("json.encode() writes the golden file, byte by byte", async () => {
  const golden = await Deno.readFile(new URL("../testdata/json.golden", import.meta.url));
  assert.equal(text(fileOf(json, GOLDEN)), text(golden));
});

Deno.test("json.encode() writes a row as JSON.stringify does", () => {
  // Without DEL: we escape it, unlike JSON.stringify, because other programs print it to terminals.
  const payload = Array.from({ length: 127 }, (_, i) => String.fromCharCode(i)).join("") +
    "é🌡\u2028";
  const one = message("a/b", payload);
  assert.equal(text(rowsOf(json, [one])), `,\n${JSON.stringify(recordOf(one))}`);
});

Deno.test("json.encode() writes all keys in the same order", () => {
  const rows = JSON.parse(text(fileOf(json, GOLDEN)));
  assert.equal(rows.length, GOLDEN.length);
  for (const row of rows) assert.deepEqual(Object.keys(row), [...COLUMNS]);
});

Deno.test("json.encode() writes one object a line for any payload", () => {
  const lines = text(fileOf(json, GOLDEN)).split("\n");
  assert.equal(lines.length, GOLDEN.length + 3);
  for (const line of lines.slice(1, -2)) JSON.parse(line.replace(/,$/, ""));
});

Deno.test("json.scanEnd() asks for more if the window begins with a line feed and holds no row", () => {
  assert.equal(json.scanEnd(encoder.encode("\nrest of a row"), false), "more");
  assert.equal(json.scanEnd(encoder.encode("\n"), false), "more");
  assert.equal(json.scanEnd(encoder.encode("\n\n\n"), false), "more");
});

Deno.test("json.scanEnd() finds the last row with any bytes after it", () => {
  for (const rest of ["", ",", ",\n", "\n", "\n]", "\n]\n", ',\n{"timest', "\n\0\0\0", "\0\0"]) {
    const window = `"half a row"}\n${FAKE_JSON_ROW}${rest}`;
    const end = window.length - rest.length;
    assert.deepEqual(json.scanEnd(encoder.encode(window), false), { end }, JSON.stringify(rest));
  }
});

Deno.test("json.scanEnd() recognises a row of several megabytes, and one cut off", () => {
  const small = fileOf(json, [message("t", "1")]);
  const large = rowsOf(json, [message("t", '"\\\n{}'.repeat(500_000))]);
  const committed = small.length - json.footer.length;
  const rows = concat(small.subarray(0, committed), large);
  assert.deepEqual(json.scanEnd(rows, true), { end: rows.length });
  for (const cut of [1, 10, 40, 1000, 1_000_000]) {
    const torn = rows.subarray(0, rows.length - cut);
    assert.deepEqual(json.scanEnd(torn, true), { end: committed });
  }
});

Deno.test("json.resaved() recognises our objects in another program's layout, and no file of ours", () => {
  const file = text(fileOf(json, GOLDEN));
  const objects: Record<string, unknown>[] = JSON.parse(file);
  const shapes = [
    JSON.stringify(objects),
    JSON.stringify(objects, null, 2),
    objects.map((each) => JSON.stringify(each)).join("\n"),
    file.replaceAll("\n", "\r\n"),
    `\ufeff${file}`,
    JSON.stringify(objects.map((each) => Object.fromEntries(Object.entries(each).toReversed()))),
  ];
  const resaved = (saved: string) => json.resaved(encoder.encode(saved));
  for (const saved of shapes) assert.equal(resaved(saved), true, saved.slice(0, 40));
  for (let end = 0; end <= file.length; end++) assert.equal(resaved(file.slice(0, end)), false);
  for (const foreign of ["", "[]", '[{"a":1}]', '{"timestamp":"x"}', "[\n\0\0\0"]) {
    assert.equal(resaved(foreign), false);
  }
});
