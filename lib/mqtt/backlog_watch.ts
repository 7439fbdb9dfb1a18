/** Detects that more messages may have waited at the broker than it keeps. */

import {
  type Amount,
  type Asked,
  type Backlog,
  Backlogs,
  exceeds,
  fitsSmallQueue,
  type Flight,
  HeldTime,
  LastRead,
  LONG_MS,
  MIN_WINDOW,
  type Proof,
  QUEUE_LENGTH,
  SILENT_MS,
  type Stretch,
} from "./backlog.ts";
import { PingTimer } from "./ping_timer.ts";

/**
 * A broker answers in order: its PINGRESP follows everything that it sent before it read the
 * PINGREQ. So the messages between the two had been waiting, in the network's buffers or at the
 * broker. The PINGRESP also shows how many messages were in flight. A broker refills its window
 * with every acknowledgement while anything is queued, so fewer than the maximum so far prove that
 * its queue was empty, and more than that prove that it was empty before. Since a proof at most
 * those messages waited that have come since.
 */
export class BacklogWatch {
  readonly #backlogs = new Backlogs((backlog) => this.onBacklog(backlog));
  /** Messages received on this connection. */
  #amount: Amount = { packets: 0, bytes: 0 };
  /** The last proof that nothing waited: in the network, and in the broker's queue. */
  #sent = { time: 0, packets: 0, bytes: 0 };
  #queued: Proof = { time: 0, packets: 0, bytes: 0, inFlight: 0 };
  /** The last answered PINGREQ, with the messages in flight then. */
  #last = this.#queued;
  /** Maximum in flight at any answer. */
  #maxInFlight = 0;
  /** Maximum in flight since the last proof. */
  #peak = 0;
  /** Whether the maximum in flight does not show the broker's window. */
  #strict = false;
  readonly #lastRead = new LastRead();
  readonly #pings = new PingTimer();
  /** Whether more waited than the broker keeps, for sure. */
  #deep = false;
  readonly #held = new HeldTime();
  #ask = () => {};

  /** Whether the broker may hold messages, QoS 1 or 2, that it dropped in flight: see `Redelivery`. */
  undelivered = false;
  /** Called with every backlog once it has ended. */
  onBacklog: (backlog: Backlog) => void = () => {};

  /**
   * Starts a new connection: the messages that the session kept come first.
   *
   * @param ask Sends a PINGREQ.
   * @param version With MQTT 3.1.1 Mosquitto 2.0.11 sends up to twenty messages for every PUBACK
   * while any are queued, so the maximum in flight does not show its window.
   */
  connect(now: number, ask: () => void, version: 4 | 5): void {
    this.#lost(now);
    this.#ask = ask;
    this.#strict = version === 4;
    this.#lastRead.reset(now);
    this.#amount = { packets: 0, bytes: 0 };
    this.#last = { time: now, packets: 0, bytes: 0, inFlight: 0 };
    this.#maxInFlight = 0;
    this.#pings.reset(now);
    this.#begin(now);
  }

