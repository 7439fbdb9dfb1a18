/** Messages as lines of text for a person or a filter: `topic payload`, as mosquitto_sub -v. */

import type { Batch } from "../message/batch.ts";
import type { ByteBuffer } from "../message/byte_buffer.ts";
import { CONTROL, HIGH, NUL } from "../message/byte_classes.ts";
import { isUtf8 } from "../message/utf8.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { escapeBytes } from "../text/escape_bytes.ts";

/** Byte classes of text that may need escaping. */
const SPECIAL = CONTROL | HIGH | NUL;
const SPACE = 32, NEWLINE = 10;
/** Text encoded at once: a string takes twice its bytes. */
const CHUNK_CHARS = 1 << 16;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Appends one line per message. What could control a terminal is escaped, also in a pipe, which may
 * end on one; a line is a message, as its own line breaks are escaped too.
 */
export function appendTextLines(batch: Batch, out: ByteBuffer): void {
  const { data } = batch;
  for (let i = 0; i < batch.count; i++) {
    const start = batch.topicStart(i), topicEnd = batch.topicEnd(i), end = batch.payloadEnd(i);
    appendText(data, start, topicEnd, batch.topicClasses(i), out);
    out.push(SPACE);
    appendText(data, topicEnd, end, batch.payloadClasses(i), out);
    out.push(NEWLINE);
  }
}

function appendText(
  data: ByteBuffer,
  start: number,
  end: number,
  classes: number,
  out: ByteBuffer,
): void {
  if ((classes & SPECIAL) === 0) return out.appendPadded(data.bytes, data.paddedView, start, end);
  const { bytes } = data;
  const text = isUtf8(bytes, start, end)
    ? escapeForTerminal(decoder.decode(bytes.subarray(start, end)))
    : escapeBytes(bytes, start, end, Infinity);
  for (let at = 0; at < text.length;) {
    let next = Math.min(at + CHUNK_CHARS, text.length);
    // A pair of surrogates is one character.
    if ((text.charCodeAt(next - 1) & 0xfc00) === 0xd800) next++;
    out.append(encoder.encode(text.slice(at, next)));
    at = next;
  }
}
