/** Escape sequences that draw the status line and the prompt below it. */

import { wrap } from "../text/width.ts";

const ESC = "\x1b";
const SAVE = `${ESC}7`;
const RESTORE = `${ESC}8`;
const UP = `${ESC}[A`;
const DOWN = `${ESC}[B`;
/**
 * Next row, same column, scrolls at the bottom; on some terminals a line feed would also return.
 */
const INDEX = `${ESC}D`;
const INSERT_ROW = `${ESC}[L`;
const DELETE_ROW = `${ESC}[M`;
const CLEAR_ROW = `${ESC}[2K`;
const CLEAR_BELOW = `${ESC}[J`;

/** Disables line wrap around `text`, because terminals count columns differently. */
const unwrapped = (text: string) => `${ESC}[?7l${text}${ESC}[?7h`;

/**
 * The status line and the prompt, on the last two rows in use:
 *
 *     localhost:1883 · sensors/# · 12 messages
 *     Type 'q' to quit: typed so far▮
 *
 * The terminal itself echoes typed text (line mode). So the cursor must always return to where it
 * was, the prompt's row is never rewritten, and other lines are inserted above.
 */
export class StatusLine {
  #shown = false;
  readonly #prompt: string;

  constructor(prompt: string) {
    this.#prompt = prompt;
  }

  /** Replaces the status by `line`, which fits the terminal and may contain colors. */
  draw(line: string): string {
    if (this.#shown) return `${SAVE}${UP}\r${CLEAR_ROW}${unwrapped(line)}${RESTORE}`;
    this.#shown = true;
    return `${unwrapped(line)}\r\n${this.#prompt}`;
  }

  /** Inserts a line of text above; `paint` colors each of its rows. */
  above(text: string, columns: number, paint: (row: string) => string = (row) => row): string {
    if (!this.#shown) return `${paint(text)}\r\n`;
    return wrap(text, columns).map((row) =>
      // Add a row below first, because at the bottom of the screen there is none.
      `${INDEX}${UP}${SAVE}${UP}\r${INSERT_ROW}${unwrapped(paint(row))}${RESTORE}${DOWN}`
    ).join("");
  }

  /** After Enter at the prompt: removes both rows; the next `draw` adds them again. */
  entered(): string {
    if (!this.#shown) return "";
    this.#shown = false;
    return `${UP}${UP}\r${CLEAR_BELOW}`;
  }

  /** After `q` and Enter: removes the status and keeps the prompt with the typed text. */
  answered(): string {
    if (!this.#shown) return "";
    this.#shown = false;
    return `${UP}${UP}\r${DELETE_ROW}${DOWN}`;
  }

  /** Removes both rows from the screen. */
  erase(): string {
    if (!this.#shown) return "";
    this.#shown = false;
    return `\r${UP}${CLEAR_BELOW}`;
  }
}
