/** A recording to export: plain numbers, JSON as Zigbee2MQTT sends it, switches. */

import { FORMATS } from "../../lib/formats/mod.ts";
import { Batch } from "../../lib/message/batch.ts";
import { ByteBuffer } from "../../lib/message/byte_buffer.ts";
import { bytes, message, type Random, seeded, START } from "../support/arbitrary.ts";
import { writeAll } from "../../lib/system/write_all.ts";

const ROOMS = ["kitchen", "salon", "bedroom", "office", "garage", "attic", "cellar", "bath"];
const QUANTITIES = ["temperature", "humidity", "power"];
const PER_WRITE = 10_000;

/** Topic and payload of message `i`: 6 of 10 are numbers, 3 JSON, 1 a switch. */
function next(random: Random, i: number): readonly [topic: string, payload: string] {
  const room = ROOMS[random(ROOMS.length)]!, kind = i % 10;
  if (kind < 6) return [`home/${room}/${QUANTITIES[kind % 3]}`, (random(10_000) / 100).toFixed(2)];
  if (kind === 9) return [`home/${room}/motion`, random(2) ? "ON" : "OFF"];
  const fields = {
    battery: random(100),
    humidity: random(9000) / 100,
    linkquality: random(255),
    temperature: random(3000) / 100,
    state: random(2) ? "ON" : "OFF",
    ...(random(10) === 0 ? { illuminance: random(1000) } : {}),
  };
  return [`zigbee2mqtt/${room}`, JSON.stringify(fields)];
}

/**
 * Writes a CSV recording.
 *
 * @param everyMs Time from one message to the next, in ms.
 * @returns How many values its payloads hold.
 */
export async function makeExportLoad(
  path: string,
  count: number,
  everyMs: number,
): Promise<number> {
  const random = seeded(16);
  const batch = new Batch(), out = new ByteBuffer();
  using file = await Deno.open(path, { write: true, createNew: true });
  await writeAll(file, FORMATS.csv.header);
  let values = 0;
  for (let i = 0; i < count;) {
    batch.clear();
    out.clear();
    for (const stop = Math.min(count, i + PER_WRITE); i < stop; i++) {
      const [topic, payload] = next(random, i);
      values += payload.startsWith("{") ? payload.split(":").length - 1 : 1;
      batch.add(message(topic, bytes(payload), START + i * everyMs));
    }
    FORMATS.csv.encode(batch, out);
    await writeAll(file, out.view());
  }
  return values;
}
