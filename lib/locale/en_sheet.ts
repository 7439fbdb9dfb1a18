/** What stands in a workbook of `export`, in English. */

import type { Cause, Risk } from "../message/gap.ts";
import { number } from "./format.ts";

const LANG = "en-US";

/** The gap log's own words. */
const CAUSES: Readonly<Record<Cause, string>> = {
  "connection lost": "connection lost",
  "session lost": "session lost",
  "unclean end": "unclean end",
  "between runs": "between runs",
  "subscription refused": "subscription refused",
  "subscription downgraded": "subscription downgraded",
  "write stall": "write stall",
  "sync failed": "sync failed",
  "overload": "overload",
  "client id taken over": "client id taken over",
  "invalid message": "invalid message",
  "broker queue": "broker queue",
  "process paused": "process paused",
};
const RISKS: Readonly<Record<Risk, string>> = {
  no: "nothing",
  qos0: "messages of QoS 0",
  yes: "any message",
};

export const sheet = {
  /** Name of the `n`th sheet of rows; names have at most 31 characters. */
  data: (n: number) => n === 1 ? "Data" : `Data ${n}`,
  recording: "Recording",
  /** A number format in the codes of the file format, which are English everywhere. */
  timeFormat: "yyyy-mm-dd hh:mm:ss.000",
  files: (count: number): string => count === 1 ? "File" : "Files",
  messages: "Messages",
  first: "First message",
  last: "Last message",
  timeZone: "Time zone of all times",
  cutTexts: "Texts longer than a cell, cut",
  topic: "Topic",
  otherTopics: "(further topics)",
  noGaps: "No gaps",
  gapBegin: "Gap from",
  gapEnd: "to",
  gapCause: "Cause",
  gapRisk: "At risk",
  colon: ": ",
  /** Causes and risks by the word of the gap log. */
  causes: CAUSES,
  risks: RISKS,
  /** What follows a cause in the gap log, as far as it is a sentence. */
  droppedByBroker: (count: number) => `${number(LANG, count)} dropped, all clients`,
  cutText: (length: number) => `… [cut: ${number(LANG, length)} characters]`,
  tooLarge: `Cannot export to .xlsx: a workbook holds at most 4 GB\n` +
    `Export to .parquet or .csv, or fewer messages (--from, --to, --topic)`,
};
