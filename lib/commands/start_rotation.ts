/** Finishes what a killed run has left of a switch to new files, and sets up `--rotate`. */

import type { Config } from "../config/config.ts";
import type { OutputLock } from "../files/lock.ts";
import { Finisher } from "../recording/finisher.ts";
import type { FinisherEvent } from "../recording/recorder_events.ts";
import type { RotationOptions } from "../recording/recorder_options.ts";
import { settleSwitch } from "../recording/switch_files.ts";
import type { Clock } from "../system/clock.ts";
import { aborted } from "../system/aborted.ts";
import { type PartialWriter, writeAll } from "../system/write_all.ts";

/** The rotation of a recording that is about to be opened. */
export interface Rotating extends AsyncDisposable {
  /** Undefined without `--rotate`. */
  readonly rotation: RotationOptions | undefined;
  readonly finisher: Finisher | undefined;
  /** Whether names of finished files wait for the reader of standard output. */
  readonly printing: boolean;
  /** The files of the run before have got their final names, so that its sizes are not theirs. */
  readonly switched: boolean;
}

/**
 * Call it before the files are opened.
 *
 * @param options.insisted Leaves to the next start what could be done with finished files before the
 * end, and waits for no reader of their names. @default {it never aborts}
 * @param options.out Where the names go. @default {standard output}
 * @throws {RecordingError} A file can neither be finished nor go on, or the index is none.
 */
export async function startRotation(
  { output, rotate, keep, maxTotal, compress = false, printFiles }:
    & Pick<Config, "output" | "rotate">
    & Partial<Pick<Config, "keep" | "maxTotal" | "compress" | "printFiles">>,
  lock: OutputLock,
  clock: Clock,
  onEvent: (event: FinisherEvent) => void,
  { insisted, out = Deno.stdout }: {
    readonly insisted?: AbortSignal | undefined;
    readonly out?: PartialWriter;
  } = {},
): Promise<Rotating> {
  const switched = await settleSwitch(output, lock);
  const nothing = { rotation: undefined, finisher: undefined, printing: false, switched };
  if (rotate === undefined) return { ...nothing, async [Symbol.asyncDispose]() {} };
  let printed = Promise.resolve(), waiting = 0;
  const limits = { keep, maxTotal };
  const finisher = await Finisher.open({
    output,
    clock,
    limits,
    compress,
    insisted,
    onEvent: (event) => {
      onEvent(event);
      if (event.type !== "finished" || !printFiles) return;
      waiting++;
      printed = printed.then(() => printNames(event.paths, out)).finally(() => waiting--);
    },
  }, lock.state.finished ?? 0);
  return {
    rotation: {
      limits: rotate,
      lastNumber: finisher.lastNumber,
      note: (change) => lock.noteSynced(change),
      onFinished: (finished) => finisher.add(finished),
    },
    finisher,
    get printing() {
      return waiting > 0;
    },
    switched,
    async [Symbol.asyncDispose]() {
      await finisher[Symbol.asyncDispose]();
      // A reader that takes nothing would hold the program for ever.
      await (insisted ? Promise.race([printed, aborted(insisted)]) : printed);
    },
  };
}

/** Unlike talk, names are never wrapped; whoever has closed the pipe wants no more. */
async function printNames(paths: readonly string[], out: PartialWriter): Promise<void> {
  const lines = paths.map((path) => `${path}\n`).join("");
  await writeAll(out, new TextEncoder().encode(lines)).catch(() => {});
}
