import assert from "node:assert/strict";
import { FORMATS, FORMATS_WITH_PROPERTIES } from "../../lib/formats/mod.ts";
import { arbitraryMessage, bytes, fileOf, message, seeded } from "../support/arbitrary.ts";
import { GOLDEN } from "../support/golden.ts";
import { arbitraryWithProperties } from "../support/with_properties.ts";

const { csv } = FORMATS;
const csvWithProperties = FORMATS_WITH_PROPERTIES.csv;
const text = (file: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(file);
const resaved = (file: Uint8Array) => csv.resaved(file, file);

const ROWS = ["21.5", 'run, "q"', "a;b", '{"a":1}', "x"].map((payload) => message("t/u", payload));
const FILE = text(fileOf(csv, ROWS));

const SHAPES: Readonly<Record<string, (file: string) => string>> = {
  "TRUE for true (LibreOffice, Excel)": (file) => file.replaceAll("false", "FALSE"),
  "FAUX for false": (file) => file.replaceAll("false", "FAUX"),
  "False for false (pandas)": (file) => file.replaceAll("false", "False"),
  "another separator": (file) => file.replaceAll(",", ";"),
  "tabs": (file) => file.replaceAll(",", "\t"),
  "a BOM": (file) => `\ufeff${file}`,
  "other line ends": (file) => file.replaceAll("\r\n", "\n"),
  "quotes around every text": (file) =>
    file.replace(/(\S+?Z),t\/u,21.5,utf-8/g, '"$1","t/u","21.5","utf-8"'),
  "quotes around the header too": (file) =>
    file.replace(/timestamp.*dup/, '"timestamp","topic","payload","encoding","qos","retain","dup"'),
  "quotes dropped": (file) => file.replaceAll('"{""a"":1}"', '{"a":1}'),
  "a column more": (file) => file.replaceAll("\r\n", ",\r\n"),
  "a column more, named": (file) => file.replace("dup\r\n", "dup,note\r\n"),
  "another form of time": (file) =>
    file.replace(/(\d{4})-(\d\d)-(\d\d)T(\S+?)\.\d{3}Z/g, "$3/$2/$1 $4"),
  "seconds without fractions": (file) => file.replace(/\.\d{3}Z/g, "Z"),
};

for (const [shape, save] of Object.entries(SHAPES)) {
  Deno.test(`csv.resaved() recognises a recording saved with ${shape}`, () => {
    assert.notEqual(save(FILE), FILE);
    assert.equal(resaved(bytes(save(FILE))), true);
    assert.equal(resaved(bytes(FILE)), false);
  });
}

Deno.test("csv.resaved() recognises the Unicode text of Excel, in either byte order", () => {
  const units = Uint16Array.from(`\ufeff${FILE.replaceAll(",", "\t")}`, (c) => c.charCodeAt(0));
  const little = new Uint8Array(units.buffer);
  const big = little.map((_, i) => little[i ^ 1]!);
  for (const file of [little, big]) assert.equal(csv.resaved(file, file), true);
});

Deno.test("csv.resaved() takes no recording of ours for one, whatever payloads hold", () => {
  const random = seeded(5);
  const rows = Object.values(SHAPES).map((save) => save(FILE));
  const payloads = [...rows, ...rows.map((row) => row.split("\n").slice(1).join("\n"))];
  const nasty = payloads.map((payload) => message("t", payload));
  const files = [GOLDEN, nasty, ...nasty.map((one) => [one]), []];
  for (let i = 0; i < 300; i++) {
    files.push(Array.from({ length: 5 }, () => arbitraryMessage(random)));
  }
  for (const messages of files) {
    const file = fileOf(csv, messages);
    assert.equal(resaved(file), false, text(file));
    // Its end is torn, or begins anywhere.
    for (let k = 0; k < 20; k++) {
      assert.equal(csv.resaved(file, file.subarray(random(file.length))), false);
      const torn = file.subarray(0, random(file.length));
      assert.equal(csv.resaved(torn, torn), false, text(torn));
    }
  }
});

Deno.test("csv.resaved() takes no file of ours with properties for one, in either format", () => {
  const random = seeded(6);
  for (let i = 0; i < 100; i++) {
    const file = fileOf(
      csvWithProperties,
      Array.from({ length: 5 }, () => arbitraryWithProperties(random)),
    );
    assert.equal(csvWithProperties.resaved(file, file), false, text(file));
    assert.equal(csv.resaved(file, file), false, text(file));
  }
  assert.equal(csvWithProperties.resaved(bytes(FILE), bytes(FILE)), false);
});

Deno.test("csv.resaved() does not take any other file for a recording", () => {
  for (
    const other of [
      "",
      "a,b\r\n1,2\r\n",
      "from,to,seconds\n",
      "timestamp,value\n1,2\n",
      "x".repeat(9),
    ]
  ) {
    assert.equal(resaved(bytes(other)), false, other);
  }
});
