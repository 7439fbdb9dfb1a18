/** Decides whether a batch should begin or wait for more messages. */

/**
 * Shortest interval of batches. A commit takes 0.9 ms of a core: at 10,000 messages a second they
 * took 0.4 cores without an interval (`deno task bench --only latency`).
 */
const PACE_MS = 3;
/** Share of the maximum in flight at which the broker probably waits for acknowledgements. */
const WINDOW_FULL = 0.9;

export class Linger {
  /** When the last batch began, on the monotonic clock. */
  #began = -Infinity;
  /** Messages of this connection that are not acknowledged, now and at most. */
  #inFlight = 0;
  #maxInFlight = 0;

  /** Starts a new connection, which has its own window. */
  reset(): void {
    this.#inFlight = this.#maxInFlight = 0;
  }

  /** Counts a message that will be acknowledged. */
  received(): void {
    this.#inFlight++;
  }

  /** Counts acknowledgements that leave. */
  acknowledged(count: number): void {
    this.#inFlight -= count;
  }

  /** Notes the maximum in flight; call it after every read. */
  measure(): void {
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
  }

  /** Notes that a batch begins. */
  begin(now: number): void {
    this.#began = now;
  }

  /** How long the next batch may wait for more messages, in ms; not at all if negative. */
  pauseMs(now: number): number {
    return this.#began + PACE_MS - now;
  }

  /**
   * Whether a broker with a small window probably sends nothing more until it gets
   * acknowledgements.
   *
   * @param waiting Acknowledgements of the next batch.
   */
  isWindowFull(waiting: number): boolean {
    return waiting > 0 && waiting >= WINDOW_FULL * this.#maxInFlight;
  }
}
