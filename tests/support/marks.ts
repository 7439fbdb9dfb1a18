/** Texts of marks that a file must keep. */

/** A mark of each kind. */
export const TEXTS: readonly string[] = [
  "",
  "door opened",
  'he said "now", twice ""',
  "two\nlines\r\nand a third\r",
  "\x1b[2J\x1b]0;x\x07",
  "é 湿度 👋 \u202eabc",
  ",;|",
  '"',
  "x".repeat(1_000_000),
];
