import assert from "node:assert/strict";
import { shorten, width, wrap, wrapWords } from "../../lib/text/width.ts";

Deno.test("width() counts wide characters and emoji as two, combining marks as none", () => {
  assert.equal(width("abc"), 3);
  assert.equal(width("湿度"), 4);
  assert.equal(width("👋"), 2);
  assert.equal(width("e\u0301"), 1);
});

Deno.test("wrapWords() cuts between words, indents like the first row, and cuts long words", () => {
  assert.deepEqual(wrapWords("one two three", 20), ["one two three"]);
  assert.deepEqual(wrapWords("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapWords("  one two three", 9), ["  one two", "  three"]);
  assert.deepEqual(wrapWords("a abcdefgh b", 4), ["a", "abcd", "efgh", "b"]);
  // A no-break space keeps French punctuation with its word.
  assert.deepEqual(wrapWords("deux mots\u00a0: un", 9), ["deux", "mots\u00a0: un"]);
  assert.deepEqual(wrapWords("", 10), [""]);
});

Deno.test("wrap() cuts at the width and never inside a character", () => {
  assert.deepEqual(wrap("abcdef", 4), ["abcd", "ef"]);
  assert.deepEqual(wrap("a湿度", 2), ["a", "湿", "度"]);
  assert.deepEqual(wrap("👋👋", 3), ["👋", "👋"]);
  assert.deepEqual(wrap("", 10), [""]);
});

Deno.test("shorten() ends text that is too long with an ellipsis", () => {
  assert.equal(shorten("abcdef", 6), "abcdef");
  assert.equal(shorten("abcdef", 4), "abc…");
  assert.equal(shorten("abcdef", 0), "");
});
