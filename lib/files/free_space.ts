/** Keeps a part of the disk free for `--min-free`: others need it, and it deletes nothing. */

import { statfs } from "node:fs/promises";
import { RecordingError, StatedError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import type { Clock } from "../system/clock.ts";

/** The default: the smaller of this size and share of the disk. */
const DEFAULT_BYTES = 100_000_000, DEFAULT_SHARE = 0.01;
/** A recording at 300 MB/s writes less than the default in this time. */
const FRESH_MS = 250;
/** So much more than the minimum must be free to go on, so that it does not stop at once again. */
const ROOM = 1.05;

/** Sizes of a disk in bytes. */
export interface DiskSpace {
  readonly total: number;
  /** What a user who is not root can have of it. */
  readonly free: number;
}

async function systemSpace(folder: string): Promise<DiskSpace> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { total: blocks * bsize, free: bavail * bsize };
}

interface Parts {
  readonly folder: string;
  /** Bytes; 0: off. @default {the smaller of 1 % of the disk and 100 MB} */
  readonly minFree: number | undefined;
  readonly clock: Pick<Clock, "monotonic">;
  /** Called once where the free space cannot be read: then nothing is kept free. */
  readonly onOff: (cause: unknown) => void;
  /** @default {the system's} */
  readonly space?: (folder: string) => Promise<DiskSpace>;
}

export class FreeSpace {
  readonly #parts: Parts;
  #off: boolean;
  #looked = -Infinity;
  /** Why the last look found too little; undefined: there is enough. */
  #full: RecordingError | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#off = parts.minFree === 0;
  }

  /**
   * Resolves while there is enough.
   *
   * @throws {RecordingError} Less is free. Call it again.
   */
  async check(): Promise<void> {
    if (this.#off) return;
    const now = this.#parts.clock.monotonic();
    if (now - this.#looked >= FRESH_MS) {
      this.#looked = now;
      await this.#look();
    }
    if (this.#full) throw this.#full;
  }

  async #look(): Promise<void> {
    const { folder, minFree, onOff, space = systemSpace } = this.#parts;
    try {
      const { total, free } = await space(folder);
      if (!(total > 0)) throw new Error("the size of the disk is unknown");
      const least = minFree ?? Math.min(DEFAULT_BYTES, total * DEFAULT_SHARE);
      this.#full = free >= (this.#full ? least * ROOM : least)
        ? undefined
        : tooFull(folder, new LowSpace(free, least));
    } catch (cause) {
      // The folder may be gone, which the recording's own files report.
      if (cause instanceof Deno.errors.NotFound) return;
      this.#off = true;
      this.#full = undefined;
      onOff(cause);
    }
  }
}

/** Less is free than is to stay free. */
class LowSpace extends StatedError {
  readonly code = "ENOSPC";

  constructor(readonly free: number, readonly least: number) {
    super("too little space is free");
    this.name = "LowSpace";
  }

  override state(t: Sentences): string {
    return t.rotate.lowSpace(this.free, this.least);
  }
}

function tooFull(folder: string, cause: LowSpace): RecordingError {
  return new RecordingError((t) => t.rotate.tooFull(folder, cause.state(t)), { cause });
}
