/** Asks for a line of text. */

import { writeAll } from "../system/write_all.ts";
import { type Reader, readLines } from "./key_lines.ts";
import type { Writer } from "./output.ts";

/**
 * Shows a question; the line that is typed, without blanks around it. Undefined when input ends, or
 * `signal` aborts: what follows then begins on a line of its own.
 */
export async function askLine(
  question: string,
  reader: Reader,
  writer: Writer,
  signal: AbortSignal,
): Promise<string | undefined> {
  const say = (text: string) => writeAll(writer, new TextEncoder().encode(text)).catch(() => {});
  await say(question);
  for await (const line of readLines(reader, signal)) return line.trim();
  await say("\n");
  return undefined;
}
