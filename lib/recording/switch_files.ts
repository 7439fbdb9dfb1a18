/** Renames the files of a recording when they are finished: all of them or none. */

import type { OutputLock } from "../files/lock.ts";
import { FORMATS } from "../formats/mod.ts";
import { RecordingError } from "../locale/errors.ts";
import { syncDirectory } from "../files/regular_file.ts";
import type { Switch } from "../files/run_state.ts";

/** A file and where it goes. */
interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * - `"done"`: every file has its new name.
 * - `"kept"`: every file has the name it had, because of `cause`.
 */
export type Renamed = { readonly type: "done" } | {
  readonly type: "kept";
  readonly path: string;
  readonly cause: unknown;
};

function movesOf(output: string, { suffix, sizes }: Switch): Move[] {
  return Object.keys(sizes).map((extension) => ({
    from: `${output}.${extension}`,
    to: `${output}${suffix}.${extension}`,
  }));
}

/**
 * Renames every file that is not renamed yet. On Windows another program may hold one open: then
 * those renamed before go back, and the recording goes on in all of them.
 *
 * @throws A file could not go back: some have the new name and some the old one. Call it again.
 */
export async function renameAll(output: string, begun: Switch): Promise<Renamed> {
  const moves = movesOf(output, begun);
  const done: Move[] = [];
  for (const move of moves) {
    if (await isThere(move.to) && !(await isThere(move.from))) done.push(move);
  }
  for (const move of moves) {
    if (done.includes(move)) continue;
    try {
      // Renaming would replace a file that somebody has put there.
      if (await isThere(move.to)) throw new Deno.errors.AlreadyExists(move.to);
      await Deno.rename(move.from, move.to);
      done.push(move);
    } catch (cause) {
      for (const { from, to } of done.reverse()) await Deno.rename(to, from);
      await syncDirectory(output);
      return { type: "kept", path: move.from, cause };
    }
  }
  await syncDirectory(output);
  return { type: "done" };
}

/**
 * Finishes what a killed run has begun. Before the first rename there is nothing to finish, and no
 * new file holds a row before the last one.
 *
 * @returns Whether the files have their new names, so that the present ones are new.
 * @throws A file can neither be renamed nor go back.
 */
export async function finishSwitch(output: string, begun: Switch): Promise<boolean> {
  const moves = movesOf(output, begun);
  const isDone = await Promise.all(moves.map(({ to }) => isThere(to)));
  if (!isDone.includes(true)) return false;
  const sizes: Record<string, number> = {};
  for (const [i, [extension, size]] of Object.entries(begun.sizes).entries()) {
    const { from } = moves[i]!;
    // One that was moved away meanwhile has left a new and empty file, or none.
    const there = await Deno.lstat(from).catch(() => undefined);
    const isOld = isDone[i] ? there === undefined : there?.isFile && there.size >= size;
    if (isOld) sizes[extension] = size;
  }
  return (await renameAll(output, { ...begun, sizes })).type === "done";
}

/**
 * Does that for a recording whose lock is taken, and notes it.
 *
 * @returns Whether the files of the run before have their final names, so that its sizes are not
 * those of the present ones.
 * @throws {RecordingError} A file can neither be finished nor go on.
 */
export async function settleSwitch(
  output: string,
  lock: Pick<OutputLock, "state" | "noteSynced">,
): Promise<boolean> {
  const { switch: begun, finished = 0 } = lock.state;
  if (begun === undefined) return false;
  try {
    const switched = await finishSwitch(output, begun);
    const last = Math.max(finished, begun.number);
    await lock.noteSynced({
      switch: undefined,
      ...(switched && { finished: last, committed: emptySizes(Object.keys(begun.sizes)) }),
    });
    return switched;
  } catch (cause) {
    throw new RecordingError((t, because) => t.rotate.cannotFinish(output, because(cause)), {
      cause,
    });
  }
}

/**
 * A checkpoint that every new file passes: a run that is killed before it notes another is reconciled
 * from there.
 */
function emptySizes(extensions: readonly string[]): Record<string, number> {
  const all = Object.values(FORMATS).filter(({ extension }) => extensions.includes(extension));
  return Object.fromEntries(
    all.map(({ extension, header, footer }) => [extension, header.length + footer.length]),
  );
}

/** Unlike that of `files/`: a name that cannot be looked at is none to rename to. */
async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
