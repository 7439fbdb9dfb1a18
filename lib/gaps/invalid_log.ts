/** Logs invalid messages before they are acknowledged. */

import { backoff, type Clock } from "../system/clock.ts";
import { cannotWrite, RecordingError, StateError } from "../locale/errors.ts";
import type { Delivery } from "../message/delivery.ts";
import {
  type Breach,
  identify,
  type InvalidMessages,
  type LeftOut,
  merge,
} from "../message/invalid_message.ts";
import { invalidGap } from "./invalid_rows.ts";
import type { GapLog } from "./gap_log.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";

/** The first time window whose messages share a row; each next one is twice as long. */
const FIRST_WINDOW_MS = 2_000, MAX_WINDOW_MS = 600_000;
/** A kind that has not come for this long starts over. */
const QUIET_MS = 3_600_000;
/** A disk that does not answer for this long is reported as stalled. */
const SLOW_MS = 2_000;

/** A message of a new kind was left out. */
export interface LeftOutEvent {
  readonly type: "leftOut";
  readonly breach: Breach;
  /** Escaped; undefined: many topics. */
  readonly topic: string | undefined;
  /** Path of the gap log. */
  readonly path: string;
}

type Stall = Extract<RecorderEvent, { type: "stalled" | "resumed" }>;

interface Parts {
  readonly clock: Clock;
  readonly gapLog: Pick<GapLog, "path" | "add" | "flush" | "pending" | "cause">;
  /** Writes the open windows to the state of the run, and syncs it. */
  readonly note: (leftOut: readonly LeftOut[]) => Promise<void>;
  readonly onEvent: (event: LeftOutEvent | Stall) => void;
  /** Whether the first failed write ends the retries. @default {false} */
  readonly exitOnError?: boolean | undefined;
}

/** One kind of message: a breach and a topic. */
interface Kind {
  windowMs: number;
  /** When the last one came, on the monotonic clock. */
  lastAt: number;
  /** The messages of the open window. */
  messages?: InvalidMessages | undefined;
  /** The open window, as the state of the run holds it. */
  open?: LeftOut | undefined;
  /** End of the window, on the monotonic clock. */
  endsAt: number;
}

/**
 * The first message of a kind becomes a row at once. Later ones share a row for each time window,
 * with their count: a device may send a thousand a second. The state of the run holds an open
 * window from its start, so that after a kill the next run writes its row.
 */
export class InvalidLog {
  readonly #parts: Parts;
  readonly #kinds = new Map<string, Kind>();
  /** Windows that have ended and whose rows are not on disk yet. */
  #ended: LeftOut[] = [];
  #unnoted = false;

  /** Messages left out so far. */
  count = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The windows that the next run must log if this one is killed. */
  get open(): readonly LeftOut[] {
    if (!this.#parts.gapLog.pending) this.#ended = [];
    const open = [...this.#kinds.values()].flatMap(({ open }) => open ?? []);
    return [...this.#ended, ...open];
  }

  /**
   * Passes deliveries on; their `ack()` first logs their invalid messages.
   *
   * @param signal Ends the retries of a failed write: then `ack()` rejects.
   */
  async *logged(
    deliveries: AsyncIterable<Delivery>,
    signal: AbortSignal,
  ): AsyncGenerator<Delivery, void, unknown> {
    for await (const delivery of deliveries) {
      const { leftOut } = delivery;
      if (leftOut === undefined) {
        yield delivery;
        continue;
      }
      const ack = async () => {
        for (const messages of leftOut) this.#take(messages);
        await this.#durable(signal);
        await delivery.ack();
      };
      yield { ...delivery, ack };
    }
  }

  /** Ends the windows whose time is over; call it about once a second. */
  tick(): void {
    const now = this.#parts.clock.monotonic();
    for (const [key, kind] of this.#kinds) {
      if (kind.open && now >= kind.endsAt) this.#close(kind);
      else if (!kind.open && now - kind.lastAt >= QUIET_MS) this.#kinds.delete(key);
    }
  }

  /** Ends all windows. */
  end(): void {
    for (const kind of this.#kinds.values()) if (kind.open) this.#close(kind);
  }

  #take(found: InvalidMessages): void {
    const { clock, gapLog, onEvent } = this.#parts;
    const lastAt = clock.monotonic();
    this.count += found.count;
    const [key, messages] = identify(this.#kinds, found);
    const kind = this.#kinds.get(key);
    if (kind === undefined) {
      this.#kinds.set(key, { windowMs: FIRST_WINDOW_MS, lastAt, endsAt: lastAt });
      gapLog.add(invalidGap(messages));
      const { breach, topic } = messages;
      onEvent({ type: "leftOut", breach, topic, path: gapLog.path });
      return;
    }
    kind.lastAt = lastAt;
    if (kind.open && lastAt >= kind.endsAt) this.#close(kind);
    if (kind.open === undefined) this.#open(kind, messages);
    kind.messages = kind.messages ? merge(kind.messages, messages) : messages;
  }

  #open(kind: Kind, { breach, topic, from, to }: InvalidMessages): void {
    kind.open = { breach, topic, since: from, until: to + kind.windowMs };
    kind.endsAt = this.#parts.clock.monotonic() + kind.windowMs;
    this.#unnoted = true;
  }

  #close(kind: Kind): void {
    // The window stays in the state until its row is on disk.
    this.#parts.gapLog.add(invalidGap(kind.messages!));
    this.#ended.push(kind.open!);
    kind.open = kind.messages = undefined;
    kind.windowMs = Math.min(2 * kind.windowMs, MAX_WINDOW_MS);
    void this.#parts.gapLog.flush();
  }

  /** Resolves when rows and state are on disk. */
  async #durable(signal: AbortSignal): Promise<void> {
    const { clock, gapLog, onEvent, exitOnError } = this.#parts;
    const began = clock.monotonic();
    let stalled = false;
    const stall = (cause: unknown) => {
      if (!stalled) onEvent({ type: "stalled", cause, forMs: clock.monotonic() - began });
      stalled = true;
    };
    const timer = new AbortController();
    void clock.sleep(SLOW_MS, timer.signal).then(() => {
      if (!timer.signal.aborted) stall(new StateError("SLOW"));
    });
    try {
      for (let attempt = 0;; attempt++) {
        const cause = await this.#sync();
        if (cause === undefined) break;
        stall(cause);
        if (signal.aborted || exitOnError) throw cannotLog(gapLog.path, cause);
        await clock.sleep(backoff(attempt, () => 0.5, { maxMs: 2_000 }), signal);
      }
    } finally {
      timer.abort();
    }
    if (stalled) onEvent({ type: "resumed" });
  }

  /** Writes rows and state; returns the error, undefined if there was none. */
  async #sync(): Promise<unknown> {
    const { gapLog, note } = this.#parts;
    do await gapLog.flush(); while (gapLog.pending && gapLog.cause === undefined);
    if (gapLog.pending) return gapLog.cause;
    if (!this.#unnoted) return undefined;
    try {
      this.#unnoted = false;
      await note(this.open);
      return undefined;
    } catch (cause) {
      this.#unnoted = true;
      return cause;
    }
  }
}

/** A `RecordingError` is a whole sentence already. */
function cannotLog(path: string, cause: unknown): RecordingError {
  if (cause instanceof RecordingError) return cause;
  return cannotWrite(path, cause);
}
