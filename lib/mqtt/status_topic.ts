/** The status message (`--status-topic`), within the limits of the broker. */

import type { Clock } from "../system/clock.ts";
import {
  codeOf,
  ConnectionClosed,
  ConnectRefusal,
  isSilent,
} from "./transport/connection_errors.ts";
import type { Limits } from "./publisher.ts";
import { type BrokerReason, ServerDisconnect } from "./transport/broker_reason.ts";
import { SHORT_LIFE_MS } from "./reconnect_delay.ts";

/** Its payloads. */
export const ONLINE = "online", OFFLINE = "offline";

/** Reason codes of a broker without retained messages, or without QoS 1. */
const NO_RETAIN = 0x9a, NO_QOS = 0x9b;
/** Reason code of a packet that is too large. */
const TOO_LARGE = 0x95;
/** Codes of CONNACK that may be about the will. */
const MAYBE_WILL = new Set([5, 0x80, 0x81, 0x82, 0x83, 0x87, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b]);
/** Codes of DISCONNECT that may be about a PUBLISH. */
const MAYBE_PUBLISH = /^0x(8[0-37]|9[0579ab])$/;
/** Connections in a row that may end silently before PUBACK, until one is made without status. */
const STRIKES = 2;
/** A broker that refuses a status with QoS 0, which has no PUBACK, closes within this time. */
const PATIENCE_MS = 1_000;

/** The broker refuses the status: there is none from now on. */
export interface StatusRefused {
  readonly type: "statusRefused";
  readonly topic: string;
  /** Reason code, if the broker gave one. */
  readonly code: number | undefined;
  /** What the broker says beside it. @default {nothing} */
  readonly reason?: BrokerReason | undefined;
}

/** `packet`: PUBACK, if there was one. */
type Published = (error?: Error | null, packet?: object) => void;

/** A connection, as the status uses it. */
interface StatusConnection {
  readonly client: {
    publish(topic: string, text: string, options: object, done: Published): unknown;
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
  /** The DISCONNECT that may be about the status. */
  #ended: ServerDisconnect | undefined;
  #asked = false;

  constructor(topic: string, clock: Clock, onEvent: (event: StatusRefused) => void) {
    this.#topic = topic;
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** The will for CONNECT; undefined: none. */
  get will() {
    if (this.#left || this.#strikes >= STRIKES) return undefined;
    const [qos, retain] = [this.#qos, this.#retain];
    return { topic: this.#topic, payload: OFFLINE as never, qos, retain };
  }

  /** Whether the will was refused for a feature that it can do without; does without it. */
  reduce(error: unknown): boolean {
    if (this.will === undefined || !(error instanceof ConnectRefusal)) return false;
    const { code } = error;
    if (code === NO_RETAIN && this.#retain) this.#retain = false;
    else if (code === NO_QOS && this.#qos > 0) this.#qos = 0;
    else return false;
    return true;
  }

  /** Whether the will may be why the connection failed; at most once until one is made. */
  isSuspect(error: unknown): boolean {
    if (this.will === undefined || this.#asked) return false;
    const suspect = error instanceof ConnectionClosed ||
      error instanceof ConnectRefusal && MAYBE_WILL.has(error.code);
    this.#asked ||= suspect;
    return suspect;
  }

  /** Leaves the status out for one connection, to find out; false if that is useless. */
  omitOnce(): boolean {
    if (this.will === undefined || this.#asked) return false;
    this.#asked = true;
    this.#strikes = STRIKES;
    return true;
  }

  /** Brings the status back: it was not the reason. */
  restore(): void {
    this.#strikes = 0;
  }

  /** Leaves the status out for good: it was the reason. */
  giveUp(cause: unknown = this.#ended): void {
    if (this.#left) return;
    this.#left = true;
    const code = Number(codeOf(cause));
    const { reason } = (cause ?? {}) as { reason?: BrokerReason };
    this.#onEvent({
      type: "statusRefused",
      topic: this.#topic,
      code: Number.isNaN(code) ? undefined : code,
      ...reason && { reason },
    });
  }

  /** Publishes "online" on a subscribed connection; never rejects. */
  async announce(connection: StatusConnection): Promise<void> {
    if (this.#left) return;
    this.#asked = false;
    const over = new AbortController();
    const closed = connection.closed.then((cause) => {
      over.abort();
      return { cause };
    });
    const lives = (ms: number) => this.#clock.sleep(ms, over.signal);
    if (this.will === undefined) {
      await lives(SHORT_LIFE_MS);
      // A connection that does not last without it either ends for another reason.
      if (this.#strikes >= STRIKES && !over.signal.aborted) this.giveUp();
      this.#strikes = 0;
      return;
    }
    const answered = await Promise.race([
      closed.then(() => false),
      this.publish(connection, ONLINE),
    ]);
    if (answered && this.#qos === 0) await lives(PATIENCE_MS);
    if (answered && !over.signal.aborted) {
      over.abort();
      this.#strikes = 0;
    } else this.#strike((await closed).cause);
  }

  /** Publishes it; false if the connection ended before the answer. */
  async publish({ client, limits }: StatusConnection, text: string): Promise<boolean> {
    if (this.will === undefined) return true;
    // A broker closes on a message beyond the limits in its CONNACK [MQTT-3.2.2.3].
    if (!limits.retains) this.#retain = false;
    if (limits.maximumQos === 0) this.#qos = 0;
    if (bytesOf(this.#topic, text) > limits.maximumPacketBytes) {
      this.giveUp({ code: TOO_LARGE });
      return true;
    }
    const options = { qos: this.#qos, retain: this.#retain };
    const answered = Promise.withResolvers<boolean>();
    client.publish(this.#topic, text, options, (error, packet) => {
      // An error without a code means that the connection was closed.
      const refused = typeof codeOf(error) === "number";
      const { properties: reason } = (packet ?? {}) as { properties?: BrokerReason };
      if (refused) this.giveUp({ code: codeOf(error), reason });
      answered.resolve(refused || !error);
    });
    return await answered.promise;
  }

  /** Counts a connection that ended before the broker acknowledged the status. */
  #strike(cause: unknown): void {
    if (cause instanceof ServerDisconnect && MAYBE_PUBLISH.test(cause.code)) {
      this.#strikes = STRIKES;
      this.#ended = cause;
    } else this.#strikes = isSilent(cause) ? this.#strikes + 1 : 0;
  }
}

/** Bytes of a PUBLISH with QoS 1 in MQTT 5, at most. */
function bytesOf(topic: string, text: string): number {
  return 10 + new TextEncoder().encode(topic + text).length;
}
