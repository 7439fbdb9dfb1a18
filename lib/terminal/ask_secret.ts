/** Asks for a secret without echo. */

import { Cancelled } from "../locale/errors.ts";
import { Secret } from "../text/secret.ts";

/** The part of `Deno.stdin` that is used. */
export interface KeyReader {
  isTerminal(): boolean;
  setRaw(raw: boolean): void;
  readSync(into: Uint8Array): number | null;
}

/** The part of `Deno.stderr` that is used. */
export interface PromptWriter {
  writeSync(bytes: Uint8Array): number;
}

const CTRL_C = 0x03, CTRL_D = 0x04, CTRL_U = 0x15, ESC = 0x1b, SPACE = 0x20;
const ENDS = [0x0a, 0x0d];
const DELETES = [0x08, 0x7f];

/**
 * Asks for a secret without echo; undefined without a terminal. Keys that are no characters
 * (arrows, the marks around pasted text) are left out.
 *
 * @throws {Cancelled} Ctrl+C, or Ctrl+D before anything was typed; the terminal is as it was.
 */
export function askSecret(
  question: string,
  keys: KeyReader = Deno.stdin,
  writer: PromptWriter = Deno.stderr,
): Secret | undefined {
  if (!keys.isTerminal()) return undefined;
  const encoder = new TextEncoder();
  writer.writeSync(encoder.encode(question));
  // Not `cbreak`: Ctrl+C would end the process and leave the terminal without echo.
  keys.setRaw(true);
  try {
    return new Secret(new TextDecoder().decode(Uint8Array.from(readSecret(keys))));
  } finally {
    keys.setRaw(false);
    writer.writeSync(encoder.encode("\r\n"));
  }
}

/** The bytes that are typed up to Enter. */
function readSecret(keys: KeyReader): number[] {
  const one = new Uint8Array(1);
  const next = () => keys.readSync(one) ? one[0]! : undefined;
  let typed: number[] = [];
  for (;;) {
    const key = next();
    if (key === undefined || ENDS.includes(key)) return typed;
    if (key === CTRL_C) throw new Cancelled();
    if (key === CTRL_D) {
      if (typed.length === 0) throw new Cancelled();
      return typed;
    }
    if (key === CTRL_U) typed = [];
    else if (DELETES.includes(key)) typed.length = startOfLast(typed);
    else if (key === ESC) skipSequence(next);
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
function skipSequence(next: () => number | undefined): void {
  const first = next();
  if (first !== 0x5b && first !== 0x4f) return;
  for (let byte = next(); byte !== undefined && byte < 0x40;) byte = next();
}
