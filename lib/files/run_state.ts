/** How far a run has come: what the next start must know if this one does not end as it should. */

import type { Cause } from "../message/gap.ts";
import type { LeftOut } from "../message/invalid_message.ts";

/** A filter that the broker does not deliver as asked. */
export interface RefusedFilter {
  readonly topic: string;
  readonly cause: Cause;
  /** Since when, ms since the epoch. */
  readonly since: number;
}

export interface RunState {
  readonly pid: number;
  /** By which the broker knows the session; undefined before the first connection. */
  readonly clientId?: string | undefined;
  /** Where that id was chosen, see `fingerprint`; undefined in states of version 0.1.0. */
  readonly fingerprint?: string | undefined;
  /** Everything received before this is in the files; ms since the epoch. */
  readonly alive: number;
  /** Bytes of each file at a commit, by extension: up to there the files hold the same rows. */
  readonly committed: Readonly<Record<string, number>>;
  /** Topic filters that the session on the broker is subscribed to. */
  readonly topics: readonly string[];
  readonly refused: readonly RefusedFilter[];
  /** Invalid messages whose rows are not in the gap log yet. */
  readonly leftOut: readonly LeftOut[];
  /** Since when the connection is away, ms since the epoch. */
  readonly awaySince?: number | undefined;
  /** Whether messages with QoS 0 have come, which no session keeps. */
  readonly qos0: boolean;
  /** Whether the broker sends a copy for each of several matching subscriptions. */
  readonly copies?: boolean | undefined;
  /** The run ended as it was asked to, and left its session on the broker. */
  readonly sessionKept: boolean;
  /** The state of that run could not be read: all else here is a guess, the worst one. */
  readonly unknown?: boolean | undefined;
}

/**
 * What only tells how far a run is: of a power cut an earlier value is a true one too. All else is
 * synced when it changes.
 */
export const PROGRESS: readonly (keyof RunState)[] = ["alive", "committed"];

export const FRESH: RunState = {
  pid: 0,
  fingerprint: undefined,
  alive: 0,
  committed: {},
  topics: [],
  refused: [],
  leftOut: [],
  awaySince: undefined,
  qos0: false,
  copies: undefined,
  sessionKept: false,
  unknown: undefined,
};

/** A state as it was written; undefined when it makes no sense. */
export function parseState(text: string): RunState | undefined {
  try {
    const written: unknown = JSON.parse(text);
    // Those of earlier versions know no refused filters, and nothing that is left out.
    const state: unknown = { refused: [], leftOut: [], ...written as object };
    return isState(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is RunState {
  const state = value as RunState;
  return typeof value === "object" && value !== null &&
    Number.isSafeInteger(state.pid) && isTime(state.alive) &&
    (state.clientId === undefined || isText(state.clientId)) &&
    (state.fingerprint === undefined || isText(state.fingerprint)) &&
    typeof state.committed === "object" && state.committed !== null &&
    Object.values(state.committed).every(Number.isSafeInteger) &&
    Array.isArray(state.topics) && state.topics.every(isText) &&
    Array.isArray(state.refused) && state.refused.every(isRefused) &&
    Array.isArray(state.leftOut) && state.leftOut.every(isLeftOut) &&
    (state.awaySince === undefined || isTime(state.awaySince)) &&
    (state.unknown === undefined || typeof state.unknown === "boolean") &&
    (state.copies === undefined || typeof state.copies === "boolean") &&
    typeof state.qos0 === "boolean" && typeof state.sessionKept === "boolean";
}

function isRefused(value: RefusedFilter | null): boolean {
  return isText(value?.topic) && isText(value?.cause) && isTime(value?.since);
}

function isLeftOut(value: LeftOut | null): boolean {
  return isText(value?.breach) && (value?.topic === undefined || isText(value.topic)) &&
    isTime(value?.since) && isTime(value?.until);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

/** Whether it is a moment that can be written down. */
function isTime(ms: unknown): boolean {
  return typeof ms === "number" && !isNaN(new Date(ms).getTime());
}
