/**
 * How many acknowledgements the broker may not have read yet: what a kill at this moment would make
 * it deliver again.
 *
 * The Receive Maximum should bound that, and does not everywhere: Mosquitto 2.0.11 lets 2,000 more
 * messages go with every PUBACK while a resumed session has any queued. A broker answers in order,
 * so a PINGRESP proves that it has read every acknowledgement sent before the PINGREQ.
 */

/** Acknowledgements after which one asks. */
const ASK_AFTER = 1_000;

/** A PINGREQ that is not answered yet. */
interface Ping {
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

  /** Acknowledgements sent and not proven to be read. */
  get unconfirmed(): number {
    return this.#sent - this.#confirmed;
  }

  /** Counts acknowledgements on their way out; whether a PINGREQ of ours must follow them. */
  sent(acks: number): boolean {
    this.#sent += acks;
    if (this.#sent - this.#asked < ASK_AFTER) return false;
    this.#ping(true);
    return true;
  }

  /** npm:mqtt sends this many PINGREQs. */
  pinged(count: number): void {
    for (; count > 0; count--) this.#ping(false);
  }

  /** A PINGRESP came in; whether npm:mqtt waits for it. */
  answered(): boolean {
    const ping = this.#pings.shift();
    if (ping) this.#confirmed = ping.acks;
    ping?.then?.();
    return ping?.own !== true;
  }

  /** How many of npm:mqtt's PINGREQs are unanswered; their answers will be for us alone. */
  takeOver(): number {
    const waiting = this.#pings.filter(({ own }) => !own);
    for (const ping of waiting) ping.own = true;
    return waiting.length;
  }

  /** A PINGREQ of ours goes out, and `then` is called when the broker has come as far. */
  ask(then: () => void): void {
    this.#ping(true, then);
  }

  #ping(own: boolean, then?: () => void): void {
    this.#asked = this.#sent;
    this.#pings.push({ acks: this.#sent, own, then });
  }
}
