/** Asks for a secret without echo. */

import { Cancelled, Interrupted } from "../locale/errors.ts";
import { writeAll } from "../system/write_all.ts";
import { Secret } from "../text/secret.ts";
import type { Keyboard } from "./keyboard.ts";
import type { Writer } from "./output.ts";
import type { InputKind } from "./standard_input.ts";

const CTRL_C = 0x03, CTRL_D = 0x04, CTRL_U = 0x15, ESC = 0x1b, SPACE = 0x20;
const ENDS = [0x0a, 0x0d];
const DELETES = [0x08, 0x7f];

/**
 * Asks for a secret without echo; undefined without a terminal. Keys that are no characters
 * (arrows, the marks around pasted text) are left out. The terminal is as it was however this ends:
 * a synchronous read would keep a signal from being heard.
 *
 * @throws {Interrupted} Ctrl+C.
 * @throws {Cancelled} Ctrl+D before anything was typed. Whatever `signal` aborts with.
 */
export async function askSecret(
  question: string,
  signal: AbortSignal,
  input: InputKind,
  keyboard: Keyboard = Deno.stdin,
  writer: Writer = Deno.stderr,
): Promise<Secret | undefined> {
  if (input !== "terminal") return undefined;
  signal.throwIfAborted();
  const say = (text: string) => writeAll(writer, new TextEncoder().encode(text)).catch(() => {});
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  await say(question);
  // Not `cbreak`: Ctrl+C is a key then, on Windows too.
  keyboard.setRaw(true);
  try {
    const one = new Uint8Array(1);
    const next = async () => {
      const count = await Promise.race([keyboard.read(one), aborted.promise]);
      return count ? one[0]! : undefined;
    };
    return new Secret(new TextDecoder().decode(Uint8Array.from(await readSecret(next))));
  } finally {
    signal.removeEventListener("abort", onAbort);
    try {
      keyboard.setRaw(false);
    } catch { /* The terminal is gone. */ }
    await say("\r\n");
  }
}

/** Gives the next byte that is typed; undefined at the end. */
type Next = () => Promise<number | undefined>;

/** The bytes that are typed up to Enter. */
async function readSecret(next: Next): Promise<number[]> {
  let typed: number[] = [];
  for (;;) {
    const key = await next();
    if (key === undefined || ENDS.includes(key)) return typed;
    if (key === CTRL_C) throw new Interrupted();
    if (key === CTRL_D) {
      if (typed.length === 0) throw new Cancelled();
      return typed;
    }
    if (key === CTRL_U) typed = [];
    else if (DELETES.includes(key)) typed.length = startOfLast(typed);
    else if (key === ESC) await skipSequence(next);
    else if (key >= SPACE) typed.push(key);
  }
}

/** Where the last UTF-8 character begins. */
function startOfLast(bytes: readonly number[]): number {
  let at = bytes.length - 1;
  while (at > 0 && (bytes[at]! & 0xc0) === 0x80) at--;
  return Math.max(at, 0);
}

/** Skips the rest of an escape sequence: `[` or `O`, parameters, and a final byte [ECMA-48, 5.4]. */
async function skipSequence(next: Next): Promise<void> {
  const first = await next();
  if (first !== 0x5b && first !== 0x4f) return;
  for (let byte = await next(); byte !== undefined && byte < 0x40;) byte = await next();
}
