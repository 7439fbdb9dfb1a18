/** Remarks once that no message has come, and what may be the reason. */

import type { Config } from "../config/config.ts";
import type { Sentences } from "../locale/mod.ts";
import { filterHints } from "../live/silence.ts";
import { isLoopback } from "../config/address.ts";
import type { Clock } from "../system/clock.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { shorten } from "../text/width.ts";

/** A connection without a message for this long is remarked on, in milliseconds. */
const SILENT_MS = 10_000;
const POLL_MS = 1_000;
/** Columns of the filters that are named. */
const MAX_SHOWN = 60;

/** The parts of a recording that are watched. */
export interface SilenceParts {
  readonly config: Pick<Config, "topics" | "host">;
  readonly t: Sentences;
  readonly clock: Pick<Clock, "sleep">;
  readonly terminal: Pick<Terminal, "interactive" | "log">;
  readonly broker: {
    readonly connectedMs: number;
    readonly receiveQueue: { readonly lastTime: number };
  };
  /** Looks at what else the broker has, and tells it. */
  readonly tellLook: () => Promise<void>;
}

/** Watches until the first message, the remark, or the end. Only a person at a terminal is told. */
export async function watchSilence(
  { config, t, clock, terminal, broker, tellLook }: SilenceParts,
  signal: AbortSignal,
): Promise<void> {
  while (broker.connectedMs < SILENT_MS) {
    await clock.sleep(POLL_MS, signal);
    if (signal.aborted || broker.receiveQueue.lastTime > 0) return;
  }
  if (!terminal.interactive) return;
  const topics = shorten(escapeForTerminal(config.topics.join(" ")), MAX_SHOWN);
  const { silence } = t.live;
  const isOwn = isLoopback(config.host);
  const lines = [silence.nothing(topics, SILENT_MS), ...filterHints(config.topics, t)];
  terminal.log([...lines, ...isOwn ? [] : [silence.ask]].join("\n"));
  // A broker of others is looked at only when its user asks.
  if (isOwn) await tellLook();
}
