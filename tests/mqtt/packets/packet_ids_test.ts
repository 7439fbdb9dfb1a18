import assert from "node:assert/strict";
import {
  foreignIds,
  isOurs,
  MAX_IN_FLIGHT,
  PacketIds,
} from "../../../lib/mqtt/packets/packet_ids.ts";

Deno.test("PacketIds.next() cycles without a used identifier or one of npm:mqtt", () => {
  const ids = new PacketIds(), foreign = foreignIds();
  const used = new Set<number>();
  for (let i = 0; i < MAX_IN_FLIGHT; i++) used.add(ids.next(used));
  assert.equal(used.size, MAX_IN_FLIGHT);
  assert.ok([...used].every((id) => isOurs(id) && id <= 65_535));
  for (let i = 0; i < 1_000; i++) {
    const id = foreign.allocate();
    assert.ok(id > 0 && !isOurs(id));
    assert.equal(foreign.getLastAllocated(), id);
  }
});

Deno.test("PacketIds.next() finds the only free identifier", () => {
  const ids = new PacketIds();
  const used = new Set<number>();
  for (let i = 0; i < MAX_IN_FLIGHT; i++) used.add(ids.next(used));
  for (const free of [256, 30_000, 65_535]) {
    used.delete(free);
    assert.equal(ids.next(used), free);
    used.add(free);
  }
});
