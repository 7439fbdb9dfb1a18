/** Tells another client that took our id from a broker or a network that comes and goes. */

import { ReceiveQueue } from "./receive_queue.ts";
import type { Session } from "./packet_handler.ts";
import { type Connection, type ConnectOptions, end, open } from "./connection.ts";
import { ConnectRefusal } from "./transport/connection_errors.ts";

/** Reason code of a DISCONNECT: another client came with our client id [MQTT-3.1.4-3]. */
const TAKEN_OVER = "0x8e";
/**
 * Mosquitto 2.0 closes without a word instead, and two recorders would throw each other out for
 * ever. Suspected: a connection that lives for less than this, as often as this in a row.
 */
const SHORT_LIFE_MS = 5_000, SUSPECTED = 3;
/** As many short lives, while a stranger's connection stayed: no network picks like that. */
const CONVINCED = 6;
/** A cut that meets both connections is seen on both within this time. */
const GRACE_MS = 1_000;

/** Keeps the lives of the connections of one client. */
export class Takeover implements AsyncDisposable {
  /** Connections in a row that lived shortly and ended without a word. */
  shortLives = 0;
  readonly #options: ConnectOptions;
  readonly #session: Session;
  #lostFirst: number | undefined;
  /** A connection under another name, held beside ours to see whether it lives longer. */
  #stranger: Omit<Connection, "refused"> | undefined;
  #strangerLives = false;

  constructor(options: ConnectOptions, session: Session) {
    this.#options = options;
    this.#session = session;
  }

  /** How often in a row the wait for the next connection was doubled for this. */
  get patience(): number {
    // Well below a short life: the other one, which waits as long, must be in time to throw us out.
    return Math.min(this.shortLives, 2);
  }

  /**
   * Takes note of a connection that ended; whether another client took it over.
   *
   * @param livedMs How long it was there.
   */
  async suspect(cause: unknown, livedMs: number, signal: AbortSignal): Promise<boolean> {
    const code = codeOf(cause);
    const silent = code === undefined || code === "ECONNRESET" || code === "EPIPE";
    if (!silent || livedMs >= SHORT_LIFE_MS) await this.forget();
    else this.shortLives++;
    this.#lostFirst ??= this.#options.clock.now();
    if (code === TAKEN_OVER) return true;
    if (this.shortLives < CONVINCED) return false;
    await this.#options.clock.sleep(GRACE_MS, signal);
    if (this.#strangerLives) return !signal.aborted;
    await this.forget();
    return false;
  }

  /** When the connection was lost that the short-lived ones followed, ms since the epoch. */
  get since(): number {
    return this.#lostFirst ?? this.#options.clock.now();
  }

  /** The broker itself was away: what came before tells nothing. */
  async forget(): Promise<void> {
    this.shortLives = 0;
    this.#lostFirst = undefined;
    const stranger = this.#stranger;
    const lives = this.#strangerLives;
    this.#stranger = undefined;
    this.#strangerLives = false;
    if (stranger === undefined) return;
    if (lives) await end(stranger, this.#options.clock);
    else stranger.client.end(true);
    stranger.gate.destroy();
  }

  /**
   * After several short lives, holds a connection under another name: a broker or a network that
   * comes and goes does not let that one live either.
   */
  async probe(version: 4 | 5, signal: AbortSignal): Promise<void> {
    if (this.shortLives < SUSPECTED || this.#strangerLives) return;
    // One that lived and was cut with ours: the suspicion is over.
    if (this.#stranger !== undefined) return await this.forget();
    const { clock, clientId } = this.#options;
    try {
      const session = {
        ...this.#session,
        receiveQueue: new ReceiveQueue(clock),
        incoming: new Set<number>(),
      };
      // The other one may have come this far too: two strangers of one name would not live.
      const name = `${clientId}-probe-${Math.floor(Math.random() * 0xffff).toString(16)}`;
      const options = { ...this.#options, clientId: name };
      const stranger = await open(options, session, version, true, signal);
      this.#stranger = stranger;
      this.#strangerLives = true;
      void stranger.closed.then(() => {
        if (this.#stranger === stranger) this.#strangerLives = false;
      });
    } catch (error) {
      // One that wants no other name, and says so, is there.
      if (error instanceof ConnectRefusal) this.#strangerLives = true;
      else await this.forget();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forget();
  }
}

/** The code of what ended a connection, if it has one. */
export function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | undefined)?.code;
}
