/** What the built-in broker had to leave out: each thing is told once, not for each message. */

/** Something that a client may miss. */
export type Loss =
  /** A client sent a packet longer than `most`, and is disconnected. */
  | {
    readonly type: "oversized";
    readonly clientId: string;
    readonly bytes: number;
    readonly most: number;
  }
  /** So many bytes wait for a client: what comes now does not reach it. */
  | { readonly type: "overflow"; readonly clientId: string; readonly bytes: number }
  /** No more messages are retained than so many, or so many bytes. */
  | { readonly type: "retainedFull"; readonly count: number; readonly bytes: number };

/** Most clients that are named. */
const MAX_TOLD = 1_000;

/** Hands each loss on once for each client. */
export function lossesOnce(onLoss: (loss: Loss) => void): (loss: Loss) => void {
  const told = new Set<string>();
  return (loss) => {
    const key = `${loss.type} ${loss.type === "retainedFull" ? "" : loss.clientId}`;
    if (told.has(key) || told.size >= MAX_TOLD) return;
    told.add(key);
    onLoss(loss);
  };
}
