/** The state of a run, which the next start needs if this run does not end regularly. */

import type { Cause } from "../message/gap.ts";
import type { LeftOut } from "../message/invalid_message.ts";

/** A filter that the broker refused or granted with a lower QoS. */
export interface RefusedFilter {
  readonly topic: string;
  readonly cause: Cause;
  /** Start of the refusal, ms since the epoch. */
  readonly since: number;
}

export interface RunState {
  readonly pid: number;
  /** Names the session on the broker; undefined before the first connection. */
  readonly clientId?: string | undefined;
  /** The machine and folder that chose that id, see `fingerprint`; undefined in states of 0.1.0. */
  readonly fingerprint?: string | undefined;
  /** Time up to which every received message is in the files, ms since the epoch. */
  readonly alive: number;
  /** Checkpoint: sizes of the files by extension, up to which they hold the same rows. */
  readonly committed: Readonly<Record<string, number>>;
  /** Topic filters of the session on the broker. */
  readonly topics: readonly string[];
  readonly refused: readonly RefusedFilter[];
  /** Invalid messages whose rows are not in the gap log yet. */
  readonly leftOut: readonly LeftOut[];
  /** When the connection was lost, ms since the epoch. */
  readonly awaySince?: number | undefined;
  /** Whether QoS 0 messages were received, which no session keeps. */
  readonly qos0: boolean;
  /** Whether the broker sends a copy for each of several matching subscriptions. */
  readonly copies?: boolean | undefined;
  /** The run ended regularly and left its session on the broker. */
  readonly sessionKept: boolean;
}

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
};

/** Parses a state; undefined if it is invalid. */
export function parseState(text: string): RunState | undefined {
  try {
    const written: unknown = JSON.parse(text);
    // States of earlier versions have no refused filters and no invalid messages.
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

/** Whether it is a time that `Date` can represent. */
function isTime(ms: unknown): boolean {
  return typeof ms === "number" && !isNaN(new Date(ms).getTime());
}
