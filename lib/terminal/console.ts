/** The size of the console that the process has. */

import type { ScreenSize } from "./table_screen.ts";

/** Its present size; 80 by 24 where none of our streams is a terminal. */
export function consoleSize(): ScreenSize {
  try {
    return Deno.consoleSize();
  } catch {
    return { columns: 80, rows: 24 };
  }
}

/** Calls back when the size changes; returns what ends that. */
export function onResize(resized: () => void): () => void {
  if (Deno.build.os === "windows") return () => {}; // The next drawing notices it.
  Deno.addSignalListener("SIGWINCH", resized);
  return () => Deno.removeSignalListener("SIGWINCH", resized);
}

/** Width of the terminal that standard output is; undefined if it is none. */
export function outputColumns(): number | undefined {
  return Deno.stdout.isTerminal() ? consoleSize().columns || undefined : undefined;
}

/** Width of the terminal, in characters. */
export function terminalColumns(): number {
  return consoleSize().columns;
}
