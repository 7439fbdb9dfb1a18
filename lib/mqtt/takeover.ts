/** Finds out whether another client uses our client id if the broker does not report it. */

import { backoff } from "../system/clock.ts";
import type { Session } from "./packet_handler.ts";
import { ReceiveQueue } from "./receive_queue.ts";
import type { Connection, ConnectOptions } from "./connect_options.ts";
import { end, open } from "./connection.ts";
import { codeOf, isSilent } from "./transport/connection_errors.ts";
import { SHORT_LIFE_MS } from "./reconnect_delay.ts";

/** Code of a DISCONNECT: another client connected with our client id [MQTT-3.1.4-3]. */
export const TAKEN_OVER = "0x8e";
/** A broker that refuses a connection closes it within this time. */
const AT_ONCE_MS = 150;
/** A failure of all connections shows on all of them within this time. */
const GRACE_MS = 1_000;
/** Probes held in one round. */
const PROBES = 2;

/** When a round opens its probes: not at all, before our connection, or after it. */
type Round = "without" | "before" | "after";

/** Result of a round: the broker reported a takeover, it may be one, or it is none. */
type Outcome = "proven" | "consistent" | "refuted";

/** A connection with another client id. */
interface Probe {
  readonly connection: Omit<Connection, "refused">;
  readonly began: number;
  lives: boolean;
}

/**
 * Mosquitto 2.0 closes a connection that was taken over without a reason, and two recorders would
 * disconnect each other for ever. Brokers also close silently if they forbid a request or limit
 * connections, and so does a failing network. A probe, a connection with another client id held
 * beside ours, ends too if the network fails. If it lives, ours is made without will, SUBSCRIBE and
 * PUBLISH, first alone and then beside equal probes. If ours ends in every round, not at once, and
 * no probe ever ends, only its client id can be the reason.
 */
export class Takeover {
  readonly #options: ConnectOptions;
  readonly #session: Session;
  /** The probe beside the regular connection. */
  #beside: Promise<Probe | undefined> = Promise.resolve(undefined);
  #letGo = new AbortController();
  /** Resolves when the previous probe is closed. */
  #over: Promise<boolean> = Promise.resolve(false);

  constructor(options: ConnectOptions, session: Session) {
    this.#options = { ...options, status: undefined };
    this.#session = session;
  }

  /** Opens a probe beside our connection; closes it after the time of a short life. */
  hold(version: 4 | 5): void {
    const { signal } = this.#letGo = new AbortController();
    const probes: Probe[] = [];
    this.#beside = this.#hold(probes, version, signal, 1).then(() => probes[0], () => undefined);
    void this.#options.clock.sleep(SHORT_LIFE_MS, signal).then(() => this.endedToo());
  }

  /**
   * Closes the probe; whether it had ended by itself, as our connection did a moment ago: then the
   * broker or the network was the reason.
   *
   * @param signal Ends the wait for the probe's end; without a signal it does not wait.
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

  /** Whether another client is proven to use our client id. */
  async examine(version: 4 | 5, signal: AbortSignal): Promise<boolean> {
    // Probes older and younger than ours: a limit closes the oldest or the newest connection. The
    // last order is random, so that a load balancer which alternates cannot look like a takeover.
    const last = Math.random() < 0.5 ? "before" : "after";
    for (const round of ["without", "before", "after", last] as const) {
      const outcome = await this.#round(round, version, signal).catch(() => "refuted" as const);
      if (signal.aborted || outcome === "refuted") return false;
      if (outcome === "proven") return true;
    }
    return true;
  }

  /** @throws A connection failed or was refused, which proves nothing. */
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
      // Probes younger than ours must reach the same age.
      const begun = Math.max(began, ...probes.map(({ began }) => began));
      const remainingMs = begun + life.livedMs - clock.monotonic();
      if (probes.length > 0) await clock.sleep(Math.max(0, remainingMs) + GRACE_MS, signal);
      return probes.every(({ lives }) => lives) ? "consistent" : "refuted";
    } finally {
      if (ours !== undefined) await leave(ours, lives, this.#options);
      await Promise.all(
        probes.map(({ connection, lives }) => leave(connection, lives, this.#options)),
      );
    }
  }

  /** How our connection ended; undefined if it lasts, or `signal` is aborted. */
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

  /** Opens probes with new client ids; `probes` holds those made even if it throws. */
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
