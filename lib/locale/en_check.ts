/** The sentences of `check`, in English. */

import { bytes, number } from "./format.ts";

const LANG = "en-US";
const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** `1 row`, `1,234 rows`. */
function rowCount(n: number): string {
  return n === 1 ? "1 row" : `${number(LANG, n)} rows`;
}

export const check = {
  usage: "       mqttrec check FILE… [--repair]",
  helpUsage: "Usage: mqttrec check FILE… [FLAGS]",
  intro: [
    "Reads recordings and says what is in them and whether they are whole. FILE is",
    "a .csv, .json or .ndjson recording, or their base path without extension; where",
    "several files of one are named, they are compared row by row. A folder stands",
    "for all recordings in it.",
  ],
  exitCodes: "Exit codes: 0 all is well, 1 something is wrong, 2 usage.",
  file: (path: string, rows: number, count: number) =>
    `${path}: ${rowCount(rows)}, ${bytes(LANG, UNITS, count)}`,
  span: (first: string, last: string) => `from ${first} to ${last}`,
  order: (back: number) =>
    back === 0
      ? "in order of time"
      : `time goes back ${back === 1 ? "once" : `${number(LANG, back)} times`}`,
  dup: (rows: number) =>
    rows === 0 ? "none delivered again (dup)" : `${rowCount(rows)} delivered again (dup)`,
  topics: (count: number) => count === 1 ? "1 topic:" : `${number(LANG, count)} topics:`,
  moreTopics: (count: number) => `… and ${number(LANG, count)} more`,
  otherTopics: (rows: number) => `… and topics not told apart, too many: ${rowCount(rows)}`,
  unfinished: "NOT CLOSED: its beginning or its last bracket is missing, no row is; see --repair",
  torn: (count: number, at: number) =>
    count === 1
      ? `TORN: the last byte, byte ${number(LANG, at)}, is no whole row; see --repair`
      : `TORN: the last ${number(LANG, count)} bytes, from byte ${number(LANG, at)} on, ` +
        "are no whole row; see --repair",
  /** The broker speaks MQTT but breaks its rules; `state` names the rule. */
  malformed: (row: number, at: number) =>
    `MALFORMED: row ${number(LANG, row)}, at byte ${number(LANG, at)}, is no row of mqttrec; ` +
    "nothing behind it was read",
  live: "being recorded at this moment: its end is in the middle of a commit",
  /** Between the last two of a list. */
  and: "and",
  same: (names: string, rows: number) => `${names} hold the same ${rowCount(rows)}`,
  /** `repaired`: it was tried, as far as it can be. */
  prefix: (shorter: string, rows: number, longer: string, repaired: boolean) =>
    `NOT LEVEL: ${shorter} lacks ${rowCount(rows)} at its end that ${longer} has${
      repaired ? "" : "; see --repair"
    }`,
  within: (shorter: string, rows: number, first: number, longer: string, repaired: boolean) =>
    `NOT LEVEL: ${shorter} lacks ${rowCount(rows)} that ${longer} has, ${
      rows === 1 ? "" : "the first "
    }as row ${number(LANG, first)}${repaired ? "" : "; see --repair"}`,
  behind: (shorter: string, rows: number, longer: string) =>
    `being recorded at this moment: ${longer} is ${rowCount(rows)} ahead of ${shorter}`,
  different: (names: string, row: number) =>
    `DIFFERENT: ${names} differ from row ${number(LANG, row)} on`,
  comparedUpTo: (names: string, rows: number) => `${names} hold the same first ${rowCount(rows)}`,
  gaps: (path: string, count: number, seconds: number) =>
    `${path}: ${count === 1 ? "1 gap" : `${number(LANG, count)} gaps`}, ${
      number(LANG, seconds, 3)
    } s in total`,
  tornGaps: (count: number) =>
    count === 1
      ? "TORN: the last byte is no whole row; see --repair"
      : `TORN: the last ${number(LANG, count)} bytes are no whole row; see --repair`,
  /** `row`: number of the first, from 1. */
  alienGaps: (count: number, row: number) =>
    `MALFORMED: ${
      count === 1
        ? `row ${number(LANG, row)} is no row of mqttrec`
        : `${number(LANG, count)} rows are none of mqttrec's, row ${number(LANG, row)} first`
    }`,
  marks: (path: string, count: number) =>
    `${path}: ${count === 1 ? "1 mark" : `${number(LANG, count)} marks`}`,
  markFile: (path: string) =>
    `Cannot check "${path}": it holds the marks of a recording, not a recording\n` +
    `Name the recording beside it`,
  reconciled: (names: string, path: string, rows: number) =>
    `${rowCount(rows)} added to "${path}": ${names} are level again`,
  closed: (path: string) => `"${path}" closed again: no row was missing`,
  damagedGzip: (path: string) =>
    `Cannot read "${path}": what is compressed in it is damaged or cut off\nTake it from a copy, or: mqttrec check --repair makes it from another format`,
  untouched:
    "Nothing was repaired: what is wrong here is neither the end of a file nor rows that " +
    "only one has",
  /** `base`: the recording's path without extension. */
  cannotRepair: (base: string, cause: string, full: boolean) =>
    `Cannot repair "${base}": ${cause}\n${
      full ? "Free some room on that disk" : "Mend that"
    } and repair it again: nothing is lost`,
  well: "All is well",
  notWell: "Not all is well",
  noFile: `Cannot check: no file is named\nExample: mqttrec check exports/mqtt_data`,
  emptyFolder: (path: string) =>
    `Cannot read "${path}": there is no recording in it\nName another folder, or a recording: exports/mqtt_data`,
  cannotRead: (path: string, cause: string) =>
    `Cannot read "${path}": ${cause}\nCheck the path, and who may read it`,
  /** A gap log or the marks. */
  unreadableLog: (path: string, cause: string) => `Cannot read "${path}": ${cause}`,
  foreignLog: (path: string) => `Cannot read "${path}": it was not written by mqttrec`,
  foreign: (path: string) =>
    `Cannot read "${path}": it was not written by mqttrec\n` +
    `Name a .csv, .json or .ndjson recording`,
  resaved: (path: string) =>
    `Cannot read "${path}": a spreadsheet or another program saved it anew\n` +
    `Name the original, as mqttrec wrote it`,
  gapLog: (path: string) =>
    `Cannot read "${path}": it is the list of a recording's gaps, not a recording\n` +
    `Name the recording beside it`,
  mixed: (base: string) =>
    `Cannot compare the files of "${base}": one was recorded with --properties, the other without\n` +
    `Check each by itself`,
  notRecording: (path: string) =>
    `Cannot read "${path}": a .csv, .json or .ndjson recording is expected\nName one, or its path without the extension`,
  inUse: (base: string) =>
    `Cannot repair "${base}": it is being recorded at this moment\nStop that mqttrec first`,
};
