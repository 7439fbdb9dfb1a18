/** Makes the rows of invalid messages in the gap log. */

import type { InvalidMessages } from "../message/invalid_message.ts";
import type { Gap } from "../message/gap.ts";
import type { RunState } from "../files/run_state.ts";

const COMMON = { cause: "invalid message", session: "kept", atRisk: "yes" } as const;

/** The row of invalid messages. */
export function invalidGap({ breach, topic, count, bytes, from, to }: InvalidMessages): Gap {
  const messages = count === 1 ? "" : `${count} messages, `;
  const size = bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const detail = `${name(topic)} (${breach}), ${messages}${size}`;
  // A clock that was set back must not make a negative time.
  return { ...COMMON, detail, from, to: Math.max(from, to), ms: Math.max(0, to - from) };
}

/**
 * The rows of windows that were open when the previous run was killed; `now`: ms since the epoch.
 */
export function leftOutBefore({ leftOut }: RunState, now: number): Gap[] {
  return leftOut.map(({ breach, topic, since, until }) => {
    // After the clock was set back the planned end is the best estimate.
    const to = now < since ? until : Math.min(now, until);
    const detail = `${name(topic)} (${breach}), count unknown`;
    return { ...COMMON, detail, from: since, to, ms: to - since };
  });
}

function name(topic: string | undefined): string {
  return topic ?? "many topics";
}
