/** Reads a gap log, `<output>.gaps.csv`, and lists its format errors. */

import { parse } from "@std/csv/parse";

const HEADER = "from,to,seconds,cause,session,at_risk\r\n";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const CAUSES = [
  "connection lost",
  "session lost",
  "unclean end",
  "between runs",
  "subscription refused",
  "subscription downgraded",
  "write stall",
  "sync failed",
  "overload",
  "client id taken over",
  "invalid message",
  "broker queue",
  "process paused",
];
const SESSIONS = ["resumed", "lost", "none", "kept"];
const RISKS = ["no", "qos0", "yes"];

/** `seconds` is measured on the monotonic clock, the times on the wall clock, which may be set. */
const CLOCKS_MS = 20;

/** A row of the gap log; times in ms since the epoch. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly cause: string;
  readonly session: string;
  readonly atRisk: string;
}

export interface GapLog {
  /** In file order; empty if there is no file. */
  readonly gaps: readonly Gap[];
  /** Broken rules of the format, a sentence each. */
  readonly problems: readonly string[];
}

/** @param path The gap log's path; it need not exist. */
export async function readGaps(path: string): Promise<GapLog> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { gaps: [], problems: [] };
    throw error;
  }
  return parseGaps(text);
}

/** Reads the text of a gap log. */
export function parseGaps(text: string): GapLog {
  const problems: string[] = [];
  if (!text.startsWith(HEADER)) return { gaps: [], problems: ["The gap log has a wrong header"] };
  if (!text.endsWith("\r\n")) problems.push("The last row of the gap log does not end");
  if (text.length === HEADER.length) problems.push("The gap log exists without a row");
  const gaps: Gap[] = [];
  for (const row of parse(text.slice(HEADER.length))) {
    const [from = "", to = "", seconds = "", cause = "", session = "", atRisk = ""] = row;
    const gap = { from: Date.parse(from), to: Date.parse(to), cause, session, atRisk };
    const good = row.length === 6 && TIME.test(from) && TIME.test(to) && gap.from <= gap.to &&
      /^\d+(\.\d{1,3})?$/.test(seconds) &&
      Math.abs(Number(seconds) * 1000 - (gap.to - gap.from)) <= CLOCKS_MS &&
      CAUSES.some((known) => cause === known || cause.startsWith(`${known}: `)) &&
      SESSIONS.includes(session) && RISKS.includes(atRisk);
    if (!good) problems.push(`The gap log has an invalid row: ${row.join()}`);
    if (gap.from <= gap.to) gaps.push(gap);
  }
  return { gaps, problems };
}

/** Whether a gap covers a message published at `time`. */
export function admits(gap: Gap, time: number, qos: number, slackMs = 0): boolean {
  return time >= gap.from - slackMs && time <= gap.to + slackMs &&
    (gap.atRisk === "yes" || gap.atRisk === "qos0" && qos === 0);
}

/** `3 rows: 2 connection lost (resumed, no), 1 unclean end (lost, yes)`. */
export function describeGaps(gaps: readonly Gap[]): string {
  const counts = new Map<string, number>();
  for (const { cause, session, atRisk } of gaps) {
    const kind = `${cause.split(":")[0]} (${session}, ${atRisk})`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ") || "no gap row";
}
