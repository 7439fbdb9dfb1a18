import assert from "node:assert/strict";
import {
  BACKSLASH,
  BYTE_CLASSES,
  byteClassesOf,
  CONTROL,
  HIGH,
  NO_TOPIC,
  NUL,
  QUOTE,
  SEPARATOR,
} from "../../lib/message/byte_classes.ts";
import { bytes } from "../support/arbitrary.ts";

Deno.test("byteClassesOf() classifies the bytes of its range only", () => {
  const classes = (text: string) => byteClassesOf(bytes(`"${text}\0`), 1, 1 + bytes(text).length);
  assert.equal(classes("21.5"), 0);
  assert.equal(classes(""), 0);
  for (const separator of ",;|") assert.equal(classes(`a${separator}b`), SEPARATOR);
  assert.equal(classes('"'), QUOTE);
  assert.equal(classes("\\"), BACKSLASH);
  assert.equal(classes("°"), HIGH);
  assert.equal(classes("\x7f"), CONTROL);
  assert.equal(classes("°\r"), HIGH | CONTROL);
  for (const wildcard of "+#") assert.equal(classes(wildcard), NO_TOPIC);
  assert.equal(classes("\0"), CONTROL | NO_TOPIC | NUL);
});

Deno.test("byteClassesOf() classifies long fields like short ones", () => {
  const plain = new Uint8Array(600).fill(0x61);
  for (let byte = 0; byte < 256; byte++) {
    for (const at of [3, 4, 5, 300, 597, 598, 599]) {
      const field = plain.slice();
      field[at] = byte;
      for (const start of [0, 1, 2, 3]) {
        const wanted = at >= start ? BYTE_CLASSES[byte]! : 0;
        assert.equal(byteClassesOf(field, start, field.length), wanted);
        assert.equal(byteClassesOf(field, start, at), 0);
      }
    }
  }
});

Deno.test("BYTE_CLASSES gives no class to printable ASCII without special characters", () => {
  const plain = [...BYTE_CLASSES.keys()].filter((byte) => BYTE_CLASSES[byte] === 0);
  assert.equal(plain.length, 0x7f - 0x20 - [...'",;|\\#+'].length);
  assert.ok(plain.every((byte) => byte >= 0x20 && byte < 0x7f));
});
