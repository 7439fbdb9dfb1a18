import assert from "node:assert/strict";
import { stringify } from "@std/csv/stringify";
import { csv } from "../../lib/formats/csv.ts";
import { COLUMNS } from "../../lib/formats/fields.ts";
import { bytes, fileOf, message, recordOf, rowsOf } from "../support/arbitrary.ts";
import { GOLDEN } from "../support/golden.ts";

const text = (data: Uint8Array) => new TextDecoder().decode(data);
const row = (topic: string, payload: string | Uint8Array) =>
  text(rowsOf(csv, [message(topic, payload)]));

Deno.test("csv.encode() writes the golden file, byte by byte", async () => {
  const golden = await Deno.readFile(new URL("../testdata/csv.golden", import.meta.url));
  assert.equal(text(fileOf(csv, GOLDEN)), text(golden));
});

Deno.test("csv.encode() writes a plain row as @std/csv does", () => {
  const plain = message("home/kitchen", "21.5");
  assert.equal(
    text(fileOf(csv, [plain])),
    stringify([recordOf(plain)], { columns: [...COLUMNS] }),
  );
});

Deno.test("csv.encode() quotes fields that a reader could split or guess a separator from", () => {
  for (const part of [",", '"', "\r", "\n", ";", "|", "\t", "\x01", "\x7f", "\u0085", "\u2028"]) {
    const quoted = `"a${part.replaceAll('"', '""')}b"`;
    assert.equal(
      row(`a${part}b`, `a${part}b`),
      `2026-11-23T10:00:00.123Z,${quoted},${quoted},utf-8,1,false,false\r\n`,
    );
  }
});

Deno.test("csv.encode() leaves other fields unquoted", () => {
  for (const part of ["", "é", "\ufeffx", "=1+1", "🌡", "\u0084", "\u2027", "a b"]) {
    assert.equal(row("t", part), `2026-11-23T10:00:00.123Z,t,${part},utf-8,1,false,false\r\n`);
  }
});

Deno.test("csv.encode() writes a payload that is not UTF-8 in base64 and marks it", () => {
  assert.equal(
    row("t", Uint8Array.of(0xff, 0, 1)),
    "2026-11-23T10:00:00.123Z,t,/wAB,base64,1,false,false\r\n",
  );
});

Deno.test("a payload with a NUL is written in base64, since readers cut or refuse such text", () => {
  assert.equal(row("t", "23.7\0"), "2026-11-23T10:00:00.123Z,t,MjMuNwA=,base64,1,false,false\r\n");
  assert.equal(
    row("t", "é\0,#+"),
    "2026-11-23T10:00:00.123Z,t,w6kALCMr,base64,1,false,false\r\n",
  );
  assert.equal(row("t", "#+"), "2026-11-23T10:00:00.123Z,t,#+,utf-8,1,false,false\r\n");
});

Deno.test("csv.encode() pads the base64 of a large payload at its end only", () => {
  const payload = new Uint8Array(2_000_000).fill(0xff);
  const field = row("t", payload).split(",")[2]!;
  assert.deepEqual(Uint8Array.fromBase64(field), payload);
});

Deno.test("csv.encode() quotes many fields in linear time", () => {
  // Each field needs quotes and contains none: a search for one must stop at the end of the field.
  const messages = Array.from({ length: 20_000 }, () => message("t", `1,${"x".repeat(100)}`));
  const start = performance.now();
  rowsOf(csv, messages);
  assert.ok(performance.now() - start < 2000);
});

Deno.test("csv.header holds the column names and ends with CRLF", () => {
  assert.deepEqual(csv.header, bytes("timestamp,topic,payload,encoding,qos,retain,dup\r\n"));
});
