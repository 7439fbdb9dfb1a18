/** Where to record from: the first broker that answers, or what somebody types meanwhile. */

import { type Address, parseAddress, PORTS, showAddress } from "../config/address.ts";
import type { isListening } from "../embedded_broker/embedded_broker.ts";
import { Cancelled, describe, UserError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import type { Clock } from "../system/clock.ts";
import { askLine } from "../terminal/ask_line.ts";
import { keyAction, type Reader } from "../terminal/key_lines.ts";
import type { Writer } from "../terminal/output.ts";
import { escapeForTerminal } from "../text/escape.ts";

/** Between two attempts to reach a broker, in milliseconds. */
const TRY_MS = 2_000;
/** How long a broker may take to answer before the question is put, in milliseconds. */
const QUIET_MS = 1_000;

/** A broker that is tried without being asked. */
export interface Candidate {
  /** As it was written. */
  readonly text: string;
  readonly at: Address;
  /** Whether somebody typed it. @default {false} */
  readonly typed?: boolean;
  /** Not to be tried before this moment of the monotonic clock, because it refused. @default {0} */
  readonly notBefore?: number;
}

/** A broker that answered or was typed, or the simulation. */
export type Choice = Candidate | "simulation";

export interface ChooseOptions {
  readonly t: Sentences;
  readonly keyboard: Reader;
  readonly writer: Writer;
  /** Shows lines, and resolves when they are written. */
  readonly say: (text: string) => Promise<void>;
  readonly clock: Pick<Clock, "sleep" | "monotonic">;
  readonly isListening: typeof isListening;
}

/**
 * The address in a text; undefined if it is none.
 *
 * @throws {UsageError} See {@linkcode parseAddress}.
 */
export function candidate(text: string): Candidate | undefined {
  const written = parseAddress(text);
  if (written === undefined) return undefined;
  const { scheme = "mqtt", host, port = PORTS[scheme], path } = written;
  if (port < 1 || port > 65_535) return undefined;
  return { text, at: { scheme, host, port, path } };
}

/**
 * Asks for a broker unless one of the candidates answers within a second, and goes on trying them
 * while the question stands.
 *
 * @throws {Cancelled} Somebody typed `q`, or input ended.
 */
export async function chooseBroker(
  candidates: readonly Candidate[],
  { t, keyboard, writer, say, clock, isListening }: ChooseOptions,
): Promise<Choice> {
  const over = new AbortController();
  const answered = new AbortController();
  let first: Candidate | undefined;
  const tries = candidates.map(async (each) => {
    if (!await answers(each, { clock, isListening }, over.signal)) return;
    first ??= each;
    answered.abort();
  });
  try {
    await clock.sleep(QUIET_MS, answered.signal);
    const [silent, other] = candidates.filter(({ notBefore }) => notBefore === undefined)
      .map(({ at }) => showAddress(at));
    if (first === undefined && silent !== undefined) {
      await say(t.doubleClick.nobody(silent, other));
    }
    while (first === undefined) {
      const line = await askLine(t.doubleClick.question, keyboard, writer, answered.signal);
      if (first !== undefined) {
        await say(t.doubleClick.answers(showAddress((first as Candidate).at)));
        break;
      }
      if (line === undefined || keyAction(line) === "quit") throw new Cancelled();
      if (line === "") return "simulation";
      const broker = await typed(line, t, say);
      if (broker !== undefined) return { ...broker, typed: true };
    }
    return first;
  } finally {
    over.abort();
    await Promise.all(tries);
  }
}

/** The address that was typed; says what is wrong with it, and undefined then. */
async function typed(
  line: string,
  t: Sentences,
  say: ChooseOptions["say"],
): Promise<Candidate | undefined> {
  try {
    const found = candidate(line);
    if (found === undefined) await say(t.doubleClick.badAddress(escapeForTerminal(line)));
    return found;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await say(describe(error, t));
    return undefined;
  }
}

/** Whether a broker answers before `signal` aborts. */
async function answers(
  { at, notBefore = 0 }: Candidate,
  { clock, isListening }: Pick<ChooseOptions, "clock" | "isListening">,
  signal: AbortSignal,
): Promise<boolean> {
  const waitMs = notBefore - clock.monotonic();
  if (waitMs > 0) await clock.sleep(waitMs, signal);
  while (!signal.aborted) {
    const began = clock.monotonic();
    if (await isListening(at.host, at.port, signal)) return !signal.aborted;
    await clock.sleep(Math.max(0, began + TRY_MS - clock.monotonic()), signal);
  }
  return false;
}
