/** Tells when a broker may have had more messages waiting for us than it keeps. */

/** Messages that brokers keep for a client at least, as installed: Mosquitto, EMQX, HiveMQ 1,000. */
const KEPT = 900;
/** Bytes that the network's buffers hold besides, at least: Linux' smallest for both ends. */
const BUFFERED = 64 * 1024;
/** Brokers have no smaller window, as installed: HiveMQ 10, Mosquitto 20, EMQX 32. */
const MIN_WINDOW = 10;
/** A backlog of this length is told whatever is known of it. */
const LONG_MS = 2_000;
/** Backlogs with less than this between them are one. */
const MERGE_MS = 500;
/** The broker is asked whether anything waits after so many messages, and so much time. */
const RULES = [[200, 5], [100, 250], [4, 1_000]] as const;
/** So often where more may wait than it keeps. */
const URGENT_MS = 250;
/** Acknowledgements that are about to leave are waited for, and an answer, but for no longer. */
const PATIENT_MS = 1_000;
/** A broker that has something, and may send it, is not silent for so long. */
const SILENT_MS = 1_000;

/** A time in which more may have waited than the broker keeps; ms on the monotonic clock. */
export interface Backlog {
  readonly from: number;
  readonly to: number;
  /** Whether it is told also where the broker does not count what it drops. */
  readonly severe: boolean;
  /** Whether it was for want of room here, more than half of the time. */
  readonly heldBack: boolean;
}

/** What is known of messages with QoS 1 and 2 on a connection. */
export interface Flight {
  /** Came and are not acknowledged yet. */
  readonly open: number;
  /** Have come, all in all. */
  readonly arrived: number;
}

/** What has come of messages. */
interface Amount {
  readonly packets: number;
  readonly bytes: number;
}

/** What is known when the broker is asked; to be handed in with its answer. */
export interface Asked extends Flight, Amount {
  readonly time: number;
}

/** A moment at which the broker's queue was empty, with what was in flight then. */
interface Proof {
  readonly time: number;
  readonly packets: number;
  readonly inFlight: number;
}

/** An episode under way. */
interface Episode {
  readonly from: number;
  readonly to: number;
  readonly severe: boolean;
  readonly heldMs: number;
}

/**
 * A broker answers in order. Its PINGRESP comes behind all that it had sent when it read the
 * PINGREQ, so what came between the two had been waiting: at the broker, what did not fit into the
 * network's buffers. And it tells how many messages were in flight at that moment. A broker refills
 * the window with every acknowledgement as long as it has anything queued, so that fewer than there
 * have ever been prove that its queue was empty, and more that it was before; since then it cannot
 * have kept more for us than has come.
 */
