/** What turns messages into the rows of a table. */

import type { Batch } from "../message/batch.ts";
import type { BlockBuffer } from "./block_buffer.ts";
import type { Topic } from "./selection.ts";

/** One shape of a table being filled. */
export interface TableBuilder {
  readonly table: BlockBuffer;
  /** The second table, whose rows are written first. */
  readonly messages?: BlockBuffer;
  /**
   * Adds rows for the time before `time`, if any are missing, until a block is complete.
   *
   * @returns Whether it is done; otherwise blocks are to be written first.
   */
  advance?(time: number): boolean;
  /** Adds message `i` of `batch`. */
  add(batch: Batch, i: number, topic: Topic): void;
  /** Adds what is left when all messages are added. */
  end(): void;
}
