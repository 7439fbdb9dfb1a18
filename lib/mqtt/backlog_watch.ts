/** Detects that more messages may have waited at the broker than it keeps. */

import {
  type Asked,
  type Backlog,
  backlogOf,
  type Episode,
  type Flight,
  joined,
  LONG_MS,
  MERGE_MS,
} from "./backlog.ts";

/** Messages that a broker keeps for a client by default, less a margin (Mosquitto, EMQX: 1,000). */
const QUEUE_LENGTH = 900;
/** A PINGREQ is due after this many messages and this many ms. */
const RULES = [[200, 5], [100, 250], [4, 1_000]] as const;
/** Interval of PINGREQs while more may wait than the broker keeps. */
const URGENT_MS = 250;
/** A PINGREQ waits no longer than this for acknowledgements to leave first. */
const PATIENT_MS = 1_000;
/** A broker that may send and is silent for this long has nothing queued. */
const SILENT_MS = 1_000;

/**
 * A broker answers in order: its PINGRESP follows everything that it sent before it read the
 * PINGREQ, so the messages between the two had been waiting. The PINGRESP also shows how many
 * messages were in flight. The broker refills its window with every acknowledgement while anything
 * is queued, so a lower number proves that its queue was empty. Between two such proofs at most
 * those messages waited that were in flight at the first or came until the second.
 */
export class BacklogWatch {
  /** Packets received on this connection. */
  #packets = 0;
  /** The last proof that nothing waits, and the figures then. */
  #proof = { time: 0, packets: 0, inFlight: 0 };
  /** Messages in flight at the last answer. */
  #lastInFlight = 0;
  /** When the last packet came, and when this process last ran for sure. */
  #came = 0;
  #alive = 0;
  #lastAsked = { time: 0, packets: 0 };
  #isAnswered = true;
  /** Whether the next PINGREQ should follow acknowledgements. */
  #afterAcks = true;
  /** Whether more waited than the broker keeps, for sure. */
  #deep = false;
  #heldSince: number | undefined;
  #heldMs = 0;
  #episode: Episode | undefined;
  #ask = () => {};

  /** Called with every backlog once it has ended. */
  onBacklog: (backlog: Backlog) => void = () => {};

  /**
   * Starts a new connection: the messages that the session kept come first.
   *
   * @param ask Sends a PINGREQ.
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

  /** Ends the connection that `ask` belongs to. */
  lost(now: number, ask: () => void): void {
    if (ask === this.#ask) this.#lost(now);
  }

  /** Call it about once a second. */
  tick(now: number): void {
    this.#alive = now;
    if (this.#episode && now - this.#episode.to >= MERGE_MS) this.closeEpisode(now);
    if (this.isDue(now)) this.#ask();
  }

  /**
   * Counts received packets.
   *
   * @param open Messages that were not acknowledged before.
   */
  received(now: number, count: number, open: number): void {
    // A broker that was silent while this process could read had nothing queued.
    if (now - this.#came >= SILENT_MS && open === 0) {
      this.#take(this.#came);
      this.#prove(Math.max(this.#came, this.#alive), this.#packets, 0);
    }
    this.#came = now;
    this.#packets += count;
  }

  /** Notes that reading is paused because the queue is full, or goes on. */
  hold(now: number, held: boolean): void {
    if (held) this.#heldSince ??= now;
    else if (this.#heldSince !== undefined) {
      this.#heldMs += now - this.#heldSince;
      this.#heldSince = undefined;
    }
  }

  /**
   * Whether a PINGREQ is due now.
   *
   * @param open Messages that are not acknowledged yet. Every second PINGREQ follows
   * acknowledgements: of evenly spaced messages always as many are in flight then, but not in
   * between.
   */
  isDue(now: number, open = 0): boolean {
    if (this.#packets === this.#proof.packets) return false;
    const waitedMs = now - this.#lastAsked.time;
    if (open > 0 && this.#afterAcks || !this.#isAnswered) return waitedMs >= PATIENT_MS;
    const fresh = this.#packets - this.#lastAsked.packets;
    const isUrgent = this.#deep || this.#amount >= QUEUE_LENGTH || this.#episode !== undefined;
    return isUrgent && waitedMs >= URGENT_MS ||
      RULES.some(([count, ms]) => fresh >= count && waitedMs >= ms);
  }

  /** Notes that a PINGREQ is sent. */
  asked(now: number, flight: Flight): Asked {
    const asked = { ...flight, time: now, packets: this.#packets };
    // The broker drops a PINGRESP, too, when more waits than it keeps.
    const isLost = !this.#isAnswered && now - this.#lastAsked.time >= PATIENT_MS;
    this.#deep ||= isLost && this.#amount >= QUEUE_LENGTH / 2;
    this.#lastAsked = asked;
    this.#afterAcks = !this.#afterAcks;
    this.#isAnswered = false;
    return asked;
  }

  /**
   * Handles the answer to a PINGREQ.
   *
   * @param arrived See `Flight`.
   */
  answered(asked: Asked, now: number, arrived: number): void {
    this.#isAnswered = true;
    const inFlight = asked.open + arrived - asked.arrived;
    const empty = inFlight === 0 || inFlight < this.#lastInFlight;
    this.#lastInFlight = inFlight;
    const deep = this.#packets - asked.packets >= QUEUE_LENGTH;
    this.#deep ||= deep;
    if (!empty || deep) return;
    this.#take(now);
    this.#prove(asked.time, asked.packets, inFlight);
  }

  /** The backlog that may go on. */
  current(now: number): Backlog | undefined {
    const stretch = this.#stretch(now);
    return stretch && backlogOf(joined(this.#episode, stretch) ?? stretch);
  }

  /** Reports a backlog that has ended, or returns the one that may go on. */
  closeEpisode(now: number): Backlog | undefined {
    const backlog = this.current(now);
    if (backlog === undefined) this.#end();
    return backlog;
  }

  /** Ends the current backlog: nothing more can be proven on this connection. */
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

  /** The time since the last proof, if more may have waited than the broker keeps. */
  #stretch(now: number): Episode | undefined {
    const heldMs = this.#heldMs + (now - (this.#heldSince ?? now));
    const severe = this.#deep || heldMs >= LONG_MS;
    if (!severe && this.#amount < QUEUE_LENGTH) return undefined;
    return { from: this.#proof.time, to: now, severe, heldMs };
  }

  /** Messages that can have waited since the last proof, at most. */
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
    if (episode) this.onBacklog(backlogOf(episode));
  }
}
