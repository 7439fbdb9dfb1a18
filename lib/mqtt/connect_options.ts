/** What a connection to the broker is made from, and what an established one consists of. */

import type { MqttClient } from "mqtt";
import type { Config } from "../config/config.ts";
import type { Clock } from "../system/clock.ts";
import type { Secret } from "../text/secret.ts";
import type { AckGate } from "./ack_gate.ts";
import type { OverlapCopies } from "./overlap_copies.ts";
import type { Limits } from "./publisher.ts";
import type { StatusTopic } from "./status_topic.ts";
import type { Answers, Refusal } from "./subscription_answers.ts";
import type { TransportOptions } from "./transport/mod.ts";

/** What a connection needs to know of the configuration. */
export type ConnectOptions =
  & TransportOptions
  & Pick<Config, "topics" | "qos">
  & Partial<
    Pick<Config, "topicQos" | "qosGiven" | "retained" | "mqttVersion" | "statusTopic" | "waitMs">
  >
  & {
    readonly username?: string | undefined;
    readonly password?: Secret | undefined;
    readonly clientId: string;
    readonly clock: Clock;
    /** @default {3600} */
    readonly sessionExpiryS?: number;
    /** @default {30} */
    readonly keepaliveS?: number;
    /** Whether a second connection of ours may be taking the place of this one. */
    readonly isProvoked?: () => boolean;
    /** Filters an earlier run with this client id may have left in the session. @default {[]} */
    readonly formerTopics?: readonly string[] | undefined;
    /** The status message, and the will for it. @default {none} */
    readonly status?: StatusTopic | undefined;
  };

/** An established connection. */
export interface Connection {
  readonly client: MqttClient;
  readonly gate: AckGate;
  readonly version: 4 | 5;
  readonly resumed: boolean;
  readonly limits: Limits;
  /** How long the broker keeps the session, where it says so itself, in seconds. */
  readonly grantedExpiryS: number | undefined;
  /** Whether messages carry the identifiers of their subscriptions. */
  readonly identifiers: boolean;
  readonly answers: Answers;
  readonly copies: OverlapCopies | undefined;
  /** Filters that overlap and bring copies which cannot be told apart. @default {none} */
  readonly ambiguous?: readonly string[];
  /** Filters that it does not deliver as asked. */
  readonly refused: readonly Refusal[];
  /** The same, where the answer is still awaited. */
  readonly subscribing?: Promise<readonly Refusal[]>;
  /** Resolves with the reason, undefined when there is none, once the connection is gone. */
  readonly closed: Promise<unknown>;
}
