/** Escape sequences that draw the status line and the prompt below it. */

import { wrap } from "./status.ts";

const ESC = "\x1b";
const SAVE = `${ESC}7`;
const RESTORE = `${ESC}8`;
const UP = `${ESC}[A`;
const DOWN = `${ESC}[B`;
/** Next row, same column, scrolling at the bottom; a line feed also returns on some terminals. */
const INDEX = `${ESC}D`;
const INSERT_ROW = `${ESC}[L`;
const DELETE_ROW = `${ESC}[M`;
const CLEAR_ROW = `${ESC}[2K`;
const CLEAR_BELOW = `${ESC}[J`;

/** Disables line wrap around `text`, because terminals count columns differently. */
const unwrapped = (text: string) => `${ESC}[?7l${text}${ESC}[?7h`;

/**
 * The status line and the prompt, as they stand on the last two rows in use:
 *
 *     localhost:1883 · sensors/# · 12 messages
 *     Type 'q' to quit: typed so far▮
 *
 * The terminal itself echoes what is typed (line mode), so the cursor must always come back to
 * where it was, and the prompt's row is never written again: lines are put above, by insertion.
 */
export class StatusLine {
  #shown = false;
  readonly #prompt: string;

  constructor(prompt: string) {
    this.#prompt = prompt;
  }

  /** Shows `line` (already fitted to the terminal, may hold colors), in place of the former one. */
  draw(line: string): string {
    if (this.#shown) return `${SAVE}${UP}\r${CLEAR_ROW}${unwrapped(line)}${RESTORE}`;
    this.#shown = true;
    return `${unwrapped(line)}\r\n${this.#prompt}`;
  }

  /** Puts a line of text above; `paint` colors each row of it. */
  above(text: string, columns: number, paint: (row: string) => string = (row) => row): string {
    if (!this.#shown) return `${paint(text)}\r\n`;
    return wrap(text, columns).map((row) =>
      // One free row is made below first: at the bottom of the screen there is none.
      `${INDEX}${UP}${SAVE}${UP}\r${INSERT_ROW}${unwrapped(paint(row))}${RESTORE}${DOWN}`
    ).join("");
  }

  /** After Enter at the prompt: removes both rows, so that `draw` adds them again. */
  entered(): string {
    if (!this.#shown) return "";
    this.#shown = false;
    return `${UP}${UP}\r${CLEAR_BELOW}`;
  }

  /** After `q` and Enter: removes the status, keeps the prompt with what was typed. */
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
