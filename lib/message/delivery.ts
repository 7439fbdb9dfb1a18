/** A batch of messages on its way to the files, acknowledged once it is there. */

import type { Batch } from "./batch.ts";

/** What arrived since the last batch; the broker is not acknowledged until `ack()`. */
export interface Delivery {
  readonly batch: Batch;
  /** Lets the acknowledgements leave. Call it when every message is on disk, and only once. */
  ack(): void;
}
