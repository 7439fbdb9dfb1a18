/** What keys ask for beyond the terminal itself. */

import type { Figure } from "./status.ts";
import type { TableSource } from "./table_screen.ts";

/** Answers keys; none of them throws or waits. */
export interface KeyAnswers {
  /** Notes a mark. */
  mark(text: string): void;
  /** Looks at what else the broker has. */
  look(): void;
  /** Figures of the topics seen. */
  figures(): readonly Figure[];
  /** The table of topics. */
  readonly table: TableSource;
}
