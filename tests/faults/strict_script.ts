/** How the strict broker is told to behave. */

import type { Connect, Status, Subscription } from "./client_packets.ts";

/** How the broker answers; what is left out is answered as a friendly broker does. */
export interface Script {
  /** @param attempt Connections so far, from 0. */
  connack?(connect: Connect, attempt: number): ConnackAnswer;
  /** A code for each filter. */
  suback?(
    filters: readonly Subscription[],
    attempt: number,
  ): readonly number[] | "silent" | "close";
  /** A reason code for what a client publishes; without it a recorder publishes nothing. */
  puback?(status: Status, attempt: number): number | "close" | "silent";
  /** What becomes of UNSUBSCRIBE. */
  readonly unsuback?: "silent";
  /** Answers no PINGREQ. */
  readonly deaf?: boolean;
  /** Leaves the connection open after the client's DISCONNECT, which it must not [MQTT-3.14.4]. */
  readonly lingers?: boolean;
}

export type ConnackAnswer =
  | {
    readonly code?: number;
    readonly sessionPresent?: boolean;
    readonly reason?: string;
    /** Bytes of more properties (MQTT 5). */
    readonly properties?: readonly number[];
  }
  | "close"
  | "silent";
