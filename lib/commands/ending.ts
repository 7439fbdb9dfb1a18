/** What is said, and which keys count, from the request to end a recording to its end. */

import type { Sentences } from "../locale/mod.ts";
import type { Clock } from "../system/clock.ts";
import type { Stop } from "../system/stop.ts";
import type { KeyAnswers } from "../terminal/key_answers.ts";
import { type Reader, readQuit } from "../terminal/key_lines.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { ReportSources } from "./recording_status.ts";

/** A longer end is explained. */
const PATIENT_MS = 2_000;

/** The parts of a session that are needed. */
export interface EndingParts {
  readonly t: Sentences;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly terminal: Terminal;
}

/**
 * Requests the end on the key for it; the second one leaves to the next start what can wait.
 *
 * @param over Aborts when the program ends.
 */
export async function untilQuit(
  keys: Reader,
  answers: () => KeyAnswers | undefined,
  over: AbortSignal,
  { stop, terminal }: EndingParts,
): Promise<void> {
  // Input that has ended, or belongs to others, is not read again. After Ctrl+C it may: in
  // `mqttrec | while read …` the shell takes the terminal back, and who reads it then is stopped.
  if (!await terminal.keys(keys, stop.signal, answers)) return;
  stop.request();
  if (await readQuit(keys, over)) stop.insist();
}

/** Says why the end takes long. */
export async function tellEnding(
  { recorder, rotating }: Pick<ReportSources, "recorder" | "rotating">,
  over: AbortSignal,
  { t, clock, stop, terminal }: EndingParts,
): Promise<void> {
  terminal.detail(t.draining);
  await clock.sleep(PATIENT_MS, over);
  if (!over.aborted && recorder.busy) terminal.error(t.waitingForDisk);
  while (!over.aborted && !stop.insisted.aborted) {
    if (!recorder.busy && rotating?.finisher?.busy) return terminal.log(t.rotate.finishing);
    if (!recorder.busy && rotating?.printing) return terminal.log(t.rotate.namesWait);
    await clock.sleep(PATIENT_MS, over);
  }
}
