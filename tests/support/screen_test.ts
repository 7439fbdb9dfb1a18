import assert from "node:assert/strict";
import { Screen } from "./screen.ts";

Deno.test("Screen wraps at its right edge and scrolls at the bottom", () => {
  const screen = new Screen(2, 3);
  screen.write("abcdef");
  assert.equal(screen.text, "abc\ndef");
  screen.write("g");
  assert.equal(screen.text, "def\ng");
});

Deno.test("Screen overwrites its last column if wrapping is off", () => {
  const screen = new Screen(2, 3);
  screen.write("\x1b[?7labcde\x1b[?7h");
  assert.equal(screen.text, "abe");
});

Deno.test("Screen joins an escape sequence written in two chunks", () => {
  const screen = new Screen(1);
  for (const chunk of ["one\r\x1b", "[", "2", "K\x1b[1", ";31mtwo 👋\x1b[0m"]) screen.write(chunk);
  assert.equal(screen.text, "two 👋");
});

Deno.test("Screen.text throws after an unknown sequence", () => {
  const screen = new Screen(1);
  screen.write("\x1b[5Sone");
  assert.throws(() => screen.text, /unknown sequence/);
});
