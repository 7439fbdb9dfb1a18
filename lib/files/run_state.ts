/** The state of a run, which the next start needs if this run does not end regularly. */

import { type DropReading, isReading } from "../message/drop_count.ts";
import type { Cause, Gap } from "../message/gap.ts";
import type { LeftOut } from "../message/invalid_message.ts";

/** A gap that was not decided on yet, with what is at risk as far as is known. */
export type OpenGap = Gap;

/** A filter that the broker refused or granted with a lower QoS. */
export interface RefusedFilter {
  readonly topic: string;
  readonly cause: Cause;
  /** Start of the refusal, ms since the epoch. */
  readonly since: number;
}

/** A switch to new files that has begun: the present ones are finished under a name of their own. */
export interface Switch {
  readonly number: number;
  /** What comes behind the output in their names, before the extension. */
  readonly suffix: string;
  /** Their sizes by extension, each with at least one row. */
  readonly sizes: Readonly<Record<string, number>>;
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
  /**
   * Extensions of files that have diverged, as another program deleted or changed them: they lack
   * rows of the others. The name stands in lock files.
   */
  readonly uneven?: readonly string[] | undefined;
  /** undefined: none has begun, or all of it is done. */
  readonly switch?: Switch | undefined;
  /** The last number given to finished files. */
  readonly finished?: number | undefined;
  /** Topic filters of the session on the broker. */
  readonly topics: readonly string[];
  readonly refused: readonly RefusedFilter[];
  /** Invalid messages whose rows are not in the gap log yet. */
  readonly leftOut: readonly LeftOut[];
  /** When the connection was lost, ms since the epoch. */
  readonly awaySince?: number | undefined;
  /** Whether QoS 0 messages were received, which no session keeps. */
  readonly qos0: boolean;
  /** Whether a filter was subscribed with QoS 0, so that the session kept nothing for it. */
  readonly filtersQos0?: boolean | undefined;
  /** Whether the broker sends a copy for each of several matching subscriptions. */
  readonly copies?: boolean | undefined;
  /** Whether any message has come at all; undefined: nobody noted it. */
  readonly carried?: boolean | undefined;
  /** Whether the broker may hold messages that it dropped in flight: see `Redelivery`. */
  readonly undelivered?: boolean | undefined;
  /** Gaps that the broker's count would have decided on. */
  readonly open: readonly OpenGap[];
  /** Since when more may have waited at the broker than it keeps, ms since the epoch. */
  readonly possibleSince?: number | undefined;
  /** The broker's own count of dropped messages, as it was read last. */
  readonly drops?: DropReading | undefined;
  /** The run ended regularly and left its session on the broker. */
  readonly sessionKept: boolean;
  /** The state of that run could not be read: all else here is a guess, the worst one. */
  readonly unknown?: boolean | undefined;
}

/**
 * What only tells how far a run is: of a power cut an earlier value is a true one too. All else is
 * synced when it changes.
 */
export const PROGRESS: readonly (keyof RunState)[] = ["alive", "committed", "drops"];

export const FRESH: RunState = {
  pid: 0,
  fingerprint: undefined,
  alive: 0,
  committed: {},
  uneven: undefined,
  switch: undefined,
  finished: undefined,
  topics: [],
  refused: [],
  leftOut: [],
  awaySince: undefined,
  open: [],
  possibleSince: undefined,
  drops: undefined,
  qos0: false,
  filtersQos0: undefined,
  copies: undefined,
  carried: undefined,
  undelivered: undefined,
  sessionKept: false,
  unknown: undefined,
};

/** What stays of a run that ended whole, but for the sizes of its files. */
export const ENDED: RunState = { ...FRESH, clientId: undefined };

/** Whatever may have been: QoS 0 too. The file's own time tells when. */
export function unknownSince(mtime: Date | null): RunState {
  return { ...FRESH, alive: mtime?.getTime() ?? 0, qos0: true, unknown: true };
}

/** The part of a state that must outlive a power cut. */
export function lastingPart(state: RunState): string {
  return JSON.stringify(state, (key, value) => (PROGRESS as string[]).includes(key) ? null : value);
}

/** Parses a state; undefined if it is invalid. */
export function parseState(text: string): RunState | undefined {
  try {
    const written: unknown = JSON.parse(text);
    // States of earlier versions have no refused filters, invalid messages or open gaps.
    const state: unknown = { refused: [], leftOut: [], open: [], ...written as object };
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
    (state.uneven === undefined || Array.isArray(state.uneven) && state.uneven.every(isText)) &&
    (state.switch === undefined || isSwitch(state.switch)) &&
    (state.finished === undefined || Number.isSafeInteger(state.finished)) &&
    Array.isArray(state.topics) && state.topics.every(isText) &&
    Array.isArray(state.refused) && state.refused.every(isRefused) &&
    Array.isArray(state.leftOut) && state.leftOut.every(isLeftOut) &&
    (state.awaySince === undefined || isTime(state.awaySince)) &&
    (state.unknown === undefined || typeof state.unknown === "boolean") &&
    (state.filtersQos0 === undefined || typeof state.filtersQos0 === "boolean") &&
    (state.copies === undefined || typeof state.copies === "boolean") &&
    Array.isArray(state.open) && state.open.every(isOpen) &&
    (state.possibleSince === undefined || isTime(state.possibleSince)) &&
    (state.drops === undefined || isReading(state.drops)) &&
    (state.carried === undefined || typeof state.carried === "boolean") &&
    (state.undelivered === undefined || typeof state.undelivered === "boolean") &&
    typeof state.qos0 === "boolean" && typeof state.sessionKept === "boolean";
}

function isSwitch(value: Switch | null): boolean {
  return Number.isSafeInteger(value?.number) && isText(value?.suffix) &&
    typeof value?.sizes === "object" && value.sizes !== null &&
    Object.values(value.sizes).every(Number.isSafeInteger);
}

function isRefused(value: RefusedFilter | null): boolean {
  return isText(value?.topic) && isText(value?.cause) && isTime(value?.since);
}

function isLeftOut(value: LeftOut | null): boolean {
  return isText(value?.breach) && (value?.topic === undefined || isText(value.topic)) &&
    isTime(value?.since) && isTime(value?.until);
}

function isOpen(value: OpenGap | null): boolean {
  return isTime(value?.from) && isTime(value?.to) && typeof value?.ms === "number" &&
    isText(value.cause) && (value.detail === undefined || isText(value.detail)) &&
    isText(value.session) && isText(value.atRisk);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

/** Whether it is a time that `Date` can represent. */
function isTime(ms: unknown): boolean {
  return typeof ms === "number" && !isNaN(new Date(ms).getTime());
}
