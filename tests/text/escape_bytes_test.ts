import assert from "node:assert/strict";
import { escapeBytes } from "../../lib/text/escape_bytes.ts";
import { bytes, concat, seeded } from "../support/arbitrary.ts";

Deno.test("escapeBytes() keeps text and escapes invalid UTF-8 and unsafe characters", () => {
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [bytes("maison/cuisine/température 🌡"), "maison/cuisine/température 🌡"],
    [Uint8Array.of(0x4b, 0xfc, 0x63, 0x68, 0x65), "K\\xfcche"],
    [Uint8Array.of(0xed, 0xa0, 0x80, 0xc0, 0xaf), "\\xed\\xa0\\x80\\xc0\\xaf"],
    [Uint8Array.of(97, 0xe2, 0x82), "a\\xe2\\x82"],
    [bytes("a\0b\x1b[31m\r\n\u202e\ufeff"), "a\\x00b\\x1b[31m\\r\\n\\u{202e}\\u{feff}"],
    [new Uint8Array(), ""],
  ];
  for (const [raw, text] of cases) assert.equal(escapeBytes(raw), text);
  assert.equal(escapeBytes(bytes("xyz"), 1, 2), "y");
});

Deno.test("escapeBytes() shortens to 80 characters, never within an escape", () => {
  assert.equal(escapeBytes(bytes("x".repeat(80))), "x".repeat(80));
  assert.equal(escapeBytes(bytes("x".repeat(81))), `${"x".repeat(80)}…`);
  const escaped = escapeBytes(concat(bytes("x".repeat(78)), Uint8Array.of(0xff, 0xff)));
  assert.equal(escaped, `${"x".repeat(78)}…`);
});

Deno.test("escapeBytes() returns one short line without controls for any bytes", () => {
  const random = seeded(80);
  for (let round = 0; round < 2_000; round++) {
    const text = escapeBytes(Uint8Array.from({ length: random(200) }, () => random(256)));
    assert.ok(text.length <= 81);
    assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  }
});
