import assert from "node:assert/strict";
import { REFUSED, withReasonCodes } from "../../../lib/mqtt/packets/ack_codes.ts";

Deno.test("withReasonCodes() adds Topic Name invalid to refusals only", () => {
  const acks = [0x40, 2, 3, 3, 0x40, REFUSED, 0, 2, 0x50, REFUSED, 3, 3, 0x70, 2, 0, 1];
  assert.deepEqual([...withReasonCodes(Uint8Array.from(acks))], [
    ...[0x40, 2, 3, 3],
    ...[0x40, 3, 0, 2, 0x90],
    ...[0x50, 3, 3, 3, 0x90],
    ...[0x70, 2, 0, 1],
  ]);
});
