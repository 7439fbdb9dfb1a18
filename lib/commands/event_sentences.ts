/** The sentences of events that do not change the state of the session report. */

import type { EmbeddedEvent } from "../embedded_broker/embedded_broker.ts";
import type { GapEvent } from "../gaps/gap_events.ts";
import type { LeftOutEvent } from "../gaps/invalid_log.ts";
import { cannotWrite, describe, describeCause, isDiskFull, UserError } from "../locale/errors.ts";
import type { StatusRefused } from "../mqtt/status_topic.ts";
import { codeText } from "../mqtt/transport/broker_reason.ts";
import type { Sentences } from "../locale/mod.ts";
import type { FinisherEvent } from "../recording/recorder_events.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { ToldMarks } from "./recording_status.ts";

/** The recording was copied from elsewhere and continues under a client id of its own. */
type CopiedEvent = { readonly type: "copied"; readonly clientId: string };
/** Events that only print a sentence. */
export type ToldEvent =
  | Exclude<RecorderEvent, { type: "stalled" | "resumed" }>
  | EmbeddedEvent
  | GapEvent
  | Exclude<FinisherEvent, { type: "finished" }>
  | LeftOutEvent
  | CopiedEvent;

/**
 * The sentence of an event.
 *
 * @param address Address of the broker, as shown.
 * @param now ms since the epoch.
 */
export function eventSentence(
  event: ToldEvent,
  t: Sentences,
  { address, now }: { readonly address: string; readonly now: number },
): string {
  switch (event.type) {
    case "copied":
      return t.connect.copied(event.clientId);
    case "gap": {
      const { gap: { cause, ms }, atRisk } = event;
      if (cause === "between runs") return t.betweenRuns(ms, atRisk);
      return cause === "session lost" ? t.sessionLost(ms) : t.uncleanEnd(ms, atRisk);
    }
    case "leftOut": {
      const { topic, breach, path } = event;
      return t.invalid.leftOut(topic, t.invalid.breaches[breach], path);
    }
    case "alien":
      return t.alienGaps(escapeForTerminal(event.path), event.count, event.row);
    case "gapLogFailed":
      return unwrittenRows(event.path, event.cause, t.rowsWait, t);
    case "dropped":
      return t.dropped(event.count, event.gap.ms);
    case "embedded":
      return event.started ? t.embeddedStarted(address) : t.embeddedUnneeded(address);
    case "oversized":
      return t.embeddedOversized(escapeForTerminal(event.clientId), event.bytes, event.most);
    case "overflow":
      return t.embeddedOverflow(escapeForTerminal(event.clientId), event.bytes);
    case "retainedFull":
      return t.embeddedRetainedFull(event.count, event.bytes);
    case "torn": {
      const { path, bytes, tornPath, wholeRows } = event.torn;
      return t.torn(path, bytes, tornPath, wholeRows);
    }
    case "reconciled":
      return t.reconciled(event.path, event.rows, event.from);
    case "behind":
      return t.filesBehind(event.path, event.rows, event.from);
    case "begunAnew":
      return t.begunAnew(event.path, event.other);
    case "diverged":
      return t.diverged(...event.paths, event.row);
    case "notFinished":
      return t.rotate.notFinished(event.path, describeCause(event.cause, t));
    case "indexFailed":
      return t.rotate.indexFailed(event.path, describeCause(event.cause, t).split("\n")[0]!);
    case "indexRenewed":
      return t.rotate.indexRenewed(event.path, event.kept);
    case "notListed":
      return notListed(event, t);
    case "leftThere":
      return t.rotate.leftThere(event.path);
    case "twinDiffers":
      return t.rotate.twinDiffers(event.path);
    case "unsynced":
      return t.unsynced(now - event.since, describeCause(event.cause, t));
    case "replaced":
      return t.replaced(event.path, event.begun);
    case "logReplaced":
      return t.replacedLog(event.path, event.begun);
    case "rewritten":
      return t.rewritten(event.path);
  }
}

/** The sentence about a file that cannot be listed. */
export function notListed(
  { path, cause }: Extract<FinisherEvent, { readonly type: "notListed" }>,
  t: Sentences,
): string {
  const why = cause === undefined ? undefined : describeCause(cause, t).split("\n")[0]!;
  return t.rotate.notListed(escapeForTerminal(path), why);
}

/**
 * The sentence about rows of the gap log that are not on disk.
 *
 * @param say What becomes of them, behind why they are not.
 */
export function unwrittenRows(
  path: string,
  error: unknown,
  say: (why: string, full: boolean) => string,
  t: Sentences,
): string {
  const cause = error instanceof UserError ? error.cause : error;
  // Without one it is a whole sentence already.
  const why = cause === undefined ? error : cannotWrite(path, cause);
  return say(firstLine(why, t), isDiskFull(cause));
}

/** The marks that are in no file at the end, each on a line, and why. */
export function unwrittenMarks({ unwritten, cause }: ToldMarks, t: Sentences): string {
  const lines = unwritten.map(({ time, text }) =>
    `  ${new Date(time).toISOString()}  ${escapeForTerminal(text)}`.trimEnd()
  );
  return [t.live.marksLost(firstLine(cause, t), unwritten.length), ...lines].join("\n");
}

/** The sentence of a status topic that the broker does not take. */
export function statusSentence({ topic, code, reason = {} }: StatusRefused, t: Sentences): string {
  const said = code === undefined ? undefined : codeText(code, reason, t);
  return t.connect.statusRefused(topic, said);
}

/** The sentence of an error, without its remedy. */
export function firstLine(cause: unknown, t: Sentences): string {
  return describe(cause, t).split("\n")[0]!;
}
