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
}

/** The action that a line requests. */
export type KeyAction = "quit" | "figures" | "keys" | "nothing" | "unknown";

/** The action that a line typed at the prompt requests; ignores case. */
export function keyAction(line: string): KeyAction {
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
    case "h":
    case "?":
    case "help":
      return "keys";
    default:
      return "unknown";
  }
}

/** Longest line, in characters; what exceeds it is dropped. */
const MAX_LINE = 1_000;

/**
 * Yields the lines of `reader` without their ends, until it ends, fails (a closed terminal) or
 * `signal` aborts. A pending read cannot be cancelled; it is abandoned, so that quitting does not
 * wait for a key.
 */
export async function* readLines(reader: Reader, signal: AbortSignal): AsyncGenerator<string> {
  const aborted = Promise.withResolvers<null>();
  const onAbort = () => aborted.resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  const bytes = new Uint8Array(4_096);
  const decoder = new TextDecoder();
  let line = "";
  try {
    while (!signal.aborted) {
      const read = reader.read(bytes).catch(() => null);
      const count = await Promise.race([read, aborted.promise]);
      if (signal.aborted) return;
      const text = decoder.decode(bytes.subarray(0, count ?? 0), { stream: count !== null });
      const [first, ...more] = text.split(/\r?\n/);
      line = (line + first).slice(0, MAX_LINE);
      for (const next of more) {
        yield line.replace(/\r$/, "");
        line = next.slice(0, MAX_LINE);
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
