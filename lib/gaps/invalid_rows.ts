/** The rows that invalid messages make in the gap log. */

import type { InvalidMessages } from "../message/invalid_message.ts";
import type { Gap } from "../message/gap.ts";
import type { RunState } from "../files/run_state.ts";

const WHAT = { cause: "invalid message", session: "kept", atRisk: "yes" } as const;

/** The row of messages that were left out. */
export function invalidGap({ breach, topic, count, bytes, from, to }: InvalidMessages): Gap {
  const messages = count === 1 ? "" : `${count} messages, `;
  const size = bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const detail = `${name(topic)} (${breach}), ${messages}${size}`;
  // A clock that was set back in between makes no time that ends before it began.
  return { ...WHAT, detail, from, to: Math.max(from, to), ms: Math.max(0, to - from) };
}

/** The rows of the windows that were open when the last run was killed; `now`: ms since the epoch. */
export function leftOutBefore({ leftOut }: RunState, now: number): Gap[] {
  return leftOut.map(({ breach, topic, since, until }) => {
    // A clock that was set back tells nothing.
    const to = now < since ? until : Math.min(now, until);
    const detail = `${name(topic)} (${breach}), count unknown`;
    return { ...WHAT, detail, from: since, to, ms: to - since };
  });
}

function name(topic: string | undefined): string {
  return topic ?? "many topics";
}
