/** Tells another client that took our id from a broker or a network that comes and goes. */

import { Intake } from "./intake.ts";
import type { Session } from "./inbound.ts";
import { end, type LinkOptions, open } from "./link.ts";
import { ConnectRefusal } from "./link_errors.ts";

/** Reason code of a DISCONNECT: another client came with our client id [MQTT-3.1.4-3]. */
const TAKEN_OVER = "0x8e";
/**
 * Mosquitto 2.0 closes without a word instead, and two recorders would throw each other out for
 * ever. Suspected: a connection that lives for less than this, as often as this in a row.
 */
const SHORT_LIFE_MS = 5_000, SHORT_LIVES = 3;

/** Keeps the lives of the connections of one client. */
export class Takeover {
  /** Connections in a row that lived shortly and ended without a word. */
  shortLives = 0;
  readonly #options: LinkOptions;
  readonly #session: Session;
  #lostFirst: number | undefined;

  constructor(options: LinkOptions, session: Session) {
    this.#options = options;
    this.#session = session;
  }

  /**
   * Takes note of a connection that ended; whether another client took it over.
   *
   * @param livedMs How long it was there.
   */
  suspect(cause: unknown, livedMs: number): boolean {
    const code = codeOf(cause);
    const silent = code === undefined || code === "ECONNRESET" || code === "EPIPE";
    if (!silent || livedMs >= SHORT_LIFE_MS) this.forget();
    else this.shortLives++;
    this.#lostFirst ??= this.#options.clock.now();
    // One more than it takes for a probe, which forgets them where they prove nothing.
    return code === TAKEN_OVER || this.shortLives > SHORT_LIVES;
  }

  /** When the connection was lost that the short-lived ones followed, ms since the epoch. */
  get since(): number {
    return this.#lostFirst ?? this.#options.clock.now();
  }

  /** The broker itself was away: what came before tells nothing. */
  forget(): void {
    this.shortLives = 0;
    this.#lostFirst = undefined;
  }

  /**
   * After several short lives, sees how a connection under another name fares: a broker or a
   * network that comes and goes does not let that one live either.
   */
  async probe(version: 4 | 5, signal: AbortSignal): Promise<void> {
    if (this.shortLives < SHORT_LIVES) return;
    const { clock, clientId } = this.#options;
    let keepsStrangers: boolean;
    try {
      const session = { ...this.#session, intake: new Intake(clock), incoming: new Set<number>() };
      const options = { ...this.#options, clientId: `${clientId}-probe` };
      const link = await open(options, session, version, true, signal);
      const timer = new AbortController();
      const over = AbortSignal.any([timer.signal, signal]);
      const alive = clock.sleep(SHORT_LIFE_MS, over).then(() => !over.aborted);
      const dead = link.closed.then(() => false);
      keepsStrangers = await Promise.race([alive, dead]);
      timer.abort();
      await end(link, clock);
      link.gate.destroy();
    } catch (error) {
      // One that wants no other name, and says so, is there.
      keepsStrangers = error instanceof ConnectRefusal;
    }
    if (!keepsStrangers) this.forget();
  }
}

/** The code of what ended a connection, if it has one. */
export function codeOf(cause: unknown): unknown {
  return (cause as { code?: unknown } | undefined)?.code;
}
