/** When a PINGREQ is due that shows whether messages wait at the broker. */

import { type Amount, QUEUE_BYTES } from "./backlog.ts";

/**
 * A PINGREQ is due after this many messages or bytes, and this many ms: several come within the
 * smallest queue, as not each answer is a proof.
 */
const MIN_MS = 10, RULES = [[8, QUEUE_BYTES / 8, MIN_MS], [2, Infinity, 500]] as const;
/** Interval of PINGREQs while more may wait than the broker keeps. */
const URGENT_MS = 250;
/** A PINGREQ waits no longer than this for acknowledgements, or for the previous answer. */
const PATIENT_MS = 1_000;

export class PingTimer {
  /** When the last PINGREQ was sent, and the messages received before. */
  #time = 0;
  #amount: Amount = { packets: 0, bytes: 0 };
  #isAnswered = true;
  /** Whether the next PINGREQ should follow acknowledgements. */
  #afterAcks = true;

  /** Starts a new connection. */
  reset(now: number): void {
    this.#time = now;
    this.#amount = { packets: 0, bytes: 0 };
    this.#isAnswered = true;
  }

  /**
   * Whether a PINGREQ is due now.
   *
   * @param amount Messages received on this connection.
   * @param open Messages that are not acknowledged yet. Every second PINGREQ follows
   * acknowledgements: of evenly spaced messages always as many are in flight then, but not in
   * between.
   * @param isUrgent Whether more may wait than the broker keeps.
   */
  isDue(now: number, amount: Amount, open: number, isUrgent: () => boolean): boolean {
    const waitedMs = now - this.#time;
    // First: at full speed it is asked 5,000 times a second.
    if (waitedMs < MIN_MS) return false;
    if (open > 0 && this.#afterAcks || !this.#isAnswered) return waitedMs >= PATIENT_MS;
    const packets = amount.packets - this.#amount.packets;
    const bytes = amount.bytes - this.#amount.bytes;
    const isFresh = RULES.some(([count, size, ms]) =>
      waitedMs >= ms && (packets >= count || bytes >= size)
    );
    return isFresh || waitedMs >= URGENT_MS && isUrgent();
  }

  /** Notes that a PINGREQ is sent; whether the previous one was not answered in time. */
  asked(now: number, amount: Amount): boolean {
    const isLost = !this.#isAnswered && now - this.#time >= PATIENT_MS;
    this.#time = now;
    this.#amount = amount;
    this.#afterAcks = !this.#afterAcks;
    this.#isAnswered = false;
    return isLost;
  }

  /** Notes an answer. */
  answered(): void {
    this.#isAnswered = true;
  }
}
