/** Tells of a commit that takes long or fails, and of its end. */

import { StateError } from "../locale/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { RecorderEvent } from "./recorder_events.ts";

/** A longer commit is reported, because a disk can hang without an error. */
const SLOW_MS = 2_000;

export class Stall {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #onEvent: (event: RecorderEvent) => void;
  /** Start of the running commit on the monotonic clock. */
  #since: number | undefined;
  #kind: "no" | "slow" | "failed" = "no";

  constructor(clock: Pick<Clock, "monotonic">, onEvent: (event: RecorderEvent) => void) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** Whether a commit runs. */
  get running(): boolean {
    return this.#since !== undefined;
  }

  begin(): void {
    this.#since = this.#clock.monotonic();
  }

  /** An attempt failed. */
  failed(cause: unknown): void {
    this.#tell("failed", cause);
  }

  /** Reports a disk that has not answered for a while. */
  watch(): void {
    if (this.#since === undefined || this.#kind !== "no") return;
    if (this.#clock.monotonic() - this.#since > SLOW_MS) {
      this.#tell("slow", new StateError("SLOW"));
    }
  }

  /** @param done Whether the rows are written. */
  end(done: boolean): void {
    this.#since = undefined;
    if (!done || this.#kind === "no") return;
    this.#kind = "no";
    this.#onEvent({ type: "resumed" });
  }

  #tell(kind: "slow" | "failed", cause: unknown): void {
    if (this.#kind === kind) return;
    this.#kind = kind;
    this.#onEvent({ type: "stalled", cause, forMs: this.#clock.monotonic() - this.#since! });
  }
}
