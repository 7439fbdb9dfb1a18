/** The table while it is shown: its keys, what is told meanwhile, and the way back. */

import type { Sentences } from "../locale/mod.ts";
import { type Key, keyAction, markText, type Reader } from "./key_lines.ts";
import { moveOf, type ScreenSize, TableScreen, type TableSource } from "./table_screen.ts";

/** Lines told while the table is shown that are kept for later. */
const MAX_HELD = 1_000;
/** How long the last of them stands on the screen, in milliseconds. */
const NOTE_MS = 10_000;
const CTRL_C = "\x03";

/** What a key or line asks of whoever shows the table. */
export interface TableAnswer {
  /** A mark to note. */
  readonly mark?: string;
  /** Whether to give the first screen back. */
  readonly leaves?: boolean;
  /** The line to answer there. */
  readonly line?: string;
}

/** The parts of a terminal that are used. */
export interface TableTerminal {
  write(text: string): void;
  readonly size: () => ScreenSize;
  readonly monotonic: () => number;
}

export class TableMode {
  readonly #terminal: TableTerminal;
  readonly #screen: TableScreen;
  readonly #source: TableSource;
  readonly #reader: Pick<Reader, "keysAtOnce">;
  readonly #t: Sentences;
  /** Whether keys act at once. */
  #raw: boolean;
  readonly #canRaw: boolean;
  #marking = false;
  #note = "";
  #notedAt = 0;
  /** Lines to show on the first screen afterwards. */
  readonly held: (() => void)[] = [];

  constructor(
    source: TableSource,
    t: Sentences,
    reader: Pick<Reader, "keysAtOnce">,
    terminal: TableTerminal,
  ) {
    this.#source = source;
    this.#terminal = terminal;
    this.#reader = reader;
    this.#t = t;
    this.#canRaw = this.#raw = reader.keysAtOnce?.(true) ?? false;
    this.#screen = new TableScreen(source, t, this.#raw, terminal.size);
    terminal.write(this.#screen.enter());
  }

  /** Whether keys arrive without Enter. */
  get raw(): boolean {
    return this.#raw;
  }

  draw(status: string): void {
    const isNew = this.#terminal.monotonic() - this.#notedAt < NOTE_MS;
    this.#terminal.write(this.#screen.draw(status, isNew ? this.#note : ""));
  }

  /**
   * Shows a line below the table, and keeps it.
   *
   * @param show Shows it on the first screen.
   */
  hold(text: string, show: () => void): void {
    if (this.held.length < MAX_HELD) this.held.push(show);
    this.#note = text;
    this.#notedAt = this.#terminal.monotonic();
  }

  /** Answers a line, or a key that was typed without Enter. */
  answer(typed: string | Key): TableAnswer {
    return typeof typed === "string" ? this.#line(typed) : this.#key(typed.key);
  }

  #key(key: string): TableAnswer {
    const move = moveOf(key);
    if (move) this.#source.move(move);
    const letter = key === CTRL_C ? "q" : key.toLowerCase();
    if (letter === "m") {
      this.#marking = true;
      // The terminal echoes and edits the line.
      this.#setRaw(false);
      this.#screen.ask(this.#t.live.table.mark);
    }
    if (letter === "v") return { leaves: true };
    return "qsht?".includes(letter) ? { leaves: true, line: letter } : {};
  }

  #line(line: string): TableAnswer {
    this.#screen.entered();
    if (this.#marking) {
      this.#marking = false;
      this.#setRaw(true);
      this.#screen.ask(undefined);
      return { mark: line };
    }
    const key = line.trim();
    const move = moveOf(key);
    if (move) this.#source.move(move);
    if (move || key === "") return {};
    const action = keyAction(line);
    if (action === "mark") return { mark: markText(line) };
    return action === "table" ? { leaves: true } : { leaves: true, line };
  }

  /** Gives the first screen back. */
  leave(): void {
    if (this.#canRaw) this.#reader.keysAtOnce?.(false);
    this.#raw = false;
    this.#terminal.write(this.#screen.leave());
  }

  #setRaw(raw: boolean): void {
    if (!this.#canRaw) return;
    this.#raw = (this.#reader.keysAtOnce?.(raw) ?? false) && raw;
  }
}
