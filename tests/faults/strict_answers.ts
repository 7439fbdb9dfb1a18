/** Builds answers of the strict broker. */

import { variable } from "./publishes.ts";

/** A body with its length: `head`, then MQTT 5 properties, perhaps with a reason string. */
export function withReason(
  head: readonly number[],
  reason?: string,
  more: readonly number[] = [],
): number[] {
  const text = reason === undefined ? [] : [...new TextEncoder().encode(reason)];
  const string = text.length > 0 ? [0x1f, text.length >> 8, text.length & 255, ...text] : [];
  const properties = [...more, ...string];
  const body = [...head, ...variable(properties.length), ...properties];
  return [...variable(body.length), ...body];
}

/** PUBACK; MQTT 3.1.1 has no codes. */
export function pubackOf(id: number, code: number, version: 4 | 5, reason?: string): number[] {
  if (reason !== undefined) return [0x40, ...withReason([id >> 8, id & 255, code], reason)];
  const body = [id >> 8, id & 255, ...(version === 5 ? [code] : [])];
  return [0x40, body.length, ...body];
}
