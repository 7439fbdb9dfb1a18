/** What the recorder says while it works. */

import type { ReconcileEvent } from "./reconcile.ts";
import type { Torn } from "../files/append_file.ts";
import type { Unsynced } from "./background_sync.ts";

export type RecorderEvent =
  | { readonly type: "torn"; readonly torn: Torn }
  | ReconcileEvent
  /** The files cannot be written, or (`code` SLOW) the disk does not answer. */
  | {
    readonly type: "stalled";
    readonly cause: unknown;
    /** For how long already, in ms. */
    readonly forMs: number;
  }
  | { readonly type: "resumed" }
  | Unsynced
  /** Somebody moved, deleted or changed a file; a new one was begun, or what is there continued. */
  | { readonly type: "replaced"; readonly path: string; readonly begun: boolean };
