/** Acknowledgements that refuse a message: their form in the queue, and in MQTT 5. */

/** Topic Name invalid [MQTT-3.4.2.1], [MQTT-3.5.2.1]. */
const TOPIC_NAME_INVALID = 0x90;

/** Replaces the length, 2, of a queued acknowledgement that needs a reason code. */
export const REFUSED = 3;

/**
 * Converts queued acknowledgements, four bytes each, to packets: refusals get their reason code.
 */
export function withReasonCodes(acks: Uint8Array): Uint8Array {
  const packets: number[] = [];
  for (let at = 0; at < acks.length; at += 4) {
    packets.push(...acks.subarray(at, at + 4));
    if (acks[at + 1] === REFUSED) packets.push(TOPIC_NAME_INVALID);
  }
  return Uint8Array.from(packets);
}
