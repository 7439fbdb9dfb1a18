/** The broker's answers to SUBSCRIBE on one connection, and the filters it refuses. */

import { BrokerError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import type { QoS } from "../message/message.ts";
import { type BrokerReason, codeText, subscribeRefused } from "./transport/broker_reason.ts";
import type { Subscription } from "./subscription_plan.ts";

/** A filter that the broker refused, or granted with a lower QoS. */
export interface Refusal {
  readonly topic: string;
  /** Requested QoS. */
  readonly asked: QoS;
  /** Granted QoS; undefined: refused. */
  readonly granted: QoS | undefined;
  /** Reason code of SUBACK. */
  readonly code: number;
  /** What the SUBACK says beside it. @default {nothing} */
  readonly reason?: BrokerReason;
}

/** The error for a refused or downgraded filter. */
export function refusalError({ topic, asked, granted, code, reason = {} }: Refusal): BrokerError {
  const say = (t: Sentences) =>
    granted === undefined
      ? t.connect.subscribeRefused[subscribeRefused(code)](topic, codeText(code, reason, t))
      : t.subscriptionDowngraded(topic, asked, granted);
  return new BrokerError(say, { final: true });
}

/** Whether every filter is refused: nothing would be recorded. */
export function grantsNothing(refused: readonly Refusal[], topics: readonly string[]): boolean {
  const none = refused.filter(({ granted }) => granted === undefined).map(({ topic }) => topic);
  return topics.every((topic) => none.includes(topic));
}

/** Filters granted at the start with less than was asked: this broker grants no more. */
export class Downgrades {
  readonly #granted = new Map<string, QoS>();

  /** Notes those of the first answer. */
  note(refused: readonly Refusal[]): void {
    for (const { topic, granted } of refused) {
      if (granted !== undefined) this.#granted.set(topic, granted);
    }
  }

  /** Whether another request may bring more. */
  mayChange({ topic, granted }: Refusal): boolean {
    return granted === undefined || granted !== this.#granted.get(topic);
  }
}

/** The answers on one connection. */
export class Answers {
  /** Granted subscriptions. */
  readonly granted = new Map<string, Subscription>();
  /** Filters refused or downgraded by the last answers. */
  readonly refused = new Set<string>();
  /** Whether `subscribe` has been called before. */
  asked = false;
}
