/** A batch of messages on its way to the files, acknowledged once it is there. */

import type { Batch } from "./batch.ts";

/** Messages since the previous batch; their acknowledgements wait for `ack()`. */
export interface Delivery {
  readonly batch: Batch;
  /** Sends the acknowledgements. Call it once, when every message is on disk. */
  ack(): void;
}