  /** Ends the connection that `ask` belongs to. */
  lost(now: number, ask: () => void): void {
    if (ask === this.#ask) this.#lost(now);
  }

  /** Call it every `TICK_MS`. */
  tick(now: number): void {
    this.#lastRead.tick(now);
    this.#backlogs.end(now);
    if (this.isDue(now)) this.#ask();
  }

  /**
   * Counts received messages.
   *
   * @param open Messages that were not acknowledged before.
   */
  received(now: number, { packets, bytes }: Amount, open: number): void {
    // A broker that was silent while this process could read had nothing queued.
    const { came, time } = this.#lastRead;
    if (now - came >= SILENT_MS && !this.#mayBeFull(open)) {
      this.#note(came);
      this.#begin(time);
    }
    this.#lastRead.came = now;
    this.#amount = { packets: this.#amount.packets + packets, bytes: this.#amount.bytes + bytes };
  }

  /** Notes that reading is paused because the queue is full, or goes on. */
  hold(now: number, held: boolean): void {
    this.#held.set(now, held);
  }

  /**
   * Whether a PINGREQ is due now.
   *
   * @param open Messages that are not acknowledged yet.
   */
  isDue(now: number, open = 0): boolean {
    const amount = this.#amount;
    if (amount.packets === Math.min(this.#sent.packets, this.#queued.packets)) return false;
    return this.#pings.isDue(now, amount, open, () => this.#stretches(now).length > 0);
  }

  /** Notes that a PINGREQ is sent. */
  asked(now: number, flight: Flight): Asked {
    const asked = { ...flight, ...this.#amount, time: now };
    // The broker drops a PINGRESP, too, when more waits than it keeps.
    const isLost = this.#pings.asked(now, asked);
    this.#deep ||= isLost && asked.packets - this.#sent.packets >= QUEUE_LENGTH.usual / 2;
    return asked;
  }

  /**
   * The last moment when nothing waited, at the broker or in the network, for sure. A broker that
   * ends takes with it what waited after that.
   *
   * @param open Messages that are not acknowledged yet.
   */
  clearAt(open: number): number {
    const { isSilent, time } = this.#lastRead;
    if (isSilent && !this.#mayBeFull(open)) return time;
    return this.#lastRead.provenUntil(this.#amount, this.#sent, this.#queued);
  }

  /** The last moment when nothing was on its way here, for sure. */
  get arrivedUntil(): number {
    const { isSilent, time } = this.#lastRead;
    return isSilent ? time : this.#lastRead.provenUntil(this.#amount, this.#sent);
  }

  /** Handles the answer to a PINGREQ; messages that came with it are `fresh`: not counted yet. */
  answered(asked: Asked, now: number, arrived: number, fresh: boolean): void {
    this.#pings.answered();
    // The answer follows all that waited, so nothing waited after the last message.
    const to = fresh ? now : this.#lastRead.came;
    const inFlight = asked.open + arrived - asked.arrived;
    this.#checkFlight({ ...asked, inFlight }, to);
    const isDeep = exceeds(asked, this.#amount, QUEUE_LENGTH.usual);
    this.#deep ||= isDeep;
    // With MQTT 3.1.1 the window is too small for that.
    this.undelivered ||= this.#deep && !this.#strict && arrived > 0;
    if (isDeep) return;
    this.#backlogs.add(this.#waiting(to));
    this.#sent = asked;
    this.#deep = false;
    this.#held.reset();
  }

  /** The backlog that may go on, a severe one first. */
  current(now: number): Backlog | undefined {
    const stretches = this.#stretches(now);
    const worst = stretches.find(({ severe }) => severe) ?? stretches[0];
    return worst && this.#backlogs.with(worst);
  }

  /** Reports backlogs that have ended, unless a severe one may go on; returns the one that may. */
  closeEpisode(now: number): Backlog | undefined {
    const current = this.current(now);
    if (current?.severe !== true) this.#backlogs.end();
    return current;
  }

  /** Whether a silent broker may be waiting for acknowledgements. */
  #mayBeFull(open: number): boolean {
    return open > 0 || this.#amount.packets - this.#queued.packets >= MIN_WINDOW;
  }

  /** Takes the messages in flight at an answered PINGREQ as a proof, if they are one. */
  #checkFlight(flight: Proof, to: number): void {
    const { inFlight } = flight;
    const last = this.#last, max = this.#maxInFlight;
    this.#last = flight;
    this.#peak = Math.max(this.#peak, inFlight);
    this.#maxInFlight = Math.max(max, inFlight);
    // More than ever: the window was not full before. As many as ever: it may be full.
    const proven = inFlight === 0 || inFlight < (this.#strict ? last.inFlight : max)
      ? flight
      : inFlight > max && !this.#strict
      ? last
      : undefined;
    if (proven === undefined || proven.time < this.#queued.time) return;
    this.#backlogs.add(this.#filled(to));
    this.#queued = proven;
    this.#peak = inFlight;
  }

  /** Ends the current backlog: nothing more can be proven on this connection. */
  #lost(now: number): void {
    this.#note(now);
    this.#backlogs.end();
    this.hold(now, false);
    this.#ask = () => {};
    this.#begin(now);
  }

  /** Takes a moment as a proof that nothing waited. */
  #begin(time: number): void {
    this.#sent = { ...this.#amount, time };
    this.#queued = { ...this.#amount, time, inFlight: 0 };
    this.#peak = 0;
    this.#deep = false;
    this.#held.reset();
  }

  /** The time since the last proof for the network, if more may have waited than fits. */
  #waiting(to: number): Stretch | undefined {
    const { time: from } = this.#sent;
    const heldMs = this.#held.ms(to);
    const isLong = to - from >= LONG_MS && exceeds(this.#sent, this.#amount, QUEUE_LENGTH.usual);
    const severe = this.#deep || heldMs >= LONG_MS || isLong;
    return severe || exceeds(this.#sent, this.#amount, QUEUE_LENGTH.smallest)
      ? { from, to, severe, heldMs }
      : undefined;
  }

  /** The time since the last proof for the queue, if more may have waited than a broker keeps. */
  #filled(to: number): Stretch | undefined {
    const { time: from, packets, bytes, inFlight } = this.#queued;
    // Messages in the window are not queued. If it was exceeded, those in flight count too.
    const beside = this.#strict ? inFlight : inFlight - this.#peak;
    const max = beside + this.#amount.packets - packets;
    if (fitsSmallQueue(max, this.#amount.bytes - bytes)) return undefined;
    const isFull = this.#peak >= MIN_WINDOW || to - from >= LONG_MS;
    return { from, to, severe: max >= QUEUE_LENGTH.usual && isFull, heldMs: 0 };
  }

  #stretches(now: number): Stretch[] {
    return [this.#waiting(now), this.#filled(now)].filter((stretch) => stretch !== undefined);
  }

  #note(now: number): void {
    for (const stretch of this.#stretches(now)) this.#backlogs.add(stretch);
  }
}
