/** What stands in a workbook of `export`, in English. */

import { number } from "./format.ts";

const LANG = "en-US";

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
  cutText: (length: number) => `… [cut: ${number(LANG, length)} characters]`,
  tooLarge: `Cannot export to .xlsx: a workbook holds at most 4 GB\n` +
    `Export to .parquet or .csv, or fewer messages (--from, --to, --topic)`,
};
