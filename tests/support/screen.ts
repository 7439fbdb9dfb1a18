/** Emulates the parts of a terminal that the program uses. */

import assert from "node:assert/strict";

/** The rows that a terminal shows; every character is one column wide. */
export class Screen {
  rows: string[];
  row = 0;
  column = 0;
  /** Whether the second screen is shown, which keeps the first one as it is. */
  second = false;
  #first: readonly [rows: string[], row: number, column: number] | undefined;
  #saved: [row: number, column: number] = [0, 0];
  #wraps = true;
  #unknown: string | undefined;
  /** The beginning of an incomplete escape sequence. */
  #partial = "";

  constructor(readonly height: number, readonly columns = Infinity) {
    this.rows = Array(height).fill("");
  }

  /** Shows output of the program, or the echo of typed text. */
  write(text: string): void {
    // deno-lint-ignore no-control-regex
    const [, whole, partial] = /^([^]*?)(\x1b(?:\[[?\d;]*)?)?$/.exec(this.#partial + text)!;
    this.#partial = partial ?? "";
    // deno-lint-ignore no-control-regex
    for (const [token] of whole!.matchAll(/\x1b\[[?\d;]*[A-Za-z]|\x1b.|[^]/gu)) this.#take(token);
  }

  #take(token: string): void {
    const { row } = this;
    // Ignore colors and the visibility of the cursor.
    if (token.startsWith("\x1b[") && token.endsWith("m") || token.startsWith("\x1b[?25")) return;
    // deno-lint-ignore no-control-regex
    const [, line] = /^\x1b\[(\d+);1H$/.exec(token) ?? [];
    if (line !== undefined) {
      this.row = Math.min(this.height, Number(line)) - 1;
      this.column = 0;
      return;
    }
    switch (token) {
      case "\x1b[?1049h":
        this.#first = [this.rows, this.row, this.column];
        this.rows = Array(this.height).fill("");
        this.second = true;
        break;
      case "\x1b[?1049l":
        [this.rows, this.row, this.column] = this.#first!;
        this.second = false;
        break;
      case "\x1b[2J":
        this.rows = Array(this.height).fill("");
        break;
      case "\r":
      case "\x1b[0G":
      case "\x1b[1G":
        this.column = 0;
        break;
      case "\n":
      case "\x1bD":
        this.#down();
        break;
      case "\x1b7":
        this.#saved = [this.row, this.column];
        break;
      case "\x1b8":
        [this.row, this.column] = this.#saved;
        break;
      case "\x1b[A":
        this.row = Math.max(0, row - 1);
        break;
      case "\x1b[B":
        this.row = Math.min(this.height - 1, row + 1);
        break;
      case "\x1b[L":
        this.rows = this.rows.toSpliced(row, 0, "").slice(0, this.height);
        break;
      case "\x1b[M":
        this.rows = [...this.rows.toSpliced(row, 1), ""];
        break;
      case "\x1b[2K":
        this.rows[row] = "";
        break;
      case "\x1b[J":
        this.rows.fill("", row + 1);
        this.#clearRight();
        break;
      case "\x1b[K":
      case "\x1b[0K":
        this.#clearRight();
        break;
      case "\x1b[?7l":
      case "\x1b[?7h":
        this.#wraps = token.endsWith("h");
        break;
      default:
        this.#print(token);
    }
  }

  #clearRight(): void {
    this.rows[this.row] = Array.from(this.rows[this.row]!).slice(0, this.column).join("");
  }

  #print(character: string): void {
    if (character.startsWith("\x1b")) this.#unknown ??= character;
    if (this.column === this.columns && this.#wraps) {
      this.column = 0;
      this.#down();
    }
    const column = Math.min(this.column, this.columns - 1);
    const cells = Array.from(this.rows[this.row]!);
    while (cells.length < column) cells.push(" ");
    cells[column] = character;
    this.rows[this.row] = cells.join("");
    this.column = column + 1;
  }

  #down(): void {
    if (this.row < this.height - 1) this.row++;
    else this.rows = [...this.rows.slice(1), ""];
  }

  /** The rows in use; throws after an unknown sequence, because the rows may be wrong. */
  get text(): string {
    assert.equal(this.#unknown, undefined, "unknown sequence");
    return this.rows.join("\n").trimEnd();
  }
}
