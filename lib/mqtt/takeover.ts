/** Finds out whether another client has our client id, where the broker does not say so. */

import { backoff } from "../system/clock.ts";
import type { Session } from "./packet_handler.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import { end, open } from "./connection.ts";
import { codeOf, isSilent } from "./transport/connection_errors.ts";
import { SHORT_LIFE_MS } from "./reconnect_delay.ts";

/** Code of a DISCONNECT: another client came with our client id [MQTT-3.1.4-3]. */
export const TAKEN_OVER = "0x8e";
/** A connection closed sooner than this is one that the broker does not want. */
const AT_ONCE_MS = 150;
/** A cut that meets all connections is seen on all of them within this time. */
const GRACE_MS = 1_000;
/** Connections under other names held in one round. */
const PROBES = 2;

/** When probes are held: not at all, from before our connection on, or from after it. */
type Round = "without" | "before" | "after";

/** What a round shows: the broker said it, it looks like it, or it is something else. */
type Outcome = "proven" | "consistent" | "refuted";

/** A connection under another name. */
interface Probe {
  readonly connection: Omit<Connection, "refused">;
  readonly began: number;
  lives: boolean;
}

/**
 * Mosquitto 2.0 closes a connection that another client took over without a word, and two recorders
 * would throw each other out for ever. So do brokers that do not allow what a client asks for, that
 * limit connections, or whose network fails. A probe, a connection under another name held beside
 * ours, tells the last. Where it lives on, ours is made bare (no will, no SUBSCRIBE, nothing
 * published), first alone and then beside equally bare probes. Only where ours ends in every round,
 * not at once, and no probe ever does, there is no reason left but its name.
 */
export class Takeover {
  readonly #options: ConnectOptions;
  readonly #session: Session;
  /** A probe beside the connection of every day. */
  #beside: Promise<Probe | undefined> = Promise.resolve(undefined);
  #letGo = new AbortController();
  /** The last one is let go. */
  #over: Promise<boolean> = Promise.resolve(false);

  constructor(options: ConnectOptions, session: Session) {
    this.#options = { ...options, status: undefined };
    this.#session = session;
  }

  /** Holds a probe beside our connection, for as long as a short life. */
  hold(version: 4 | 5): void {
    const { signal } = this.#letGo = new AbortController();
    const probes: Probe[] = [];
    this.#beside = this.#hold(probes, version, signal, 1).then(() => probes[0], () => undefined);
    void this.#options.clock.sleep(SHORT_LIFE_MS, signal).then(() => this.endedToo());
  }

  /**
   * Lets it go; whether it has ended by itself, as our connection did a moment ago: then it was the
   * broker or the network.
   *
   * @param signal Ends the wait for that; without it there is none.
   */
  endedToo(signal?: AbortSignal): Promise<boolean> {
    this.#letGo.abort();
    const beside = this.#beside;
    this.#beside = Promise.resolve(undefined);
    return this.#over = this.#over.then(async () => await this.#leave(await beside, signal));
  }

  async #leave(probe: Probe | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    if (probe === undefined) return false;
    if (signal) {
      const timer = new AbortController();
      const grace = this.#options.clock.sleep(GRACE_MS, AbortSignal.any([signal, timer.signal]));
      await Promise.race([probe.connection.closed, grace]);
      timer.abort();
    }
    const { lives } = probe;
    await leave(probe.connection, lives, this.#options);
    return !lives;
  }

  /** Whether another client has taken our id over: true is proven, false is not. */
  async examine(version: 4 | 5, signal: AbortSignal): Promise<boolean> {
    // Connections older and younger than ours: a limit meets the oldest or the newest. And in no
    // order that a load balancer gives turns by.
    const last = Math.random() < 0.5 ? "before" : "after";
    for (const round of ["without", "before", "after", last] as const) {
      const outcome = await this.#round(round, version, signal).catch(() => "refuted" as const);
      if (signal.aborted || outcome === "refuted") return false;
      if (outcome === "proven") return true;
    }
    return true;
  }

  /** @throws A connection cannot be made or is refused: that proves nothing. */
  async #round(round: Round, version: 4 | 5, signal: AbortSignal): Promise<Outcome> {
    const { clock } = this.#options;
    await clock.sleep(backoff(0, Math.random), signal);
    const probes: Probe[] = [];
    let ours: Omit<Connection, "refused"> | undefined;
    let lives = true;
    try {
      if (round === "before") await this.#hold(probes, version, signal);
      ours = await open(this.#options, this.#session, version, false, signal);
      const began = clock.monotonic();
      const ended = ours.closed.then((cause) => {
        lives = false;
        return { cause, livedMs: clock.monotonic() - began };
      });
      if (round === "after") await this.#hold(probes, version, signal);
      const life = await this.#firstOf(ended, signal);
      if (life === undefined) return "refuted";
      if (codeOf(life.cause) === TAKEN_OVER) return "proven";
      if (!isSilent(life.cause) || life.livedMs < AT_ONCE_MS) return "refuted";
      // Those that are younger than ours must become as old.
      const begun = Math.max(began, ...probes.map(({ began }) => began));
      const restMs = begun + life.livedMs - clock.monotonic();
      if (probes.length > 0) await clock.sleep(Math.max(0, restMs) + GRACE_MS, signal);
      return probes.every(({ lives }) => lives) ? "consistent" : "refuted";
    } finally {
      if (ours !== undefined) await leave(ours, lives, this.#options);
      await Promise.all(
        probes.map(({ connection, lives }) => leave(connection, lives, this.#options)),
      );
    }
  }

  /** How our connection ended; undefined when it lasts, or `signal` is aborted. */
  async #firstOf<T>(ended: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    const timer = new AbortController();
    const either = AbortSignal.any([signal, timer.signal]);
    const lasts = this.#options.clock.sleep(SHORT_LIFE_MS, either).then(() => undefined);
    try {
      return await Promise.race([ended, lasts]);
    } finally {
      timer.abort();
    }
  }

  /** Connects under new names; those that were made are in `probes` whatever happens. */
  async #hold(
    probes: Probe[],
    version: 4 | 5,
    signal: AbortSignal,
    count = PROBES,
  ): Promise<void> {
    const { clock } = this.#options;
    while (probes.length < count) {
      const { now } = this.#session;
      const session = { receiveQueue: new ReceiveQueue(clock), incoming: new Set<number>(), now };
      const clientId = `mqttrecprobe${crypto.randomUUID().slice(-11)}`;
      const connection = await open({ ...this.#options, clientId }, session, version, true, signal);
      const probe = { connection, began: clock.monotonic(), lives: true };
      probes.push(probe);
      void connection.closed.then(() => probe.lives = false);
    }
  }
}

async function leave(
  connection: Omit<Connection, "refused">,
  lives: boolean,
  { clock }: ConnectOptions,
): Promise<void> {
  if (lives) await end(connection, clock);
  else connection.client.end(true);
  connection.gate.destroy();
}
