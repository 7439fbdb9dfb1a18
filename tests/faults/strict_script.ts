/** The script of the strict broker. */

import type { Connect, Status, Subscription } from "./client_packets.ts";

/** How the broker answers; by default it accepts everything. */
export interface Script {
  /** @param attempt Connections so far, from 0. */
  connack?(connect: Connect, attempt: number): ConnackAnswer;
  /** A code for each filter. */
  suback?(
    filters: readonly Subscription[],
    attempt: number,
  ): readonly number[] | "silent" | "close";
  /** The reason code of PUBACK; undefined: clients must not publish. */
  puback?(
    status: Status,
    attempt: number,
  ): number | { readonly code: number; readonly reason: string } | "close" | "silent";
  /** The answer to UNSUBSCRIBE. */
  readonly unsuback?: "silent";
  /** Answers no PINGREQ. */
  readonly deaf?: boolean;
  /** Keeps the connection open after DISCONNECT, against the standard [MQTT-3.14.4]. */
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
