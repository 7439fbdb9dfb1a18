/** Reads the keys of a session: while it waits for its broker, and while it records. */

import type { KeyAnswers } from "../terminal/key_answers.ts";
import type { Reader } from "../terminal/key_lines.ts";
import { type EndingParts, untilQuit } from "./ending.ts";

export class SessionKeys {
  readonly #over: AbortSignal;
  readonly #parts: EndingParts;
  #open: (() => Reader) | undefined;
  /** Answers the keys of marks and topics. @default {those are unknown} */
  answers: KeyAnswers | undefined;

  /** @param over Aborts when the program ends. */
  constructor(over: AbortSignal, parts: EndingParts) {
    this.#over = over;
    this.#parts = parts;
  }

  /** Where keys come from; opened by `start()`. @default {there are none} */
  set source(open: () => Reader) {
    this.#open = open;
  }

  /** Reads them until the end is requested, which `q` does too; again it changes nothing. */
  start(): void {
    const keys = this.#open?.();
    this.#open = undefined;
    if (keys) void untilQuit(keys, () => this.answers, this.#over, this.#parts);
  }
}
