/** Every sentence shown to a person, in each language. */

import type { Risk } from "../message/gap.ts";
import type { QoS } from "../message/message.ts";
import type { ConnectSentences } from "./connect.ts";
import { en } from "./en.ts";
import { fr } from "./fr.ts";
import type { SettingsSentences } from "./settings.ts";

export type Lang = "fr" | "en";

/** What the program says. Names in quotes and numbers come in as arguments, already escaped. */
export interface Sentences {
  readonly lang: Lang;
  readonly prompt: string;
  readonly ended: string;
  /** Numbers, sizes and durations as the language writes them. */
  number(n: number, decimals?: number): string;
  bytes(n: number): string;
  duration(ms: number): string;

  readonly status: {
    messages(n: number): string;
    rate(perSecond: number): string;
    last(agoMs: number | undefined): string;
    readonly reconnecting: string;
    readonly stalled: string;
  };
  readonly figures: Readonly<
    Record<"broker" | "topics" | "messages" | "rate" | "last" | "files", string>
  >;
  readonly keys: readonly string[];
  unknownKey(line: string): string;

  // While it runs.
  connected(address: string, topics: string): string;
  /** The session was resumed. */
  reconnected(address: string): string;
  /** The broker kept no session. */
  reconnectedWithGap(address: string): string;
  sessionResumed: string;
  sessionShort(askedMs: number, grantedMs: number): string;
  uncleanEnd(agoMs: number, risk: Risk): string;
  betweenRuns(agoMs: number, risk: Risk): string;
  sessionLost(agoMs: number): string;
  goesOnWithout: string;
  subscribedAgain: string;
  disconnected(address: string, cause: string): string;
  retrying(cause: string): string;
  embeddedStarted(address: string): string;
  embeddedUnneeded(address: string): string;
  simulating(sensors: number, intervalMs: number): string;
  recordingTo(files: string): string;
  torn(path: string, bytes: number, tornPath: string): string;
  reconciled(path: string, rows: number, other: string): string;
  diverged(a: string, b: string, row: number): string;
  replaced(path: string, begun: boolean): string;
  cannotWriteNow(cause: string): string;
  stalled(state: string): string;
  resumed: string;
  unsynced(agoMs: number, cause: string): string;
  draining: string;
  waitingForDisk: string;
  summary(messages: number, durationMs: number): string;
  summaryFile(path: string, bytes: number): string;
  summaryGaps(count: number, ms: number, worst: Risk, path: string): string;
  leftBehind(expiryMs: number): string;
  sessionKept(expiryMs: number): string;

  // Errors: the files.
  cannotWrite(path: string, cause: string): string;
  cannotCreateFolder(path: string, cause: string): string;
  isDirectory(path: string): string;
  isLink(path: string): string;
  notRegular(path: string): string;
  fileChanged(path: string): string;
  foreignFile(path: string): string;
  otherProperties(path: string, has: boolean): string;
  outputInUse(output: string, pid: number | undefined): string;
  notWritten(output: string, messages: number, cause: string): string;

  // Errors: the broker.
  brokerUnreachable(address: string, cause: string): string;
  brokerSilent(address: string, seconds: number): string;
  connectionRefused(address: string, code: number): string;
  subscriptionRefused(topic: string, code: number): string;
  subscriptionDowngraded(topic: string, asked: QoS, granted: number): string;
  publishRefused(topic: string, code: number): string;
  takenOver(clientId: string): string;
  cannotStartBroker(address: string, cause: string): string;
  embeddedNotHere(host: string): string;

  // Errors: the command line.
  unknownFlag(flag: string, closestString: string | undefined): string;
  missingValue(flag: string): string;
  unexpectedValue(flag: string): string;
  givenTwice(flag: string): string;
  strayArgument(text: string): string;
  badValue(flag: string, value: string, wanted: string): string;
  badFilter(filter: string, problem: string): string;
  readonly filterProblems: Readonly<Record<string, string>>;
  readonly wanted: Readonly<Record<string, string>>;
  outputWithExtension(value: string, base: string): string;
  needsSimulate(flag: string): string;
  quietAndVerbose(quiet: string, verbose: string): string;
  keepForNoTime: string;
  /** `flags` are missing, `command` gives them. */
  noPermission(flags: string, command: string): string;
  /** The same, of a compiled program. */
  notBuiltIn(flags: string): string;

  readonly connect: ConnectSentences;
  readonly settings: SettingsSentences;

  /** The command `check`. Offsets and lengths in bytes, row numbers from 1. */
  readonly check: {
    /** In the help of the program, and in its own. */
    readonly usage: string;
    readonly helpUsage: string;
    readonly intro: readonly string[];
    readonly exitCodes: string;
    file(path: string, rows: number, bytes: number): string;
    span(first: string, last: string): string;
    order(back: number): string;
    dup(rows: number): string;
    topics(count: number): string;
    moreTopics(count: number): string;
    otherTopics(rows: number): string;
    readonly unfinished: string;
    torn(bytes: number, at: number): string;
    malformed(row: number, at: number): string;
    readonly live: string;
    same(rows: number): string;
    prefix(shorter: string, rows: number, longer: string): string;
    behind(shorter: string, rows: number, longer: string): string;
    different(row: number): string;
    comparedUpTo(rows: number): string;
    gaps(path: string, count: number, seconds: number): string;
    reconciled(path: string, rows: number): string;
    closed(path: string): string;
    readonly untouched: string;
    readonly well: string;
    readonly notWell: string;
    readonly noFile: string;
    cannotRead(path: string, cause: string): string;
    foreign(path: string): string;
    gapLog(path: string): string;
    mixed(base: string): string;
    notRecording(path: string): string;
    inUse(base: string): string;
  };

  unexpected(cause: string): string;
  /** A state: Deno was not given that flag. */
  notGiven(flag: string): string;
  /** System error codes in plain words. */
  readonly causes: Readonly<Record<string, string>>;
  readonly help: {
    readonly usage: string;
    readonly intro: string;
    readonly flags: string;
    readonly default: string;
    readonly repeatable: string;
    readonly examples: string;
    readonly more: string;
  };
}

const LANGUAGES = { en, fr } satisfies Record<Lang, Sentences>;

/** The sentences in one language. */
export function sentences(lang: Lang): Sentences {
  return LANGUAGES[lang];
}

/**
 * The language of the environment; where none is named (Windows), the system's.
 *
 * @param get Value of an environment variable.
 */
export function langFromEnv(get: (name: string) => string | undefined): Lang {
  const variable = langVariable(get);
  const locale = variable === undefined ? navigator.language ?? "" : get(variable)!;
  return /^fr/i.test(locale) ? "fr" : "en";
}

/** The variable that names the language, as POSIX orders them. */
export function langVariable(get: (name: string) => string | undefined): string | undefined {
  return ["LC_ALL", "LC_MESSAGES", "LANG"].find((name) => get(name));
}
