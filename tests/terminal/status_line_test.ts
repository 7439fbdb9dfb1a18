import assert from "node:assert/strict";
import { StatusLine } from "../../lib/terminal/status_line.ts";
import { Screen } from "../support/screen.ts";

Deno.test("StatusLine redraws in place and leaves what was typed, and the cursor, alone", () => {
  const screen = new Screen(10), block = new StatusLine("> ");
  screen.write(block.draw("status 1 is long"));
  screen.write("typed");
  screen.write(block.draw("status 2"));
  assert.equal(screen.text, "status 2\n> typed");
  assert.deepEqual([screen.row, screen.column], [1, 7]);
});

Deno.test("StatusLine puts lines above, also at the bottom of the screen", () => {
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

Deno.test("StatusLine cuts a long line into rows, each painted", () => {
  const screen = new Screen(6), block = new StatusLine("> ");
  screen.write(block.draw("status"));
  screen.write(block.above("abcdefg", 3, (row) => `<${row}>`));
  assert.equal(screen.text, "<abc>\n<def>\n<g>\nstatus\n>");
});

Deno.test("StatusLine removes the answered prompt after Enter and can be drawn again", () => {
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

Deno.test("StatusLine leaves the prompt with the q that answered it", () => {
  const screen = new Screen(10), block = new StatusLine("> ");
  screen.write(block.draw("status"));
  screen.write("q\r\n");
  screen.write(block.answered());
  screen.write(block.above("the end", 80));
  assert.equal(screen.text, "> q\nthe end");
});

Deno.test("StatusLine erases both rows, and writes nothing where nothing is shown", () => {
  const screen = new Screen(10), block = new StatusLine("> ");
  assert.equal(block.erase() + block.entered() + block.answered(), "");
  screen.write("before\r\n" + block.draw("status"));
  screen.write("^C");
  screen.write(block.erase());
  assert.equal(screen.text, "before");
  assert.deepEqual([screen.row, screen.column], [1, 0]);
});
