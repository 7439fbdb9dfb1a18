/** Acknowledgements that refuse: how they wait, and how MQTT 5 writes them. */

/** Topic Name invalid [MQTT-3.4.2.1], [MQTT-3.5.2.1]. */
const TOPIC_NAME_INVALID = 0x90;

/** Stands in place of an acknowledgement's length, 2, where a reason code is to follow. */
export const REFUSED = 3;

/** Waiting acknowledgements, four bytes each, as they leave: refusals with their reason code. */
export function withReasonCodes(acks: Uint8Array): Uint8Array {
  const packets: number[] = [];
  for (let at = 0; at < acks.length; at += 4) {
    packets.push(...acks.subarray(at, at + 4));
    if (acks[at + 1] === REFUSED) packets.push(TOPIC_NAME_INVALID);
  }
  return Uint8Array.from(packets);
}
