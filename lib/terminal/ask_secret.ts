/** Asks for a password, unseen, and leaves the terminal as it was however that ends. */

import { Cancelled } from "../locale/errors.ts";
import { Secret } from "../text/secret.ts";
import { writeAll } from "../system/write_all.ts";
import type { Writer } from "./output.ts";
import type { Keyboard } from "./keyboard.ts";
import type { InputKind } from "./standard_input.ts";

const CTRL_C = 0x03, CTRL_D = 0x04, BACKSPACE = 0x08, LF = 0x0a, CR = 0x0d;
const CTRL_U = 0x15, DELETE = 0x7f;

/**
 * Asks for a secret without echo. `promptSecret` of @std/cli reads synchronously: Ctrl+C or SIGTERM
 * then end the program before it can switch the echo on again.
 *
 * @returns Undefined without a terminal.
 * @throws {Cancelled} Ctrl+C, or the terminal is gone. Whatever `signal` aborts with.
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
  // With `cbreak` Ctrl+C still is a signal; Windows does not have it.
  keyboard.setRaw(true, { cbreak: Deno.build.os !== "windows" });
  try {
    return new Secret(await readSecret(keyboard, aborted.promise));
  } finally {
    signal.removeEventListener("abort", onAbort);
    try {
      keyboard.setRaw(false);
    } catch { /* The terminal is gone. */ }
    await say("\n");
  }
}

async function readSecret(keyboard: Keyboard, aborted: Promise<never>): Promise<string> {
  const byte = new Uint8Array(1);
  let bytes: number[] = [];
  for (;;) {
    const count = await Promise.race([keyboard.read(byte).catch(() => null), aborted]);
    const [key = CTRL_D] = byte;
    if (count === null || key === CTRL_C) throw new Cancelled();
    if (key === LF || key === CR || key === CTRL_D) break;
    if (key === CTRL_U) bytes = [];
    else if (key === BACKSPACE || key === DELETE) bytes = withoutLast(bytes);
    else bytes.push(key);
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** Without the last character, which may be several bytes. */
function withoutLast(bytes: readonly number[]): number[] {
  const start = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  return bytes.slice(0, Math.max(0, start));
}
