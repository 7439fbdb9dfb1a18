/** Tests rows with properties: writing, reading, torn files, and other readers. */

import assert from "node:assert/strict";
import { parse } from "@std/csv/parse";
import { Batch } from "../../lib/message/batch.ts";
import { PROPERTIES } from "../../lib/formats/fields.ts";
import { FORMATS_WITH_PROPERTIES } from "../../lib/formats/mod.ts";
import { CUT_OFF } from "../../lib/formats/read_fields.ts";
import {
  arbitraryMessage,
  fileOf,
  message,
  recordOf,
  rowsOf,
  seeded,
} from "../support/arbitrary.ts";
import {
  arbitraryWithProperties,
  BOTH_WITH_PROPERTIES,
  packed,
  property,
  recordedOf,
  recordWithPropertiesOf,
} from "../support/with_properties.ts";
import { pythonReads, readByPython } from "../support/python.ts";

const random = seeded(27);
const MESSAGES = Array.from({ length: 2000 }, () => arbitraryWithProperties(random));
const text = (data: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
const TEXTS = MESSAGES.map((one) => [
  ...Object.values(recordOf(one)).map(String),
  one.propertiesText ?? "",
]);

Deno.test("encode() writes the golden files with properties, byte by byte", async () => {
  const properties = packed(
    property(0x03, 'text/plain; name="°C, now"'),
    [0x02, 0, 0, 14, 16],
    property(0x26, "unit", "°C"),
    property(0x26, "line\nend", '"\\,;'),
  );
  const messages = [
    { ...message("a/plain", "21.5"), propertiesText: recordedOf(properties) },
    message("a/none", 'with "quotes"'),
    { ...message("a/bytes", Uint8Array.of(0xff)), propertiesText: '{"payloadFormatIndicator":0}' },
  ];
  for (const format of BOTH_WITH_PROPERTIES) {
    const path = `../testdata/properties.${format.extension}.golden`;
    const golden = await Deno.readFile(new URL(path, import.meta.url));
    assert.equal(text(fileOf(format, messages)), text(golden));
  }
});

Deno.test("@std/csv reads any properties back, but CRLF in payloads as LF", () => {
  const rows = parse(text(fileOf(FORMATS_WITH_PROPERTIES.csv, MESSAGES)));
  assert.deepEqual(rows[0]!.at(-1), PROPERTIES);
  assert.deepEqual(
    rows.slice(1),
    TEXTS.map((row) => row.map((field) => field.replaceAll("\r\n", "\n"))),
  );
});

Deno.test("JSON.parse reads any properties back, one object a line", () => {
  const file = text(fileOf(FORMATS_WITH_PROPERTIES.json, MESSAGES));
  assert.deepEqual(JSON.parse(file), MESSAGES.map(recordWithPropertiesOf));
  assert.equal(file.split("\n").length, MESSAGES.length + 3);
});

const SAME =
  `assert all(json.loads(row[7] or "{}") == one["properties"] for row, one in zip(rows[1:], objects))`;

Deno.test({
  name: "Python's csv and json read any properties back",
  ignore: !(await pythonReads()),
  async fn() {
    const read = await readByPython(FORMATS_WITH_PROPERTIES, MESSAGES, SAME);
    assert.deepEqual(read.csv.slice(1), TEXTS);
    assert.deepEqual(read.json, MESSAGES.map(recordWithPropertiesOf));
  },
});

for (const format of BOTH_WITH_PROPERTIES) {
  const { extension } = format;

  Deno.test(`${extension}.readRow() reads back a row with properties`, () => {
    const rows = rowsOf(format, MESSAGES);
    const batch = new Batch();
    for (let at = 0; at < rows.length;) {
      at = format.readRow(rows, at, false, batch);
      assert.ok(at > 0);
    }
    assert.deepEqual([...batch], MESSAGES);
  });

  Deno.test(`${extension}.readRow() returns CUT_OFF for a row with properties cut anywhere`, () => {
    for (const one of MESSAGES.slice(0, 60)) {
      const row = rowsOf(format, [one]);
      for (let length = 1; length < row.length; length++) {
        const batch = new Batch();
        assert.equal(format.readRow(row.subarray(0, length), 0, false, batch), CUT_OFF);
        assert.equal(batch.count, 0);
      }
    }
  });

  Deno.test(`${extension}.readRow() reads no row with properties that encode() would not write`, () => {
    for (const one of MESSAGES.slice(0, 400)) {
      const row = rowsOf(format, [one]);
      const changed = row.with(random(row.length), random(256));
      const batch = new Batch();
      const end = format.readRow(changed, 0, false, batch);
      if (end === changed.length) assert.deepEqual(rowsOf(format, batch), changed);
    }
  });

  Deno.test(`${extension}.scanEnd() finds the last whole row with properties in a file torn at any byte`, () => {
    for (let round = 0; round < 12; round++) {
      const messages = Array.from({ length: 4 }, () => arbitraryWithProperties(random));
      const file = fileOf(format, messages);
      let end = format.header.length;
      const ends = messages.map((one, i) =>
        end += rowsOf(format, [one]).length - (i === 0 ? format.separatorLength : 0)
      );
      const rows = file.length - format.footer.length;
      for (let size = ends[2]!; size <= rows; size++) {
        const scan = format.scanEnd(file.subarray(0, size), true);
        assert.ok(typeof scan === "object");
        assert.equal(scan.end, size === rows ? ends[3] : ends[2], text(file.subarray(0, size)));
      }
    }
  });
}

Deno.test("json.scanEnd() recognises a row with megabytes of properties, and one cut off", () => {
  const { json } = FORMATS_WITH_PROPERTIES;
  const pairs = Array.from({ length: 60_000 }, (_, i) => [`name ${i}`, "}}"]);
  const propertiesText = JSON.stringify({ userProperties: pairs });
  const rows = [message("t", "1"), { ...message("t", "2"), propertiesText }];
  const file = fileOf(json, rows);
  const end = file.length - json.footer.length;
  assert.deepEqual(json.scanEnd(file.subarray(0, end), true), { end });
  const committed = fileOf(json, rows.slice(0, 1)).length - json.footer.length;
  for (const cut of [1, 2, 5, 6, 100]) {
    assert.deepEqual(json.scanEnd(file.subarray(0, end - cut), true), { end: committed });
  }
});

Deno.test("csv.scanEnd() gives no wrong answer for any window into rows with properties", () => {
  const { csv } = FORMATS_WITH_PROPERTIES;
  const messages = Array.from(
    { length: 300 },
    () => random(2) ? arbitraryWithProperties(random) : arbitraryMessage(random),
  );
  const file = fileOf(csv, messages);
  for (let from = 1; from < file.length; from += 1 + random(40)) {
    const scan = csv.scanEnd(file.subarray(from), false);
    assert.notEqual(scan, "foreign");
    if (typeof scan === "object" && scan.ambiguity === undefined) {
      assert.equal(from + scan.end, file.length);
    }
  }
});
