import assert from "node:assert/strict";
import { StatusLine } from "../../lib/terminal/status_line.ts";
import { Screen } from "../support/screen.ts";

Deno.test("StatusLine.draw() redraws in place and keeps typed text and cursor", () => {
  const screen = new Screen(10), block = new StatusLine("> ");
  screen.write(block.draw("status 1 is long"));
  screen.write("typed");
  screen.write(block.draw("status 2"));
  assert.equal(screen.text, "status 2\n> typed");
  assert.deepEqual([screen.row, screen.column], [1, 7]);
});

Deno.test("StatusLine.above() inserts lines, also at the bottom of the screen", () => {
  for (const height of [3, 4, 10]) {
    const screen = new Screen(height), block = new StatusLine("> ");
    screen.write(block.above("zero", 80));
    screen.write(block.draw("status"));
    screen.write("typed");
    for (const line of ["one", "two", "three"]) screen.write(block.above(line, 80));
    screen.write("!");
    const all = ["zero", "one", "two", "three", "status", "> typed!"];
    assert.equal(screen.text, all.slice(-height).join("\n"));
  }
});

Deno.test("StatusLine.above() wraps a long line into rows and paints each", () => {
  const screen = new Screen(6), block = new StatusLine("> ");
  screen.write(block.draw("status"));
  screen.write(block.above("abcdefg", 3, (row) => `<${row}>`));
  assert.equal(screen.text, "<abc>\n<def>\n<g>\nstatus\n>");
});

Deno.test("StatusLine.entered() removes the answered prompt, and draw() adds it again", () => {
  for (const height of [4, 10]) {
    const screen = new Screen(height), block = new StatusLine("> ");
    screen.write("first\r\n");
    screen.write("second\r\n" + block.draw("status"));
    screen.write("s\r\n");
    screen.write(block.entered());
    screen.write(block.above("figures", 80));
    screen.write(block.draw("status"));
    assert.equal(
      screen.text,
      ["first", "second", "figures", "status", ">"].slice(-height).join("\n"),
    );
  }
});

Deno.test("StatusLine.answered() keeps the prompt and the q typed there", () => {
  const screen = new Screen(10), block = new StatusLine("> ");
  screen.write(block.draw("status"));
  screen.write("q\r\n");
  screen.write(block.answered());
  screen.write(block.above("the end", 80));
  assert.equal(screen.text, "> q\nthe end");
});

Deno.test("StatusLine.erase() removes both rows, and writes nothing if none is shown", () => {
  const screen = new Screen(10), block = new StatusLine("> ");
  assert.equal(block.erase() + block.entered() + block.answered(), "");
  screen.write("before\r\n" + block.draw("status"));
  screen.write("^C");
  screen.write(block.erase());
  assert.equal(screen.text, "before");
  assert.deepEqual([screen.row, screen.column], [1, 0]);
});
