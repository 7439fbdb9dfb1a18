/** The drop count of the built-in broker: always 0, because its queues have no bound. */

import type { Clock } from "../system/clock.ts";
import type { DropReading } from "../message/drop_count.ts";
import type { DropCounter } from "./open_gaps.ts";

export class OwnDrops implements DropCounter {
  readonly counts = true;
  readonly #clock: Clock;
  /** Far enough back that the uptime covers every gap of this run. */
  readonly #began: number;

  onReading: DropCounter["onReading"] = () => {};
  onNone: DropCounter["onNone"] = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = clock.monotonic() - 60_000;
  }

  get last(): DropReading {
    return this.before(this.#clock.monotonic());
  }

  before(monotonic: number): DropReading {
    const uptimeS = Math.floor((monotonic - this.#began) / 1000);
    const time = this.#clock.now() - (this.#clock.monotonic() - monotonic);
    return { dropped: 0, uptimeS, time, monotonic };
  }

  ask(): void {
    queueMicrotask(() => this.onReading(this.last, this.#clock.monotonic()));
  }
}
