/** Empty batches kept for the next messages, and the memory that a batch takes. */

import { Batch } from "../message/batch.ts";

/** What a row takes besides its bytes: index and time. */
const ROW_BYTES = 20;

export class BatchPool {
  readonly #spares: Batch[] = [];
  readonly #maxSpares: number;
  readonly #maxBytes: number;

  /**
   * @param maxSpares As many as are in use when the queue is full.
   * @param maxBytes A larger batch is freed: a giant payload has enlarged it.
   */
  constructor(maxSpares: number, maxBytes: number) {
    this.#maxSpares = maxSpares;
    this.#maxBytes = maxBytes;
  }

  /** An empty batch. */
  take(): Batch {
    return this.#spares.pop() ?? new Batch();
  }

  /** Takes back a batch whose rows are no longer needed. */
  give(batch: Batch): void {
    const keep = batchBytes(batch) < this.#maxBytes && this.#spares.length < this.#maxSpares;
    batch.clear();
    if (keep) this.#spares.push(batch);
  }
}

/** Bytes that a batch takes in memory. */
export function batchBytes(batch: Batch): number {
  return batch.byteLength + ROW_BYTES * batch.count;
}
