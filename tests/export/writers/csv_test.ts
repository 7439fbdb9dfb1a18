import assert from "node:assert/strict";
import { format } from "../../../lib/export/writers/csv.ts";
import { NASTY_TEXTS } from "../../support/arbitrary.ts";
import { written } from "../../support/export_tables.ts";

Deno.test("the CSV writer spells each kind of value, and leaves absent ones empty", async () => {
  const text = await written(format, [
    ["t", "time", [0, NaN, 1_764_174_900_123]],
    ["n", "number", [21.5, NaN, -0.1]],
    ["i", "integer", [42, NaN, 2 ** 53 - 1]],
    ["b", "boolean", [1, 255, 0]],
    ["s", "text", ["a", undefined, 'b "c", d']],
  ]);
  assert.equal(
    text,
    "t,n,i,b,s\r\n" +
      "1970-01-01T00:00:00.000Z,21.5,42,true,a\r\n" +
      ",,,,\r\n" +
      '2025-11-26T16:35:00.123Z,-0.1,9007199254740991,false,"b ""c"", d"\r\n',
  );
});

Deno.test("the CSV writer's texts come back, whatever is in them, kept encoded or not", async () => {
  const texts = [...NASTY_TEXTS, ...NASTY_TEXTS].map((text) => text.replaceAll("\0", "\ufffd"));
  for (const repeats of [false, true]) {
    const columns = [["n", "integer", texts.map((_, i) => i)], ["s", "text", texts, { repeats }]];
    const text = (await written(format, columns as never)).replace("n,s\r\n", "");
    // By hand, as `@std/csv` makes a line feed of CRLF inside quotes.
    const row = /(\d+),(?:"((?:[^"]|"")*)"|([^"\r\n,]*))\r\n/gy;
    const found = [...text.matchAll(row)].map(([, n, quoted, plain]) => [
      n,
      quoted?.replaceAll('""', '"') ?? plain,
    ]);
    assert.deepEqual(found, texts.map((text, i) => [String(i), text]));
  }
});

Deno.test("the CSV writer makes a file that Excel of a language opens", async () => {
  const columns = [
    ["t", "time", [1_764_174_900_123, 1_764_174_900_000]],
    ["n", "number", [21.5, 1e15]],
    ["b", "boolean", [1, 0]],
    ["=s", "text", ["=1+1", "a; b"]],
  ] as const;
  const options = { timeZone: "Europe/Paris" };
  assert.equal(
    await written(format, columns, { ...options, excel: "fr" }),
    "\ufefft;n;b;'=s\r\n" +
      "2025-11-26 17:35:00,123;21,5;VRAI;'=1+1\r\n" +
      '2025-11-26 17:35:00;\'1000000000000000;FAUX;"a; b"\r\n',
  );
  assert.equal(
    await written(format, columns, { ...options, excel: "en" }),
    "\ufefft,n,b,'=s\r\n" +
      "2025-11-26 17:35:00.123,21.5,TRUE,'=1+1\r\n" +
      '2025-11-26 17:35:00,\'1000000000000000,FALSE,"a; b"\r\n',
  );
});
