/** The options of a connection to the broker, and the parts of an established one. */

import type { MqttClient } from "mqtt";
import type { Config } from "../config/config.ts";
import type { Clock } from "../system/clock.ts";
import type { Secret } from "../text/secret.ts";
import type { AckGate } from "./ack_gate.ts";
import type { BrokerLimits } from "./broker_limits.ts";
import type { OverlapCopies } from "./overlap_copies.ts";
import type { StatusTopic } from "./status_topic.ts";
import type { Answers, Refusal } from "./subscription_answers.ts";
import type { TransportOptions } from "./transport/mod.ts";

/** The part of the configuration that a connection needs. */
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
    /** Whether a second connection of ours may be taking over this one. */
    readonly isProvoked?: () => boolean;
    /** Filters that the session may hold from an earlier run. @default {[]} */
    readonly formerTopics?: readonly string[] | undefined;
    /** The status message and its will. @default {none} */
    readonly status?: StatusTopic | undefined;
  };

/** An established connection. */
export interface Connection {
  readonly client: MqttClient;
  readonly gate: AckGate;
  readonly version: 4 | 5;
  /** Whether it is 3.1.1 because MQTT 5 got no answer; the broker may just have been slow. */
  readonly unanswered5?: boolean | undefined;
  readonly resumed: boolean;
  readonly limits: BrokerLimits;
  /** How long the broker keeps the session, if CONNACK says so, in seconds. */
  readonly grantedExpiryS: number | undefined;
  readonly answers: Answers;
  readonly copies: OverlapCopies | undefined;
  /** Overlapping filters whose copies cannot be recognised. @default {none} */
  readonly ambiguous?: readonly string[];
  /** Filters that the broker refused or granted with a lower QoS. */
  readonly refused: readonly Refusal[];
  /** The same, while SUBACK is pending. */
  readonly subscribing?: Promise<readonly Refusal[]>;
  /** Resolves once the connection is closed, with the reason if there is one. */
  readonly closed: Promise<unknown>;
}
