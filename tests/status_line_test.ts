import assert from "node:assert/strict";
import { StatusLine } from "../lib/status_line.ts";

/** Just enough of a terminal to see where things end up. */
class Screen {
  rows: string[];
  row = 0;
  column = 0;
  #saved: [row: number, column: number] = [0, 0];

  constructor(readonly height: number) {
    this.rows = Array(height).fill("");
  }

  /** Takes output of the program, or the echo of what is typed. */
  write(text: string): void {
    // deno-lint-ignore no-control-regex
    for (const [token] of text.matchAll(/\x1b\[[?\d]*[A-Za-z]|\x1b.|[^]/gu)) this.#take(token);
  }

  #take(token: string): void {
    const { row } = this;
    if (token === "\r") this.column = 0;
    else if (token === "\n" || token === "\x1bD") this.#down();
    else if (token === "\x1b7") this.#saved = [this.row, this.column];
    else if (token === "\x1b8") [this.row, this.column] = this.#saved;
    else if (token === "\x1b[A") this.row = Math.max(0, row - 1);
    else if (token === "\x1b[B") this.row = Math.min(this.height - 1, row + 1);
    else if (token === "\x1b[L") this.rows = this.rows.toSpliced(row, 0, "").slice(0, this.height);
    else if (token === "\x1b[M") this.rows = [...this.rows.toSpliced(row, 1), ""];
    else if (token === "\x1b[2K") this.rows[row] = "";
    else if (token === "\x1b[J") {
      this.rows[row] = this.rows[row]!.slice(0, this.column);
      this.rows.fill("", row + 1);
    } else if (!token.startsWith("\x1b[?7")) {
      assert.ok(!token.startsWith("\x1b"), `unknown sequence ${JSON.stringify(token)}`);
      const before = this.rows[row]!.padEnd(this.column);
      this.rows[row] = before.slice(0, this.column) + token + before.slice(this.column + 1);
      this.column++;
    }
  }

  #down(): void {
    if (this.row < this.height - 1) this.row++;
    else this.rows = [...this.rows.slice(1), ""];
  }

  /** The rows in use. */
  get text(): string {
    return this.rows.join("\n").trimEnd();
  }
}

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
