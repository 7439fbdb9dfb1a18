/**
 * Counts the acknowledgements that the broker may not have read yet: after a kill it would deliver
 * their messages again.
 *
 * The Receive Maximum does not bound them: Mosquitto 2.0.11 sends as many more messages with every
 * PUBACK while a resumed session has any queued. A broker answers in order, so a PINGRESP proves
 * that it has read every acknowledgement sent before the PINGREQ.
 */

import { QUEUE_LENGTH } from "./backlog.ts";

/** A PINGREQ is due after this many acknowledgements. */
const ASK_AFTER = 1_000;
/**
 * A PINGRESP later than this may never come: Mosquitto drops PINGRESPs too while more than
 * `max_queued_messages` packets wait for a client (packet__queue, since 2.0.11+deb12u1). These come
 * after it then; with fewer messages it is late, as a broker without a free processor may be.
 */
const LOST_MS = 1_000, LOST_MESSAGES = QUEUE_LENGTH.usual / 2, LATE_MS = 10_000;

/** Largest number of open PINGREQs of ours: a lost answer shifts those that follow, for a while. */
const MAX_OPEN = 2;

/** An unanswered PINGREQ. */
interface Ping {
  /** When it was sent, ms on the monotonic clock. */
  readonly time: number;
  /** Acknowledgements sent before it. */
  readonly acks: number;
  /** Messages received before. */
  readonly received: number;
  /** Whether npm:mqtt does not wait for the answer. */
  own: boolean;
  readonly then?: (() => void) | undefined;
}

export class AckWindow {
  #sent = 0;
  #asked = 0;
  #confirmed = 0;
  readonly #pings: Ping[] = [];
  readonly #received: () => number;
  /** Whether npm:mqtt still waits for an answer that counts as lost here. */
  #owed = false;

  /** @param received The number of messages received so far. */
  constructor(received: () => number) {
    this.#received = received;
  }

  /** Acknowledgements sent that the broker is not proven to have read. */
  get unconfirmed(): number {
    return this.#sent - this.#confirmed;
  }

  /** Whether a PINGREQ should follow the acknowledgements sent so far. */
  get isDue(): boolean {
    return this.#sent - this.#asked >= ASK_AFTER;
  }

  /** Whether few enough PINGREQs of ours are open. */
  mayAsk(now: number): boolean {
    this.#forget(now);
    return this.#pings.filter(({ own }) => own).length < MAX_OPEN;
  }

  /** Counts acknowledgements that leave. */
  sent(acks: number): void {
    this.#sent += acks;
  }

  /** Notes that npm:mqtt sends PINGREQs. */
  pinged(count: number, now: number): void {
    for (; count > 0; count--) this.#ping(now, false);
  }

  /** Handles a PINGRESP; whether npm:mqtt waits for it. */
  answered(): boolean {
    const ping = this.#pings.shift();
    if (ping) this.#confirmed = Math.max(this.#confirmed, ping.acks);
    ping?.then?.();
    const owed = this.#owed;
    this.#owed = false;
    return owed || ping?.own !== true;
  }

  /** Counts npm:mqtt's unanswered PINGREQs, whose answers it will not get any more. */
  takeOver(): number {
    const waiting = this.#pings.filter(({ own }) => !own);
    for (const ping of waiting) ping.own = true;
    return waiting.length;
  }

  /** Notes a PINGREQ of ours; `then` is called when the broker answers it. */
  ask(now: number, then?: () => void): void {
    this.#forget(now);
    this.#ping(now, true, then);
  }

  #ping(time: number, own: boolean, then?: () => void): void {
    this.#asked = this.#sent;
    this.#pings.push({ time, acks: this.#sent, received: this.#received(), own, then });
  }

  #forget(now: number): void {
    const isLost = ({ time, received }: Ping) => {
      const lateMs = now - time;
      return lateMs >= LATE_MS || lateMs >= LOST_MS && this.#received() - received >= LOST_MESSAGES;
    };
    while (this.#pings[0] && isLost(this.#pings[0])) {
      if (!this.#pings.shift()!.own) this.#owed = true;
    }
  }
}