export class BacklogWatch {
  /** What has come on this connection. */
  #come: Amount = { packets: 0, bytes: 0 };
  /** Since when there is no proof that nothing waits, in the network and in the broker's queue. */
  #sent = { time: 0, packets: 0, bytes: 0 };
  #queued: Proof = { time: 0, packets: 0, inFlight: 0 };
  /** The question that was answered last, with the messages in flight then. */
  #last: Proof = { time: 0, packets: 0, inFlight: 0 };
  /** The most that there were in flight at any answer. */
  #maxInFlight = 0;
  /** The most since the last proof. */
  #peak = 0;
  /** Whether what there ever was tells nothing of the broker's window. */
  #strict = false;
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
   * @param version With MQTT 3.1.1 Mosquitto 2.0.11 lets twenty more go with every PUBACK while it
   * has any queued: the most there were in flight tells nothing of its window.
   */
  connect(now: number, ask: () => void, version: 4 | 5): void {
    this.#lost(now);
    this.#ask = ask;
    this.#strict = version === 4;
    this.#came = this.#alive = now;
    this.#come = { packets: 0, bytes: 0 };
    this.#last = { time: now, packets: 0, inFlight: 0 };
    this.#maxInFlight = 0;
    this.#lastAsked = { time: now, packets: 0 };
    this.#isAnswered = true;
    this.#begin(now);
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
   * Messages have come.
   *
   * @param open Acknowledgements that had not left before.
   */
  came(now: number, { packets, bytes }: Amount, open: number): void {
    // Nothing waited before the silence, nor while this process could have read it.
    if (now - this.#came >= SILENT_MS && open === 0) {
      this.#take(this.#came);
      this.#begin(Math.max(this.#came, this.#alive));
    }
    this.#came = now;
    this.#come = { packets: this.#come.packets + packets, bytes: this.#come.bytes + bytes };
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
    const { packets } = this.#come;
    if (packets === Math.min(this.#sent.packets, this.#queued.packets)) return false;
    const waitedMs = now - this.#lastAsked.time;
    if (open > 0 && this.#behindAcks || !this.#isAnswered) return waitedMs >= PATIENT_MS;
    const fresh = packets - this.#lastAsked.packets;
    const isUrgent = this.#episode !== undefined || this.#stretch(now) !== undefined;
    return isUrgent && waitedMs >= URGENT_MS ||
      RULES.some(([count, ms]) => fresh >= count && waitedMs >= ms);
  }

  /** The broker is asked. */
  asks(now: number, flight: Flight): Asked {
    const asked = { ...flight, ...this.#come, time: now };
    // An answer that does not come while messages do was dropped: more waits than the broker keeps.
    const isLost = !this.#isAnswered && now - this.#lastAsked.time >= PATIENT_MS;
    this.#deep ||= isLost && asked.packets - this.#sent.packets >= KEPT / 2;
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
    const { time, packets } = asked;
    this.#fly({ time, packets, inFlight }, now);
    const deep = exceeds(asked, this.#come);
    this.#deep ||= deep;
    if (!deep) {
      this.#note(this.#waiting(now));
      this.#sent = asked;
      this.#deep = false;
      this.#heldMs = 0;
    }
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

  /** So many were in flight when the broker was asked. */
  #fly(flight: Proof, now: number): void {
    const { inFlight } = flight;
    const last = this.#last, most = this.#maxInFlight;
    this.#last = flight;
    this.#peak = Math.max(this.#peak, inFlight);
    this.#maxInFlight = Math.max(most, inFlight);
    // More than there ever were: the window was not full before. As many: it may be full.
    const proven = inFlight === 0 || inFlight < (this.#strict ? last.inFlight : most)
      ? flight
      : inFlight > most && !this.#strict
      ? last
      : undefined;
    if (proven === undefined || proven.time < this.#queued.time) return;
    this.#note(this.#filled(now));
    this.#queued = proven;
    this.#peak = inFlight;
  }

  /** What could be proven went with the connection. */
  #lost(now: number): void {
    this.#take(now);
    this.#end();
    this.hold(now, false);
    this.#ask = () => {};
    this.#begin(now);
  }

  /** From now on something may wait. */
  #begin(time: number): void {
    this.#sent = { ...this.#come, time };
    this.#queued = { packets: this.#come.packets, time, inFlight: 0 };
    this.#peak = 0;
    this.#deep = false;
    this.#heldMs = 0;
  }

  /** What may have waited on its way, where that may be more than the broker keeps. */
  #waiting(now: number): Episode | undefined {
    const heldMs = this.#heldMs + (now - (this.#heldSince ?? now));
    const severe = this.#deep || heldMs >= LONG_MS;
    if (!severe && !exceeds(this.#sent, this.#come)) return undefined;
    return { from: this.#sent.time, to: now, severe, heldMs };
  }

  /** The same, of what a full window kept back. */
  #filled(now: number): Episode | undefined {
    const { time, packets, inFlight } = this.#queued;
    // What fills the window is not queued; one that was exceeded holds what was in flight as well.
    const beside = this.#strict ? inFlight : inFlight - this.#peak;
    if (beside + this.#come.packets - packets < KEPT) return undefined;
    const severe = this.#peak >= MIN_WINDOW;
    return { from: time, to: now, severe, heldMs: 0 };
  }

  #stretch(now: number): Episode | undefined {
    const waiting = this.#waiting(now), filled = this.#filled(now);
    return waiting && filled ? joined(waiting, filled) : waiting ?? filled;
  }

  #take(now: number): void {
    this.#note(this.#stretch(now));
  }

  #note(stretch: Episode | undefined): void {
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

/** Whether so much came that some of it may not have fitted into what the broker keeps. */
function exceeds(before: Amount, after: Amount): boolean {
  const packets = after.packets - before.packets;
  const beyond = packets - KEPT;
  return beyond > 0 && (after.bytes - before.bytes) / packets * beyond >= BUFFERED;
}

/** Two episodes as one, where there is hardly anything between them. */
function joined(before: Episode | undefined, next: Episode): Episode | undefined {
  if (before === undefined || next.from - before.to >= MERGE_MS) return undefined;
  return {
    from: Math.min(before.from, next.from),
    to: Math.max(before.to, next.to),
    severe: before.severe || next.severe,
    heldMs: before.heldMs + next.heldMs,
  };
}

function shown({ from, to, severe, heldMs }: Episode): Backlog {
  const ms = to - from;
  return { from, to, severe: severe || ms >= LONG_MS, heldBack: heldMs > ms / 2 };
}
