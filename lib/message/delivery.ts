/** A batch of messages on its way to the files, acknowledged once it is there. */

import type { Batch } from "./batch.ts";
import type { InvalidMessages } from "./invalid_message.ts";

/** Messages since the previous batch; their acknowledgements wait for `ack()`. */
export interface Delivery {
  readonly batch: Batch;
  /** Messages received with them that break the protocol and become no rows. */
  readonly leftOut?: Iterable<InvalidMessages> | undefined;
  /**
   * Sends the acknowledgements. Call it once, when every message is on disk, and await it before
   * the next batch is written.
   */
  ack(): void | Promise<void>;
}
