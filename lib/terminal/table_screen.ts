/** A table in place of the status line, on the terminal's second screen. */

import type { Sentences } from "../locale/mod.ts";
import { shorten } from "../text/width.ts";

/** How far a key scrolls. */
export type Move = "up" | "down" | "pageUp" | "pageDown" | "home" | "end";

/** What the table shows. */
export interface TableSource {
  /** Whether it is on the screen. */
  set shown(shown: boolean);
  /** The part shown by the last `render`: `1–20 of 345`. */
  readonly position: string;
  move(move: Move): void;
  /** Its rows, heading first: at most `rows`, of at most `columns` columns, safe to show. */
  render(columns: number, rows: number): readonly string[];
}

/** Columns and rows of a terminal. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

const ESC = "\x1b";
const SAVE = `${ESC}7`, RESTORE = `${ESC}8`;
/** The second screen has no history: what was on the first one comes back. */
const ENTER = `${ESC}[?1049h`, LEAVE = `${ESC}[?1049l`;
const HIDE_CURSOR = `${ESC}[?25l`, SHOW_CURSOR = `${ESC}[?25h`;
const NO_WRAP = `${ESC}[?7l`, WRAP = `${ESC}[?7h`;
const CLEAR = `${ESC}[2J`, CLEAR_RIGHT = `${ESC}[K`;
const at = (row: number) => `${ESC}[${row};1H`;

/** Keys of a terminal without line mode, and what they do. */
const MOVES: ReadonlyMap<string, Move> = new Map([
  ...["k", "\x1b[A", "\x1bOA"].map((key) => [key, "up"] as const),
  ...["j", "\x1b[B", "\x1bOB", "\n"].map((key) => [key, "down"] as const),
  ...["u", "b", "\x1b[5~"].map((key) => [key, "pageUp"] as const),
  ...["d", " ", "\x1b[6~"].map((key) => [key, "pageDown"] as const),
  ...["g", "\x1b[H", "\x1b[1~", "\x1bOH"].map((key) => [key, "home"] as const),
  ...["G", "\x1b[F", "\x1b[4~", "\x1bOF"].map((key) => [key, "end"] as const),
]);

/** What a key or a typed line scrolls; undefined: nothing. */
export function moveOf(key: string): Move | undefined {
  return MOVES.get(key);
}

/**
 * Draws the table, the status below it, and a last row of keys. In line mode the terminal echoes
 * what is typed on one more row, which is never rewritten.
 */
export class TableScreen {
  readonly #source: TableSource;
  readonly #t: Sentences;
  readonly #raw: boolean;
  readonly #size: () => ScreenSize;
  #drawn: ScreenSize = { columns: 0, rows: 0 };
  /** The prompt on the last row; undefined: keys act at once. */
  #prompt: string | undefined;

  /** @param raw Whether keys act at once, without Enter and without echo. */
  constructor(source: TableSource, t: Sentences, raw: boolean, size: () => ScreenSize) {
    this.#source = source;
    this.#t = t;
    this.#raw = raw;
    this.#size = size;
    this.#prompt = raw ? undefined : t.live.table.prompt;
    source.shown = true;
  }

  /** Whether a line is being typed. */
  get prompts(): boolean {
    return this.#prompt !== undefined;
  }

  /** Shows a prompt for a line in place of keys, or the keys again. */
  ask(prompt: string | undefined): void {
    this.#prompt = prompt ?? (this.#raw ? undefined : this.#t.live.table.prompt);
    this.#drawn = { columns: 0, rows: 0 };
  }

  /** After Enter at the prompt, which has scrolled the screen. */
  entered(): void {
    this.#drawn = { columns: 0, rows: 0 };
  }

  enter(): string {
    return ENTER;
  }

  /** @param note What was told last. @default {nothing} */
  draw(status: string, note = ""): string {
    const size = this.#size();
    const { columns, rows } = size;
    const anew = columns !== this.#drawn.columns || rows !== this.#drawn.rows;
    this.#drawn = size;
    // A full row would leave the cursor on its last column, whose character would be cleared.
    const wide = Math.max(1, columns - 1);
    const below = [...(note ? [shorten(note, wide)] : []), status];
    const bodyRows = Math.max(1, rows - below.length - 1 - (this.prompts ? 1 : 0));
    const body = this.#source.render(wide, bodyRows);
    const filled = [...body, ...Array<string>(Math.max(0, bodyRows - body.length)).fill("")];
    below.push(this.#footer(wide)); // The position is that of this drawing.
    const all = [...filled, ...below].slice(0, Math.max(1, rows - (this.prompts ? 1 : 0)));
    const drawing = NO_WRAP +
      all.map((row, i) => `${at(i + 1)}${row}${CLEAR_RIGHT}`).join("") + WRAP;
    if (!this.prompts) return (anew ? HIDE_CURSOR + CLEAR : "") + drawing;
    if (!anew) return SAVE + drawing + RESTORE;
    return CLEAR + SHOW_CURSOR + drawing + at(rows) + this.#prompt;
  }

  leave(): string {
    this.#source.shown = false;
    // A terminal without a second screen is left empty.
    return SHOW_CURSOR + at(1) + CLEAR + LEAVE;
  }

  #footer(columns: number): string {
    const { rawKeys, lineKeys } = this.#t.live.table;
    const { position } = this.#source;
    const before = position && `${position} · `;
    const keys = this.#raw ? rawKeys : lineKeys;
    const fits = keys.find((keys) => before.length + keys.length <= columns);
    return shorten(fits === undefined ? keys.at(-1)! : before + fits, columns);
  }
}
