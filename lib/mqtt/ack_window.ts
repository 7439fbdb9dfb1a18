/**
 * How many acknowledgements the broker may not have read yet: what a kill at this moment would make
 * it deliver again.
 *
 * The Receive Maximum is no bound for that, and Mosquitto 2.0.11 lets as many more messages go with
 * every PUBACK while a resumed session has any queued. A broker answers in order, so a PINGRESP
 * proves that it has read every acknowledgement sent before the PINGREQ.
 */

/** Acknowledgements after which one asks. */
const ASK_AFTER = 1_000;
/**
 * An answer that has not come by then may never come: Mosquitto drops PINGRESPs as well while more
 * than `max_queued_messages` packets wait for a client (packet__queue, from 2.0.11+deb12u1 on).
 */
const LOST_MS = 1_000;

/** A PINGREQ that is not answered yet. */
interface Ping {
  /** When it was sent, ms on the monotonic clock. */
  readonly time: number;
  /** Acknowledgements sent before it. */
  readonly acks: number;
  /** Nobody but us waits for the answer. */
  own: boolean;
  readonly then?: (() => void) | undefined;
}

export class AckWindow {
  #sent = 0;
  #asked = 0;
  #confirmed = 0;
  readonly #pings: Ping[] = [];
  /** Whether npm:mqtt waits for an answer that was given up here. */
  #owed = false;

  /** Acknowledgements sent and not proven to be read. */
  get unconfirmed(): number {
    return this.#sent - this.#confirmed;
  }

  /** Whether the broker should be asked behind the acknowledgements sent so far. */
  get isDue(): boolean {
    return this.#sent - this.#asked >= ASK_AFTER;
  }

  /** Whether no question is open: with one at a time an answer that is lost shifts no others. */
  mayAsk(now: number): boolean {
    this.#forget(now);
    return this.#pings.every(({ own }) => !own);
  }

  /** Counts acknowledgements on their way out. */
  sent(acks: number): void {
    this.#sent += acks;
  }

  /** npm:mqtt sends this many PINGREQs. */
  pinged(count: number, now: number): void {
    for (; count > 0; count--) this.#ping(now, false);
  }

  /** A PINGRESP came in; whether npm:mqtt waits for one. */
  answered(): boolean {
    const ping = this.#pings.shift();
    if (ping) this.#confirmed = Math.max(this.#confirmed, ping.acks);
    ping?.then?.();
    const owed = this.#owed;
    this.#owed = false;
    return owed || ping?.own !== true;
  }

  /** How many of npm:mqtt's PINGREQs are unanswered; their answers will be for us alone. */
  takeOver(): number {
    const waiting = this.#pings.filter(({ own }) => !own);
    for (const ping of waiting) ping.own = true;
    return waiting.length;
  }

  /** A PINGREQ of ours goes out, and `then` is called when the broker has come as far. */
  ask(now: number, then?: () => void): void {
    this.#forget(now);
    this.#ping(now, true, then);
  }

  #ping(time: number, own: boolean, then?: () => void): void {
    this.#asked = this.#sent;
    this.#pings.push({ time, acks: this.#sent, own, then });
  }

  #forget(now: number): void {
    while (this.#pings[0] !== undefined && now - this.#pings[0].time >= LOST_MS) {
      this.#owed ||= !this.#pings.shift()!.own;
    }
  }
}
