/** What a terminal does for the program, and its options. */

import type { Clock } from "../system/clock.ts";
import type { KeyAnswers } from "./key_answers.ts";
import type { Reader } from "./key_lines.ts";
import type { Status } from "./status.ts";

/** Shows messages and reads keys. Never throws, and never waits for a slow terminal. */
export interface Terminal {
  /** Shows one or more lines; not with `--quiet`. */
  log(text: string): void;
  /** Shows details, with `--verbose` only. */
  detail(text: string): void;
  /** Shows an error, always. */
  error(text: string): void;
  /** Updates the status, about twice a second; redraws the status line if there is one. */
  status(status: Status): void;
  /**
   * Answers keys. Returns true after `q` and when the terminal is gone, and false when input ends or
   * `signal` aborts.
   *
   * @param answers What answers the keys `m`, `t` and `v` now. @default {those are unknown}
   */
  keys(
    reader: Reader,
    signal: AbortSignal,
    answers?: () => KeyAnswers | undefined,
  ): Promise<boolean>;
  /**
   * Shows a line of a message above the status line.
   *
   * @returns False if it was left out, because the terminal is slow or shows something else.
   */
  line(text: string): boolean;
  /** Whether a status line is drawn, on which somebody looks. */
  readonly interactive: boolean;
  /** Removes the status line; resolves when all is written, or after a few seconds. */
  close(): Promise<void>;
}

/** Options of {@linkcode createTerminal}. */
export interface TerminalOptions {
  /** Shows only errors and answers to keys. @default {false} */
  readonly quiet?: boolean;
  /** Shows details. @default {false} */
  readonly verbose?: boolean;
  /** Whether the writer is a terminal, which can show a status line. @default {false} */
  readonly tty?: boolean;
  /** Whether keys come from the same terminal, which then shows a prompt. @default {tty} */
  readonly prompt?: boolean;
  /** Uses colors. @default {false} */
  readonly color?: boolean;
  /** Present width of the terminal, 0 where it has none. @default {80 with `tty`, else 0} */
  readonly columns?: () => number;
  /** Its present height. @default {() => 24} */
  readonly rows?: () => number;
  /** Calls back when its size changes; returns what ends that. @default {it never does} */
  readonly onResize?: (resized: () => void) => () => void;
  /** @default {systemClock} */
  readonly clock?: Pick<Clock, "monotonic" | "sleep">;
}
