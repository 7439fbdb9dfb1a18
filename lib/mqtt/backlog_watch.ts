/** Tells when a broker may have had more messages waiting for us than it keeps. */

import {
  type Asked,
  type Backlog,
  type Episode,
  type Flight,
  joined,
  LONG_MS,
  MERGE_MS,
  shown,
} from "./backlog.ts";

/** Messages that brokers keep for a client at least, as installed: Mosquitto, EMQX, HiveMQ 1,000. */
const KEPT = 900;
/** The broker is asked whether anything waits after so many messages, and so much time. */
const RULES = [[200, 5], [100, 250], [4, 1_000]] as const;
/** So often where more may wait than it keeps. */
const URGENT_MS = 250;
/** Acknowledgements that are about to leave are waited for, but for no longer. */
const PATIENT_MS = 1_000;
/** A broker that has something, and may send it, is not silent for so long. */
const SILENT_MS = 1_000;

/**
 * A broker answers in order. Its PINGRESP comes behind all that it had sent when it read the
 * PINGREQ, so what came between the two had been waiting. It also tells how many messages were in
 * flight at that moment: the broker refills its window with every acknowledgement as long as it has
 * anything queued, so a number that has fallen proves that its queue was empty. Between two such
 * proofs it cannot have kept more for us than what was in flight at the first and came until the
 * second.
 */
export class BacklogWatch {
  /** Packets that have come on this connection. */
  #packets = 0;
  /** Since when it is not proven that nothing waits, and what was known then. */
  #proof = { time: 0, packets: 0, inFlight: 0 };
  /** What the last answer told. */
  #lastInFlight = 0;
  /** When the last packet came, and when this process is known to have run. */
  #came = 0;
  #alive = 0;
  #lastAsked = { time: 0, packets: 0 };
  #isAnswered = true;
  /** Whether the next question is to follow acknowledgements. */
  #behindAcks = true;
  /** Whether more waited than the broker keeps. */
  #deep = false;
  #heldSince: number | undefined;
  #heldMs = 0;
  #episode: Episode | undefined;
  #ask = () => {};

  /** Called with every backlog once it is over. */
  onBacklog: (backlog: Backlog) => void = () => {};

  /**
   * A new connection: what the session has kept comes first.
   *
   * @param ask Asks the broker, as `isDue` says.
   */
  connect(now: number, ask: () => void): void {
    this.#lost(now);
    this.#ask = ask;
    this.#came = this.#alive = now;
    this.#packets = this.#lastInFlight = 0;
    this.#lastAsked = { time: now, packets: 0 };
    this.#isAnswered = true;
    this.#prove(now, 0, 0);
  }

  /** The connection that was asked by `ask` is gone. */
  lost(now: number, ask: () => void): void {
    if (ask === this.#ask) this.#lost(now);
  }

  /** To be called about once a second. */
  tick(now: number): void {
    this.#alive = now;
    if (this.#episode && now - this.#episode.to >= MERGE_MS) this.closeEpisode(now);
    if (this.isDue(now)) this.#ask();
  }

  /**
   * So many packets have come.
   *
   * @param open Acknowledgements that had not left before.
   */
  came(now: number, count: number, open: number): void {
    // Nothing waited before the silence, nor while this process could have read it.
    if (now - this.#came >= SILENT_MS && open === 0) {
      this.#take(this.#came);
      this.#prove(Math.max(this.#came, this.#alive), this.#packets, 0);
    }
    this.#came = now;
    this.#packets += count;
  }

  /** For want of room nothing is read from now on; `false`: it is again. */
  hold(now: number, held: boolean): void {
    if (held) this.#heldSince ??= now;
    else if (this.#heldSince !== undefined) {
      this.#heldMs += now - this.#heldSince;
      this.#heldSince = undefined;
    }
  }

  /**
   * Whether the broker is to be asked now.
   *
   * @param open Messages that wait to be acknowledged. Every second question is asked behind
   * acknowledgements: messages that come evenly are as many in flight at each of these moments, but
   * not in between.
   */
  isDue(now: number, open = 0): boolean {
    if (this.#packets === this.#proof.packets) return false;
    const waitedMs = now - this.#lastAsked.time;
    if (open > 0 && this.#behindAcks || !this.#isAnswered) return waitedMs >= PATIENT_MS;
    const fresh = this.#packets - this.#lastAsked.packets;
    const isUrgent = this.#deep || this.#amount >= KEPT || this.#episode !== undefined;
    return isUrgent && waitedMs >= URGENT_MS ||
      RULES.some(([count, ms]) => fresh >= count && waitedMs >= ms);
  }

  /** The broker is asked. */
  asks(now: number, flight: Flight): Asked {
    const asked = { ...flight, time: now, packets: this.#packets };
    // An answer that does not come while messages do was dropped: more waits than the broker keeps.
    const isLost = !this.#isAnswered && now - this.#lastAsked.time >= PATIENT_MS;
    this.#deep ||= isLost && this.#amount >= KEPT / 2;
    this.#lastAsked = asked;
    this.#behindAcks = !this.#behindAcks;
    this.#isAnswered = false;
    return asked;
  }

  /**
   * The broker has answered.
   *
   * @param arrived See `Flight`.
   */
  answered(asked: Asked, now: number, arrived: number): void {
    this.#isAnswered = true;
    const inFlight = asked.open + arrived - asked.arrived;
    const empty = inFlight === 0 || inFlight < this.#lastInFlight;
    this.#lastInFlight = inFlight;
    const deep = this.#packets - asked.packets >= KEPT;
    this.#deep ||= deep;
    if (!empty || deep) return;
    this.#take(now);
    this.#prove(asked.time, asked.packets, inFlight);
  }

  /** The backlog that is not known to be over. */
  current(now: number): Backlog | undefined {
    const stretch = this.#stretch(now);
    return stretch && shown(joined(this.#episode, stretch) ?? stretch);
  }

  /** Tells of a backlog that is over for all that is known, and returns one that is not. */
  closeEpisode(now: number): Backlog | undefined {
    const backlog = this.current(now);
    if (backlog === undefined) this.#end();
    return backlog;
  }

  /** What could be proven went with the connection. */
  #lost(now: number): void {
    this.#take(now);
    this.#end();
    this.hold(now, false);
    this.#ask = () => {};
    this.#prove(now, this.#packets, 0);
  }

  #prove(time: number, packets: number, inFlight: number): void {
    this.#proof = { time, packets, inFlight };
    this.#deep = false;
    this.#heldMs = 0;
  }

  /** What passed since the last proof, where more may have waited than the broker keeps. */
  #stretch(now: number): Episode | undefined {
    const heldMs = this.#heldMs + (now - (this.#heldSince ?? now));
    const severe = this.#deep || heldMs >= LONG_MS;
    if (!severe && this.#amount < KEPT) return undefined;
    return { from: this.#proof.time, to: now, severe, heldMs };
  }

  /** The most that can have waited since the last proof. */
  get #amount(): number {
    const { packets, inFlight } = this.#proof;
    return inFlight + this.#packets - packets;
  }

  #take(now: number): void {
    const stretch = this.#stretch(now);
    if (stretch === undefined) return;
    const episode = joined(this.#episode, stretch);
    if (episode === undefined) this.#end();
    this.#episode = episode ?? stretch;
  }

  #end(): void {
    const episode = this.#episode;
    this.#episode = undefined;
    if (episode) this.onBacklog(shown(episode));
  }
}
