/** Whether two messages are the same to the byte. */

import type { Message } from "../../lib/message/message.ts";

/** Compares everything but the time, which the recorder sets. */
export function same(a: Message, b: Message | undefined): boolean {
  return b !== undefined && a.topic === b.topic && a.qos === b.qos && a.retain === b.retain &&
    a.dup === b.dup && sameBytes(a.payload, b.payload);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
