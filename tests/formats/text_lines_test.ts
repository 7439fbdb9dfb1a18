import assert from "node:assert/strict";
import { csv } from "../../lib/formats/csv.ts";
import { json, jsonWithProperties } from "../../lib/formats/json.ts";
import { ndjson, ndjsonWithProperties } from "../../lib/formats/ndjson.ts";
import { appendTextLines } from "../../lib/formats/text_lines.ts";
import { Batch } from "../../lib/message/batch.ts";
import { ByteBuffer } from "../../lib/message/byte_buffer.ts";
import { batchOf, bytes, message } from "../support/arbitrary.ts";

const decoder = new TextDecoder();

function linesOf(batch: Batch, encode = appendTextLines): string {
  const out = new ByteBuffer();
  encode(batch, out);
  return decoder.decode(out.view());
}

const lineOf = (topic: string, payload: string | Uint8Array) =>
  linesOf(batchOf([message(topic, typeof payload === "string" ? bytes(payload) : payload)]));

Deno.test("appendTextLines() writes topic and payload as mosquitto_sub -v does", () => {
  assert.equal(lineOf("sensors/a", "23.7 °C"), "sensors/a 23.7 °C\n");
  assert.equal(lineOf("a", ""), "a \n");
  const two = batchOf([message("a", "1"), message("b", "湿度")]);
  assert.equal(linesOf(two), "a 1\nb 湿度\n");
});

Deno.test("appendTextLines() makes one line of any message, which controls no terminal", () => {
  assert.equal(lineOf("a\u202eb", "x\r\ny\tz"), "a\\u{202e}b x\\r\\ny\\tz\n");
  assert.equal(lineOf("a", "\x1b[2J\x07\x7f\0\u009b"), "a \\x1b[2J\\x07\\x7f\\x00\\x9b\n");
  assert.equal(lineOf("a", Uint8Array.of(0xff, 65, 0xc3)), "a \\xffA\\xc3\n");
});

Deno.test("appendTextLines() keeps long payloads whole", () => {
  for (const unit of ["x", "é", "👋", "\n"]) {
    const text = unit.repeat(200_001);
    assert.equal(lineOf("a", text), `a ${text.replaceAll("\n", "\\n")}\n`);
  }
});

Deno.test("the encoders of NDJSON write the objects of the JSON file, one a line", () => {
  const batch = batchOf([
    message("a", bytes('"1"\n')),
    message("b", Uint8Array.of(0xff)),
    message("c", bytes("\x1b"), 0),
  ]);
  for (
    const [lines, format] of [[ndjson.encode, json], [
      ndjsonWithProperties.encode,
      jsonWithProperties,
    ]] as const
  ) {
    const rows = linesOf(batch, format.encode);
    assert.equal(`,\n${linesOf(batch, lines).trimEnd().replaceAll("\n", ",\n")}`, rows);
  }
});

Deno.test("the rows of CSV are the lines of --print=csv", () => {
  assert.match(linesOf(batchOf([message("a", "1")]), csv.encode), /^[^\n]*,a,1,[^\n]*\r\n$/);
});
