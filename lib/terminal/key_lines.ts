/** Reads typed lines while the program runs, and maps each to an action. */

/** Where lines come from; the first part is what `Deno.stdin` has. */
export interface Reader {
  read(into: Uint8Array): Promise<number | null>;
  /** Whether its end is the loss of a terminal. @default {false} */
  readonly gone?: boolean;
  /** Whether its end is that others may be in front of the terminal by now. @default {false} */
  readonly suspended?: boolean;
  /** Takes what is there and has not been read. @default {nothing} */
  discard?(): Promise<void>;
  /**
   * Turns line mode and echo off, so that keys arrive without Enter, or on again.
   *
   * @returns Whether it could. @default {it cannot}
   */
  keysAtOnce?(atOnce: boolean): boolean;
}

/** A key typed without line mode: a character, or an escape sequence. */
export interface Key {
  readonly key: string;
}

/** The action that a line requests. */
export type KeyAction =
  | "quit"
  | "figures"
  | "keys"
  | "table"
  | "mark"
  | "look"
  | "nothing"
  | "unknown";

/** The action that a line typed at the prompt requests; ignores case. */
export function keyAction(line: string): KeyAction {
  if (MARK.test(line)) return "mark";
  switch (line.trim().toLowerCase()) {
    case "":
      return "nothing";
    case "q":
    case "quit":
    case "quitter":
    case "exit":
      return "quit";
    case "s":
      return "figures";
    case "v":
      return "table";
    case "t":
      return "look";
    case "h":
    case "?":
    case "help":
      return "keys";
    default:
      return "unknown";
  }
}

/** `m`, and the text of the mark. */
const MARK = /^\s*m(?:\s+(.*?))?\s*$/is;

/** The text of a mark, as it was typed. */
export function markText(line: string): string {
  return MARK.exec(line)?.[1] ?? "";
}

/** Longest line, in characters, so that a mark of 1 MB is whole; what exceeds it is dropped. */
const MAX_LINE = 2 << 20;

/** One key: an escape sequence [ECMA-48, 5.4], or a character. */
// deno-lint-ignore no-control-regex
const KEY = /^(?:\x1b\[[\d;]*[~A-Za-z]|\x1bO[A-Za-z]|[^])/u;

/** A read that was pending at an abort: what it brings is for whoever reads next. */
interface PendingRead {
  readonly bytes: Uint8Array;
  readonly count: Promise<number | null>;
}

const pending = new WeakMap<Reader, PendingRead>();

function readNext(reader: Reader): PendingRead {
  const bytes = new Uint8Array(4_096);
  return { bytes, count: reader.read(bytes).catch(() => null) };
}

/**
 * Yields the lines of `reader` without their ends, and its keys while `isRaw()`, until it ends, fails
 * (a closed terminal) or `signal` aborts. A pending read cannot be cancelled, and quitting does not
 * wait for a key: the next call for this reader takes it up.
 */
export async function* readTyped(
  reader: Reader,
  signal: AbortSignal,
  isRaw: () => boolean,
): AsyncGenerator<string | Key> {
  const aborted = Promise.withResolvers<null>();
  const onAbort = () => aborted.resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  const decoder = new TextDecoder();
  let line = "";
  try {
    while (!signal.aborted) {
      const read = pending.get(reader) ?? readNext(reader);
      pending.set(reader, read);
      const count = await Promise.race([read.count, aborted.promise]);
      if (signal.aborted) return;
      pending.delete(reader);
      let text = decoder.decode(read.bytes.subarray(0, count ?? 0), { stream: count !== null });
      // Without line mode Enter is a carriage return, also in what follows the key that leaves it.
      if (isRaw()) text = text.replaceAll("\r", "\n");
      while (text !== "") {
        if (isRaw()) {
          const [key] = KEY.exec(text)!;
          text = text.slice(key.length);
          yield { key };
          continue;
        }
        const end = text.indexOf("\n");
        line = (line + text.slice(0, end < 0 ? text.length : end)).slice(0, MAX_LINE);
        text = end < 0 ? "" : text.slice(end + 1);
        if (end < 0) break;
        const whole = line.replace(/\r$/, "");
        line = "";
        yield whole;
      }
      if (count === null) {
        if (line !== "") yield line.replace(/\r$/, "");
        return;
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** {@linkcode readTyped} in line mode only. */
export function readLines(reader: Reader, signal: AbortSignal): AsyncGenerator<string> {
  return readTyped(reader, signal, () => false) as AsyncGenerator<string>;
}

/** Waits for `q` and heeds nothing else; returns false when input ends or `signal` aborts. */
export async function readQuit(reader: Reader, signal: AbortSignal): Promise<boolean> {
  for await (const line of readLines(reader, signal)) {
    if (keyAction(line) === "quit") return true;
  }
  return false;
}
