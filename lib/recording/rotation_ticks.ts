/** Lets files be finished in time although no message comes. */

import { Batch } from "../message/batch.ts";
import type { Delivery } from "../message/delivery.ts";
import type { Clock } from "../system/clock.ts";
import type { Rotation } from "./rotation.ts";

/** The wall clock may be set meanwhile. */
const LONGEST_MS = 30_000;
/** While the files are empty, as far as is known. */
const EMPTY_MS = 1_000;

/** Passes deliveries on, and an empty one where the open files are due before the next comes. */
export async function* withTicks(
  deliveries: AsyncIterable<Delivery>,
  rotation: Pick<Rotation, "due" | "timed">,
  clock: Clock,
): AsyncGenerator<Delivery, void, unknown> {
  const iterator = deliveries[Symbol.asyncIterator]();
  const empty: Delivery = { batch: new Batch(0), ack() {} };
  let waiting: Arrival | undefined;
  // A tick that has changed nothing, since the rename was refused, is not given again at once.
  let pauseMs = 0;
  try {
    for (;;) {
      waiting ??= arrival(iterator);
      const got = rotation.timed
        ? await firstOf(waiting, clock, rotation.due, pauseMs)
        : await waiting.next;
      if (got === undefined) {
        if (clock.now() < rotation.due) continue;
        pauseMs = 1_000;
        yield empty;
        continue;
      }
      if (got.done) return;
      waiting = undefined;
      pauseMs = 0;
      yield got.value;
    }
  } finally {
    // Not awaited: it may be waiting for messages.
    void iterator.return?.();
  }
}

/** A delivery that is waited for; `came` aborts when it is there. */
interface Arrival {
  readonly next: Promise<IteratorResult<Delivery>>;
  readonly came: AbortSignal;
}

function arrival(iterator: AsyncIterator<Delivery>): Arrival {
  const next = iterator.next();
  const came = new AbortController();
  const wake = () => came.abort();
  next.then(wake, wake); // It is awaited elsewhere, unless the consumer ends first.
  return { next, came: came.signal };
}

/** The next delivery; undefined where the moment comes first, or it is time to look again. */
async function firstOf(
  { next, came }: Arrival,
  clock: Clock,
  due: number,
  pauseMs: number,
): Promise<IteratorResult<Delivery> | undefined> {
  const ms = due === Infinity
    ? EMPTY_MS
    : Math.min(LONGEST_MS, Math.max(pauseMs, due - clock.now()));
  // No race: `next` would keep what each one adds to it until a message comes.
  await clock.sleep(ms, came);
  return came.aborted ? await next : undefined;
}
