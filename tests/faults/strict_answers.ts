/** Parts of what the strict broker answers. */

import { variable } from "./publishes.ts";

/** A body with its length: `head`, then MQTT 5 properties, with a reason string where there is one. */
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
