import assert from "node:assert/strict";
import { decodeText } from "../../lib/text/decode_text.ts";

/** `text` in UTF-16, with a byte order mark or not. */
function utf16(text: string, { bigEndian = false, mark = true } = {}): Uint8Array {
  const units = mark ? `\ufeff${text}` : text;
  const bytes = new Uint8Array(units.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < units.length; i++) view.setUint16(i * 2, units.charCodeAt(i), !bigEndian);
  return bytes;
}

const utf8 = (text: string) => new TextEncoder().encode(text);

Deno.test("decodeText() reads UTF-8 and UTF-16, and leaves the byte order mark out", () => {
  for (const text of ["secret\r\n", "päss 🔑\n", "x"]) {
    for (const bytes of [utf8(text), utf8(`\ufeff${text}`), utf16(text)]) {
      assert.equal(decodeText(bytes), text);
    }
    assert.equal(decodeText(utf16(text, { bigEndian: true })), text);
  }
  assert.equal(decodeText(new Uint8Array()), "");
});

Deno.test("decodeText() knows UTF-16 without a byte order mark by its first letter", () => {
  for (const bigEndian of [false, true]) {
    assert.equal(decodeText(utf16("secret\r\n", { bigEndian, mark: false })), "secret\r\n");
  }
});

Deno.test("decodeText() refuses any other encoding", () => {
  assert.equal(decodeText(Uint8Array.of(0x70, 0xe4, 0x73)), undefined, "Latin-1");
  assert.equal(decodeText(Uint8Array.of(0xff, 0xfe, 0x00, 0xd8)), undefined, "half a character");
  assert.equal(decodeText(Uint8Array.of(0xff, 0xfe, 0x41)), undefined, "half a unit");
});
