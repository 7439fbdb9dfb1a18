/** The sentences of the program, in English. */

import { check } from "./en_check.ts";
import { connect } from "./en_connect.ts";
import { doubleClick } from "./en_double_click.ts";
import { exporting } from "./en_export.ts";
import { invalid } from "./en_invalid.ts";
import { rotate } from "./en_rotate.ts";
import { live } from "./en_live.ts";
import { settings } from "./en_settings.ts";
import { sheet } from "./en_sheet.ts";
import { bytes, duration, number } from "./format.ts";
import type { Risk } from "../message/gap.ts";
import type { QoS } from "../message/message.ts";

/** The languages that the program speaks. */
export type Lang = "fr" | "en";

const LANG = "en-US";
const RUN = "Run: ";
const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** What became of messages since a run that ended. */
function since(risk: Risk | undefined): string {
  if (risk === undefined) return "the broker delivers what its queue had room for";
  return risk === "yes"
    ? "what was published since then may be missing"
    : "the broker kept what was sent with QoS 1 or 2 since then";
}

/** Sentences take names and numbers as arguments; names are already escaped. */
export const en = {
  lang: "en" as Lang,
  prompt: "Type 'q' to quit: ",
  ended: "👋 Program ended.",
  /** What it is was told before. */
  endedIncomplete: "👋 Program ended, but not everything is in its files: see above",
  /** Numbers, sizes and durations as the language writes them. */
  number: (n: number, decimals?: number) => number(LANG, n, decimals),
  bytes: (n: number) => bytes(LANG, UNITS, n),
  duration,

  status: {
    messages: (n: number) => n === 1 ? "1 message" : `${number(LANG, n)} messages`,
    rate: (perSecond: number) => `${number(LANG, perSecond, perSecond < 10 ? 1 : 0)}/s`,
    last: (agoMs: number | undefined) =>
      agoMs === undefined ? "none yet" : `last ${duration(agoMs)} ago`,
    reconnecting: "RECONNECTING",
    stalled: "DISK STALLED",
  },
  figures: {
    broker: "Broker",
    topics: "Topics",
    messages: "Messages",
    rate: "Rate",
    last: "Activity",
    files: "Files",
  },
  keys: [
    "Keys, each followed by Enter:",
    "  q  quit (so does Ctrl+C)",
    "  s  show the figures",
    "  v  show the topics with their last values, and back",
    "  m  note a mark: m door opened",
    "  t  look at what the broker has on other topics",
    "  h  show these keys",
  ],
  /** After Ctrl+Z and `fg` or `bg`. */
  keysLeft:
    "Recording goes on, perhaps in the background: keys are not read any more, Ctrl+C ends it",
  /** The same before the first connection. */
  keysLeftWaiting: "It goes on waiting for the broker, perhaps in the background: keys are not " +
    "read any more, Ctrl+C ends it",
  throughNpm: (npm: string) =>
    `Started through ${npm}, which passes no signal on: a service should start deno run or the ` +
    `executable (lib/config/README.md)`,
  launcherEnded: "What started this recording has ended: it ends too",
  unknownKey: (line: string) => `Unknown key "${line}": q quits, s shows the figures, h the keys`,

  connected: (address: string, topics: string) => `Connected to ${address}, recording ${topics}`,
  /** The session was resumed. */
  reconnected: (address: string) =>
    `Connected to ${address} again, session resumed: the broker delivers what its queue had room for`,
  /** The broker kept no session. */
  reconnectedWithGap: (address: string) =>
    `Connected to ${address} again, without the session: what was published meanwhile may be missing`,
  sessionResumed: "Session resumed: what the broker kept comes first",
  sessionShort: (asked: number, granted: number) =>
    `The broker keeps the session for ${duration(granted)} only, not for ${duration(asked)}`,
  /** `atRisk` undefined: that depends on the broker's queue. */
  uncleanEnd: (ago: number, risk: Risk | undefined) =>
    `The last run was cut off ${duration(ago)} ago: ${since(risk)}`,
  betweenRuns: (ago: number, risk: Risk | undefined) =>
    `The last run ended ${duration(ago)} ago: ${since(risk)}`,
  sessionLost: (ago: number) =>
    `The session left on the broker ${duration(ago)} ago is gone: ` +
    `what was published since then may be missing`,
  /** `row`: number of the first, from 1. */
  alienGaps: (path: string, count: number, row: number) =>
    `"${path}" holds ${
      count === 1 ? "a row" : `${number(LANG, count)} rows`
    } that mqttrec did not write, row ${number(LANG, row)}${
      count === 1 ? "" : " first"
    }: left as it is, and continued`,
  /** During a gap; `count` undefined: perhaps. */
  dropped: (count: number | undefined, ms: number) =>
    `The broker ${
      count === undefined
        ? "may have dropped messages"
        : `dropped ${count === 1 ? "1 message" : `${number(LANG, count)} messages`}`
    } within ${duration(ms)}${count === undefined ? "" : ", those for other clients included"}: ` +
    `it keeps more with a larger max_queued_messages (Mosquitto's is 1,000) or max_queued_bytes`,
  redelivery: "Reconnecting, so that the broker sends those again that it still holds",
  goesOnWithout: "Recording goes on; a refused filter is asked for again every 30 s",
  /** Filters are downgraded, none is refused. */
  goesOnWithLess: "Recording goes on with what is granted",
  subscribedAgain: "The broker grants every filter again",
  disconnected: (address: string, cause: string) =>
    `Connection to ${address} lost${cause ? ` (${cause})` : ""}: reconnecting`,
  /** `why`: a line, perhaps with a remedy. */
  waiting: (why: string, nextMs: number) =>
    `${why}\nTrying again in ${duration(nextMs)}, and so on (--wait); q or Ctrl+C ends`,
  retrying: (cause: string) => `${cause}: trying again`,
  embeddedStarted: (address: string) =>
    `Built-in broker started at ${address}, for this machine only`,
  embeddedUnneeded: (address: string) => `A broker is already running at ${address}: using it`,
  embeddedOversized: (clientId: string, count: number, most: number) =>
    `Cannot take ${bytes(LANG, UNITS, count)} at once from "${clientId}": the built-in broker ` +
    `takes at most ${bytes(LANG, UNITS, most)}, and has disconnected it`,
  embeddedOverflow: (clientId: string, count: number) =>
    `Cannot keep more messages for "${clientId}": ${bytes(LANG, UNITS, count)} ` +
    `wait for it in the built-in broker, and the next ones do not reach it`,
  embeddedRetainedFull: (count: number, size: number) =>
    `Cannot retain more messages: the built-in broker holds at most ${number(LANG, count)}, or ` +
    `${bytes(LANG, UNITS, size)}`,
  simulating: (sensors: number, intervalMs: number) =>
    `Simulating ${sensors} sensor${sensors === 1 ? "" : "s"}, ${
      intervalMs > 0 ? `each every ${duration(intervalMs)}` : "as fast as the broker takes it"
    }`,
  /** The base path that was asked for, and the one used: Deno may write in that folder only. */
  movedOutput: (asked: string, used: string) =>
    `--output ${asked} is ${used}: this task writes in exports/ only`,
  recordingTo: (files: string) => `Files: ${files}`,
  torn: (path: string, count: number, tornPath: string, rows: number) =>
    `The end of "${path}" is no whole row, after a crash or by another program: ${
      count === 1 ? "1 byte" : `${number(LANG, count)} bytes`
    } moved to "${tornPath}"${
      rows === 0 ? "" : `, with ${rows === 1 ? "1 whole row" : `${number(LANG, rows)} whole rows`}`
    }`,
  reconciled: (path: string, rows: number, other: string) =>
    `${rows === 1 ? "1 row" : `${number(LANG, rows)} rows`} missing in "${path}": ` +
    `copied from "${other}"`,
  filesBehind: (path: string, rows: number, other: string) =>
    `${rows === 1 ? "1 row" : `${number(LANG, rows)} rows`} missing in "${path}" that "${other}" ` +
    `has: check --repair (deno task verify --repair) copies ${rows === 1 ? "it" : "them"}`,
  begunAnew: (path: string, other: string) =>
    `"${path}" was missing and is begun anew: "${other}" also holds the rows of before`,
  diverged: (a: string, b: string, row: number | undefined) =>
    `"${a}" and "${b}" differ${row === undefined ? "" : ` from row ${number(LANG, row)} on`}: ` +
    `left as they are, check (deno task verify) tells more`,
  replaced: (path: string, begun: boolean) =>
    `"${path}" was ${begun ? "moved, emptied or deleted" : "changed"} by another program: ${
      begun
        ? "recording goes on in a new one. The rows of the old one are gone with it, unless it was moved or " +
          "another format has them"
        : "what is there is continued"
    }`,
  /** The same of the gap log or the marks, which no other format has. */
  replacedLog: (path: string, begun: boolean) =>
    `"${path}" was ${begun ? "moved, emptied or deleted" : "changed"} by another program: ${
      begun
        ? "recording goes on in a new one. The rows of the old one are gone with it, unless it was moved"
        : "what is there is continued"
    }`,
  rewritten: (path: string) =>
    `"${path}" was changed in place, or touched, by another program: check (deno task verify) tells ` +
    `whether its rows are still whole`,
  cannotWriteNow: (cause: string) => `Cannot write: ${cause}`,
  stalled: (cause: string) => `${cause}. Nothing is lost: the broker is held back`,
  /** What stood in that file may be lost: `replaced` follows. */
  stalledByChange: (cause: string) =>
    `${cause}. The broker is held back until the file is opened anew`,
  unsynced: (ago: number, cause: string) =>
    `The disk failed: ${cause}. Messages of QoS 0 of the last ${duration(ago)} may be missing`,
  resumed: "Writing again: what the broker held back follows",
  draining: "Stopping: writing what has arrived",
  waitingForDisk: "Still waiting for the disk. Ctrl+C three times in all ends without it: " +
    "the broker keeps what is not written",
  summary: (messages: number, ms: number) =>
    `${messages === 1 ? "1 message" : `${number(LANG, messages)} messages`} recorded in ${
      duration(ms)
    }`,
  /** `topic`: the first of those recorded, none of which has a wildcard. */
  nothingCame: (topic: string) =>
    `Nothing came: "${topic}" is that one topic, "${topic}/#" would take all below it too`,
  summaryFile: (path: string, count: number) => `  ${path}  ${bytes(LANG, UNITS, count)}`,
  /** `path`: undefined where rows are not on disk. */
  summaryGaps: (count: number, ms: number, worst: Risk, path: string | undefined) =>
    `${count === 1 ? "1 gap" : `${number(LANG, count)} gaps`}, ${duration(ms)} in total, ${
      worst === "no"
        ? "nothing at risk: the broker dropped nothing"
        : worst === "qos0"
        ? "only messages sent with QoS 0 may be missing"
        : "messages may be missing"
    }${path === undefined ? "" : ` (${path})`}`,
  leftBehind: (expiry: number) =>
    `The broker may still hold messages for this recording: start it again within ${
      duration(expiry)
    } to get them`,
  sessionKept: (expiry: number) =>
    `The session stays on the broker for ${
      duration(expiry)
    }: the next start gets what comes meanwhile`,

  cannotWrite: (path: string, cause: string, full = false) =>
    `Cannot write "${path}": ${cause}\n` +
    (full
      ? "Free some room on that disk, or choose another place with --output"
      : "Choose another place with --output"),
  /** Rows of the gap log, while it records; `why`: a line. */
  rowsWait: (why: string, full: boolean) =>
    `${why}\n` +
    `${full ? "Free some room on that disk" : "Put that right"}: its rows are kept until then`,
  /** Rows of the gap log, at the end. */
  rowsKept: (why: string, full: boolean) =>
    `${why}\n` +
    `${
      full ? "Free some room on that disk" : "Put that right"
    }, and start it again with the same ` +
    "--output: its rows are kept, and written then",
  cannotCreateFolder: (path: string, cause: string) =>
    `Cannot create folder "${path}": ${cause}\nChoose another place with --output`,
  isDirectory: (path: string) =>
    `Cannot write "${path}": it is a folder\nChoose another base name with --output`,
  isLink: (path: string) =>
    `Cannot write "${path}": it is a symbolic link\nGive the real path with --output`,
  notRegular: (path: string) =>
    `Cannot write "${path}": it is not a regular file\nChoose another base name with --output`,
  fileChanged: (path: string) =>
    `Cannot write "${path}": another program moved, deleted or changed it\nLeave it to mqttrec`,
  foreignFile: (path: string) =>
    `Cannot continue "${path}": it was not written by mqttrec and was left untouched\n` +
    `Move it away, or choose another base name with --output`,
  resavedFile: (path: string) =>
    `Cannot continue "${path}": a spreadsheet or another program saved it anew, it was left untouched\n` +
    `Put the original back (a spreadsheet opens a copy), or choose another base name with --output`,
  heldOpen: (path: string) =>
    `Cannot write "${path}": another program, such as Excel, has it open\n` +
    `Close it there, or choose another base name with --output`,
  otherProperties: (path: string, has: boolean) =>
    `Cannot continue "${path}": it was begun ${
      has ? "with" : "without"
    } --properties and was left untouched\n` +
    `${has ? "Add" : "Leave out"} --properties, or choose another base name with --output`,
  outputInUse: (output: string, pid: number | undefined) =>
    `Cannot record to "${output}": another mqttrec${
      pid === undefined ? "" : ` (process ${pid})`
    } is writing there\nStop it, or choose another base name with --output`,
  cannotLock: (path: string, cause: string) =>
    `Cannot lock "${path}": ${cause}\n` +
    `Some network drives have no locks: choose another place with --output`,
  notWritten: (output: string, messages: number, cause: string, full: boolean) =>
    `Cannot write the last ${
      messages === 1 ? "message" : `${number(LANG, messages)} messages`
    } to "${output}": ` +
    `${cause}\n${
      full
        ? "Free some room on that disk and start it again with the same --output"
        : "Start it again"
    }: none was acknowledged, the broker still has what was sent with QoS 1 or 2`,

  brokerUnreachable: (address: string, cause: string) =>
    `Cannot connect to "${address}": ${cause}\n` +
    `Start Mosquitto, give another address with --broker, or add --embedded-broker`,
  brokerSilent: (address: string, seconds: number) =>
    `Cannot connect to "${address}": no answer within ${seconds} s\n` +
    `Check the address and the port: is an MQTT broker listening there?`,
  subscriptionDowngraded: (topic: string, asked: QoS, granted: number) =>
    `Cannot subscribe to "${topic}" with QoS ${asked}: the broker grants only QoS ${granted}\n` +
    `Ask for that with --qos ${granted}`,
  takenOver: (clientId: string) =>
    `Cannot stay connected as "${clientId}": another client took over that client id\n` +
    `Is this recording running twice? Stop the other one`,
  cannotStartBroker: (address: string, cause: string) =>
    `Cannot start the built-in broker at "${address}": ${cause}\nChoose another port with --port`,
  embeddedNotHere: (host: string) =>
    `Cannot start the built-in broker at "${host}": it only serves this machine\n` +
    `Use --broker localhost with --embedded-broker`,

  unknownFlag: (flag: string, closestString: string | undefined) =>
    `Cannot use flag "${flag}": it does not exist\n${
      closestString
        ? `Did you mean ${closestString}?`
        : 'Example: --broker 192.0.2.7 --topic "sensors/#".'
    } All flags: --help`,
  /** `shown`: with its value hidden; `flag`: alone. */
  joinedValue: (shown: string, flag: string) =>
    `Cannot use flag "${shown}": its value stands in a word of its own\nWrite: ${flag} VALUE`,
  /** `host` stands after -h, which other programs take it for. */
  hostBehindHelp: (host: string) =>
    `Cannot use argument "${host}": -h is --help here\nWrite: --broker ${host}`,
  missingValue: (flag: string, example: string) =>
    `Cannot use flag "${flag}": its value is missing\nExample: ${example}`,
  unexpectedValue: (flag: string) => `Cannot use flag "${flag}": it takes no value\nWrite: ${flag}`,
  givenTwice: (flag: string) => `Cannot use flag "${flag}": it is given twice\nKeep one of them`,
  strayArgument: (text: string) =>
    `Cannot use argument "${text}": only flags are expected\n${
      /[/#+]/.test(text)
        ? `Put quotes around topic filters: --topic "${text}"`
        : `A broker goes behind --broker, a topic filter behind --topic; a value is one word`
    }`,
  badValue: (flag: string, value: string, wanted: string, example: string) =>
    `Cannot use ${flag} "${value}": ${wanted} is expected\nExample: ${example}`,
  badFilter: (filter: string, problem: string) =>
    `Cannot subscribe to "${filter}": ${problem}\nExamples: sensors/# or sensors/+/kitchen`,
  /** `inner`: without its quotes. */
  quotedFilter: (filter: string, inner: string) =>
    `Cannot subscribe to "${filter}": its quotes are a part of it: only a shell takes quotes off, cmd.exe only "…"\n` +
    `Write: --topic "${inner}"`,
  /** `own`: the value of --topic-qos that was perhaps meant. */
  colonInFilter: (filter: string, own: string) =>
    `Cannot subscribe to "${filter}": its QoS does not go behind a colon\nWrite: --topic-qos "${own}"`,
  /** The same where `filter` is a filter: it is recorded as it stands. */
  colonFilters: (filter: string, own: string) =>
    `"${filter}" is recorded as a topic of that name; a QoS for a filter is --topic-qos "${own}"`,
  filterProblems: {
    empty: "the filter is empty",
    nul: "it contains a NUL character",
    hash: "'#' must stand alone in the last level",
    plus: "'+' must stand alone in its level",
    long: "it is longer than 65,535 bytes",
    surrogate: "it is not valid Unicode",
    share: "a shared subscription reads $share/GROUP/FILTER",
  } as Readonly<Record<string, string>>,
  wanted: {
    "max-payload": "a size such as 500, 64k or 10MB, of at most 268435455 bytes",
    share: "a name without / + #",
    "status-topic": "a topic without + and #",
    "mqtt-version": "5 or 3.1.1",
    "topic-qos": "a filter, = and 0, 1 or 2, such as sensors/#=2",
    port: "a whole number from 1 to 65535",
    format: "csv, json, ndjson or both, or a list of them such as csv,ndjson",
    print: "text, csv or json",
    qos: "0, 1 or 2",
    sensors: "a whole number from 1 to 100000",
    interval: "a number of seconds, 0 or more, or a time such as 500ms, 5m or 1h30m",
    seed: "a whole number from 0 to 4294967295",
    duration: "a time such as 10, 10s, 5m, 1h30m or 7d, of at most 100 years",
    keep: "a whole number of at least 1",
    "max-total": "a size such as 500MB or 20GB",
    "min-free": "a size such as 0, 500MB or 1GB",
    rotate: "a time such as 15m, 1h or 1d, a size such as 500MB, or a number of rows",
    idle: "a time such as 10, 10s, 5m, 1h30m or 7d, of at most 100 years",
    wait: "a time such as 30s, 10m or 2h, or nothing",
    count: "a whole number of at least 1",
    "client-id": "a text of at most 65,535 bytes without control characters",
    "session-expiry": "a time such as 0, 30s, 5m, 1h30m or 7d, of at most 136 years",
    keepalive: "a whole number of seconds from 1 to 65535",
    lang: "fr or en",
    output: "a path with a file name, without extension",
    broker: "a host, host:port, or a URL such as mqtts://host:port",
    username: "a text of at most 65,535 bytes without control characters",
    config: "the path of a file",
    "password-file": "the path of a file",
    cafile: "the path of a file",
    cert: "the path of a file",
    key: "the path of a file",
    "key-password-file": "the path of a file",
    alpn: "a protocol name such as mqtt",
    servername: "a name such as broker.example.com",
  } as Readonly<Record<string, string>>,
  outputWithExtension: (value: string, base: string) =>
    `Cannot use --output "${value}": the base path is expected, the extension is added\n` +
    `Use --output ${base}`,
  needsSimulate: (flag: string) =>
    `Cannot use ${flag} on its own: it describes simulated sensors\nAdd --simulate`,
  quietAndVerbose: (quiet: string, verbose: string) =>
    `Cannot use ${quiet} and ${verbose} together: they contradict\nKeep one of them`,
  keepForNoTime:
    `Cannot use --keep-session with --session-expiry 0: a session without time is not kept\n` +
    `Give it a time, or leave --keep-session out`,
  /** Begins a line that is a command to copy. */
  run: RUN,
  /** `flags` are missing; `command` grants them. */
  noPermission: (flags: string, command: string) =>
    `Cannot run: Deno was not given ${flags}\n${RUN}${command}`,
  /** The same for a compiled program. */
  notBuiltIn: (flags: string) =>
    `Cannot run: this program was compiled without ${flags}, and nothing can add it now\n` +
    `Leave out what needs it, or compile the program with it`,

  check,
  sheet,
  connect,
  export: exporting,
  doubleClick,
  invalid,
  rotate,
  live,
  settings,

  unexpected: (cause: string) => `Cannot go on: ${cause}\nPlease report this`,
  /** A state: Deno was started without that flag. */
  notGiven: (flag: string) => `Deno was not given ${flag}`,
  /** System error codes in plain words. */
  /** A state of the system that has no sentence here; `text` is in the system's language. */
  systemError: (_number: number, text: string): string => text,
  causes: {
    LARGE: "it is larger than such a file can be, or has no end",
    SLOW: "the disk does not answer",
    ENOENT: "no such file or folder",
    EACCES: "permission denied",
    EPERM: "permission denied",
    NotCapable: "Deno was not given the permission",
    ENOSPC: "no space left on the disk",
    EDQUOT: "the disk quota is used up",
    EFBIG: "the file may not grow any further",
    EIO: "the disk reports an error",
    EISDIR: "it is a folder",
    ENOTDIR: "a part of the path is not a folder",
    EEXIST: "it exists already",
    EROFS: "the disk is read-only",
    EBUSY: "another program, such as Excel, has it open: close it there",
    EMFILE: "too many open files",
    ENODEV: "the drive is not there",
    ENOLCK: "no locks are to be had there",
    ENOTSUP: "that is not possible there",
    ENOTCONN: "it is no longer connected",
    EHOSTDOWN: "the network drive does not answer",
    ESTALE: "the network drive no longer knows that file",
    EUCLEAN: "the disk is damaged and wants to be checked",
    ENAMETOOLONG: "the name is too long",
    ECONNREFUSED: "nothing is listening there",
    WS_ERR_: "it sent something that is not a WebSocket",
    HPE_: "it sent something that is not HTTP",
    ERR_SSL_: "the encrypted connection failed",
    EPROTO: "it sent something that is not MQTT",
    EPIPE: "the connection was closed",
    "0x8b": "the broker is shutting down",
    "0x8d": "the broker heard nothing from us in time",
    "0x87": "the broker does not allow it",
    "0x89": "the broker is busy",
    "0x96": "the broker gets messages from us too fast",
    "0x97": "a quota of the broker is used up",
    "0x98": "an administrator of the broker ended it",
    "0x9c": "the broker refers us to another one",
    "0x9d": "the broker refers us to another one",
    "0x9f": "the broker had too many connections in a short time",
    "0xa0": "the broker ends connections after a certain time",
    ECONNRESET: "the connection was reset",
    ECONNABORTED: "the connection broke off",
    ENETRESET: "the connection broke off",
    ESHUTDOWN: "the connection broke off",
    ENETDOWN: "the network is down",
    ETIMEDOUT: "no answer in time",
    EHOSTUNREACH: "the machine cannot be reached",
    ENETUNREACH: "the network cannot be reached",
    ENOTFOUND: "the name is unknown",
    EADDRINUSE: "another program uses that port",
    EADDRNOTAVAIL: "this machine does not have that address",
  } as Readonly<Record<string, string>>,
  help: {
    usage: "Usage: mqttrec [FLAGS]",
    asTask: "Without the executable: `deno task start`, and `deno task verify` to check",
    intro: "Records MQTT messages to CSV and JSON files, until you type q.",
    flags: "Flags:",
    groups: [
      "The first ones to know:",
      "The broker, and who we are to it:",
      "What is recorded of what it sends:",
      "The files, and when to stop:",
      "Simulated sensors:",
      "The program itself:",
    ],
    default: "default",
    repeatable: "repeatable",
    examples: "Examples:",
    more:
      "Exit codes: 0 done, 1 failed, 2 usage, 3 broker unreachable or refused,\n130 Ctrl+C at the question for a password.",
  },
};

/** Every sentence of the program, the same keys in each language. */
export type Sentences = typeof en;
