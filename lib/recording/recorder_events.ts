/** The events of a recorder. */

import type { ReconcileEvent } from "./reconcile_files.ts";
import type { Torn } from "../files/append_file.ts";

/** A sync failed: rows received from `since` on (ms since the epoch) may not be on disk. */
export type Unsynced = {
  readonly type: "unsynced";
  readonly cause: unknown;
  readonly since: number;
};

export type RecorderEvent =
  | { readonly type: "torn"; readonly torn: Torn }
  | ReconcileEvent
  /** The files cannot be written, or (`code` SLOW) the disk does not answer. */
  | {
    readonly type: "stalled";
    readonly cause: unknown;
    /** Time since the commit began, in ms. */
    readonly forMs: number;
  }
  | { readonly type: "resumed" }
  | Unsynced
  /**
   * Another program moved, deleted or changed a file; the recorder began a new one (`begun`) or
   * continues the present one.
   */
  | { readonly type: "replaced"; readonly path: string; readonly begun: boolean }
  /** Another program wrote into a file without changing its size, or set its time. */
  | { readonly type: "rewritten"; readonly path: string }
  /** A file cannot get its final name: all go on under the present ones, and it is tried again. */
  | { readonly type: "notFinished"; readonly path: string; readonly cause: unknown };

/** What becomes of finished files. */
export type FinisherEvent =
  /** Their rows are in the index. */
  | { readonly type: "finished"; readonly paths: readonly string[]; readonly rows?: number }
  | { readonly type: "indexFailed"; readonly path: string; readonly cause: unknown }
  /** An older one has the name of a finished file, and cannot be read as one: others come all the same. */
  | { readonly type: "notListed"; readonly path: string; readonly cause?: unknown }
  /** Another program had saved the index: it is written anew, and that one is `kept`. */
  | { readonly type: "indexRenewed"; readonly path: string; readonly kept: string }
  /** The end of the index was torn. */
  | { readonly type: "torn"; readonly torn: Torn }
  /** It was to be deleted and is not as the index says: it stays. */
  | { readonly type: "leftThere"; readonly path: string }
  /** It is there compressed too, with other contents, or damaged: both stay. */
  | { readonly type: "twinDiffers"; readonly path: string };
