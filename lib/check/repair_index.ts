/** Builds the index of finished files anew from the files, as far as it lacks them. */

import { readIndex, renewIndex } from "../files/file_index.ts";
import { Finisher } from "../recording/finisher.ts";
import type { FinisherEvent } from "../recording/recorder_events.ts";
import { systemClock as clock } from "../system/clock.ts";
import type { SetFindings } from "./check_set.ts";

/** Whether `repairIndex` can mend a problem of the set. */
export function isIndexMendable({ problems }: SetFindings): boolean {
  const mendable = ["unlisted", "alien", "torn", "resaved"];
  return problems.some(({ type }) => mendable.includes(type));
}

/** A file that has the name of a finished one and cannot be listed; without a cause: it is not whole. */
type Unlisted = Extract<FinisherEvent, { readonly type: "notListed" }>;

/** What became of an index. */
export interface RepairedIndex {
  /** Where the old one is now; undefined: it was continued. */
  readonly moved: string | undefined;
  readonly unlisted: readonly Unlisted[];
}

/**
 * Adds rows for files that have none; where rows of others stand between, the index is written anew
 * with ours, and the old one stays beside it.
 *
 * @param output Base path of the recording; the caller holds its lock.
 * @throws {RecordingError} It cannot be read or written.
 */
export async function repairIndex(output: string): Promise<RepairedIndex> {
  const moved = await renewIndex(output, await readIndex(output));
  const unlisted: Unlisted[] = [];
  const failed = Promise.withResolvers<never>();
  {
    await using finisher = await Finisher.open({
      output,
      clock,
      onEvent: (event) => {
        if (event.type === "notListed") unlisted.push(event);
        // It would try again for ever, as a recording does.
        if (event.type === "indexFailed") failed.reject(event.cause);
      },
    }, 0);
    await Promise.race([finisher.idle(), failed.promise]);
  }
  return { moved, unlisted };
}
