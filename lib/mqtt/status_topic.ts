/** The status message (`--status-topic`), kept to what the broker allows. */

import type { Clock } from "../system/clock.ts";
import {
  codeOf,
  ConnectionClosed,
  ConnectRefusal,
  isSilent,
} from "./transport/connection_errors.ts";
import type { Limits } from "./publisher.ts";
import { SHORT_LIFE_MS } from "./reconnect_delay.ts";

/** What it holds. */
export const ONLINE = "online", OFFLINE = "offline";

/** Reason codes for what a broker does not have: retained messages, QoS 1. */
const NO_RETAIN = 0x9a, NO_QOS = 0x9b;
/** Codes of CONNACK that may be about the will, and not about who we are or what is wrong there. */
const MAYBE_WILL = new Set([5, 0x80, 0x81, 0x82, 0x83, 0x87, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b]);
/** Codes of DISCONNECT that may be about a PUBLISH. */
const MAYBE_PUBLISH = /^0x(8[0-37]|9[0579ab])$/;
/** Connections in a row that ended silently before PUBACK came, until one goes without. */
const STRIKES = 2;
/** A broker that does not take it has closed the connection by then; QoS 0 has no PUBACK. */
const PATIENCE_MS = 1_000;

/** The broker does not take the status: it is left out from now on. */
export interface StatusRefused {
  readonly type: "statusRefused";
  readonly topic: string;
  /** Reason code, where the broker gave one. */
  readonly code: number | undefined;
}

/** A connection, as far as the status needs it. */
interface Line {
  readonly client: {
    publishAsync(topic: string, text: string, options: object): Promise<unknown>;
  };
  readonly closed: Promise<unknown>;
  readonly limits: Limits;
}

export class StatusTopic {
  readonly #topic: string;
  readonly #clock: Clock;
  readonly #onEvent: (event: StatusRefused) => void;
  #qos: 0 | 1 = 1;
  #retain = true;
  #left = false;
  #strikes = 0;
  #code: number | undefined;
  #asked = false;

  constructor(topic: string, clock: Clock, onEvent: (event: StatusRefused) => void) {
    this.#topic = topic;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** What to connect with; undefined: nothing. */
  get will() {
    if (this.#left || this.#strikes >= STRIKES) return undefined;
    const [qos, retain] = [this.#qos, this.#retain];
    return { topic: this.#topic, payload: OFFLINE as never, qos, retain };
  }

  /** Whether the connection failed for something of the will that can be given up: it is. */
  gaveUp(error: unknown): boolean {
    if (this.will === undefined || !(error instanceof ConnectRefusal)) return false;
    const { code } = error;
    if (code === NO_RETAIN && this.#retain) this.#retain = false;
    else if (code === NO_QOS && this.#qos > 0) this.#qos = 0;
    else return false;
    return true;
  }

  /** Whether to find out if the connection failed for the will: once until one is made. */
  isSuspect(error: unknown): boolean {
    if (this.will === undefined || this.#asked) return false;
    const suspect = error instanceof ConnectionClosed ||
      error instanceof ConnectRefusal && MAYBE_WILL.has(error.code);
    this.#asked ||= suspect;
    return suspect;
  }

  /** Goes without it for one connection, to find out; whether that is worth a try. */
  setAside(): boolean {
    if (this.will === undefined || this.#asked) return false;
    this.#asked = true;
    this.#strikes = STRIKES;
    return true;
  }

  /** That was in vain: it was not at fault. */
  takeUp(): void {
    this.#strikes = 0;
  }

  /** It is at fault: from now on there is neither will nor message. */
  leaveOut(error?: unknown): void {
    if (this.#left) return;
    this.#left = true;
    const code = codeOf(error) ?? this.#code;
    this.#onEvent({
      type: "statusRefused",
      topic: this.#topic,
      code: typeof code === "number" ? code : undefined,
    });
  }

  /** Says that we are there, once a connection is made and subscribed; never rejects. */
  async announce(line: Line): Promise<void> {
    if (this.#left) return;
    this.#asked = false;
    const over = new AbortController();
    const closed = line.closed.then((cause) => {
      over.abort();
      return { cause };
    });
    const lives = (ms: number) => this.#clock.sleep(ms, over.signal);
    if (this.will === undefined) {
      await lives(SHORT_LIFE_MS);
      // One that does not last without it either has another reason.
      if (this.#strikes >= STRIKES && !over.signal.aborted) this.leaveOut();
      this.#strikes = 0;
      return;
    }
    const answered = await Promise.race([closed.then(() => false), this.publish(line, ONLINE)]);
    if (answered && this.#qos === 0) await lives(PATIENCE_MS);
    if (answered && !over.signal.aborted) {
      over.abort();
      this.#strikes = 0;
    } else this.#strike((await closed).cause);
  }

  /** Publishes it; whether the broker has answered, and not gone away. */
  async publish({ client, limits }: Line, text: string): Promise<boolean> {
    if (this.will === undefined) return true;
    // A broker that says what it takes closes the connection on all else [MQTT-3.2.2.3].
    if (!limits.retains) this.#retain = false;
    if (limits.maximumQos === 0) this.#qos = 0;
    const options = { qos: this.#qos, retain: this.#retain };
    try {
      await client.publishAsync(this.#topic, text, options);
      return true;
    } catch (error) {
      // Without a code the connection was closed meanwhile.
      if (typeof codeOf(error) !== "number") return false;
      this.leaveOut(error);
      return true;
    }
  }

  /** The connection ended before the broker had taken the message. */
  #strike(cause: unknown): void {
    const code = codeOf(cause);
    if (typeof code === "string" && MAYBE_PUBLISH.test(code)) {
      this.#strikes = STRIKES;
      this.#code = Number(code);
    } else this.#strikes = isSilent(cause) ? this.#strikes + 1 : 0;
  }
}
