/** The broker's answers to SUBSCRIBE on one connection, and the filters it refuses. */

import { BrokerError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import type { QoS } from "../message/message.ts";
import type { Subscription } from "./subscription_plan.ts";

/** A filter that the broker does not deliver as asked. */
export interface Refusal {
  readonly topic: string;
  /** QoS it was asked for. */
  readonly asked: QoS;
  /** QoS it grants instead; undefined: it refuses. */
  readonly granted: QoS | undefined;
  /** The code it answered with. */
  readonly code: number;
}

/** The error for a filter that is not delivered as asked. */
export function refusalError({ topic, asked, granted, code }: Refusal): BrokerError {
  const say = (t: Sentences) =>
    granted === undefined
      ? t.subscriptionRefused(topic, code)
      : t.subscriptionDowngraded(topic, asked, granted);
  return new BrokerError(say, { final: true });
}

/** What the broker has answered on one connection. */
export class Answers {
  /** Subscriptions as they were granted. */
  readonly granted = new Map<string, Subscription>();
  /** Filters that it did not deliver as asked, the last time. */
  readonly refused = new Set<string>();
  /** Whether it was asked before. */
  asked = false;
}
