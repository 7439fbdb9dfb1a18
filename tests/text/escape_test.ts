import assert from "node:assert/strict";
import { escapeForTerminal } from "../../lib/text/escape.ts";

Deno.test("escapeForTerminal() keeps ordinary text", () => {
  for (const text of ["sensors/température", "C:\\data\\mqtt", "23.7 °C", "湿度", "👋", "a b"]) {
    assert.equal(escapeForTerminal(text), text);
  }
});

Deno.test("escapeForTerminal() escapes every control character: C0, DEL and C1", () => {
  for (let code = 0; code < 0xa0; code++) {
    if (code >= 0x20 && code < 0x7f) continue;
    assert.match(escapeForTerminal(String.fromCharCode(code)), /^\\(x[0-9a-f]{2}|[nrt])$/);
  }
  assert.equal(escapeForTerminal("a\x1b[2Jb\nc"), "a\\x1b[2Jb\\nc");
});

Deno.test("escapeForTerminal() escapes characters that reorder or hide text", () => {
  const hidden = [
    ..."\u061c\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060",
    ..."\u2066\u2067\u2068\u2069\ufeff\u00ad\u3164\u{e0041}",
  ];
  for (const character of hidden) {
    const hex = character.codePointAt(0)!.toString(16);
    assert.equal(escapeForTerminal(character), hex === "ad" ? "\\xad" : `\\u{${hex}}`);
  }
});

Deno.test("escapeForTerminal() escapes lone surrogates and keeps pairs", () => {
  assert.equal(escapeForTerminal("\ud83d x \ude00 \ud83d\ude00"), "\\u{d83d} x \\u{de00} 😀");
});

Deno.test("escapeForTerminal() is idempotent", () => {
  const once = escapeForTerminal("\x1b]0;title\x07\u202e\n");
  assert.equal(escapeForTerminal(once), once);
});
