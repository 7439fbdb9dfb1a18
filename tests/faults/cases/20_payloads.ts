/** Case 20: payloads that break careless writers, from empty to the largest packet. */

import type { Message } from "../../../lib/message/message.ts";
import { bytes, message, NASTY_BYTES, type Random, seeded } from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { sum } from "../judge.ts";
import { judgeRun, recordAll } from "../strict_run.ts";

const KB = 1024, MB = 1024 * KB;
/** Largest remaining length of a packet [MQTT-1.5.5]: topic and identifier are part of it. */
const MAX_REMAINING = 268_435_455;
const TOPIC = "t";
/** Other bytes of an MQTT 5 PUBLISH at QoS 1: topic, identifier, no properties. */
const MAX_PAYLOAD = MAX_REMAINING - 2 - TOPIC.length - 2 - 1;

/** Large payloads by their repeated text. */
const PIECES: Readonly<Record<string, Uint8Array>> = {
  text: bytes("21.5 °C, all is well; "),
  quotes: bytes('"'),
  breaks: bytes("\r\n\r\n\n\r"),
  controls: bytes("\0\x01\x1b\x7f"),
  "invalid UTF-8": Uint8Array.of(0xff, 0xc0, 0x80, 0x22, 0x0a),
  BOM: bytes("\ufeff,"),
};

function filled(piece: Uint8Array, size: number): Uint8Array {
  const payload = new Uint8Array(size);
  payload.set(piece.subarray(0, size));
  for (let done = Math.min(piece.length, size); done < size; done *= 2) {
    payload.copyWithin(done, 0, Math.min(done, size - done));
  }
  return payload;
}

function* small(random: Random): Generator<Message> {
  for (const payload of NASTY_BYTES) yield message(TOPIC, payload);
  for (let byte = 0; byte < 256; byte++) yield message(TOPIC, Uint8Array.of(byte));
  for (const piece of Object.values(PIECES)) {
    for (const size of [KB - 1, 64 * KB, 64 * KB + random(64 * KB)]) {
      yield message(TOPIC, filled(piece, size));
    }
  }
}

function* large(size: number, pieces: readonly string[]): Generator<Message> {
  for (const name of pieces) yield message(TOPIC, filled(PIECES[name]!, size));
}

async function run({ quick, seed, folder, say }: Context): Promise<Figures> {
  const sets: [name: string, messages: () => Iterable<Message>][] = [
    ["small", () => small(seeded(seed + 20))],
    ["16 MB", () => large(16 * MB, quick ? ["quotes", "invalid UTF-8"] : Object.keys(PIECES))],
  ];
  if (!quick) sets.push(["256 MB", () => large(MAX_PAYLOAD, ["text"])]);
  const parts: Figures[] = [];
  for (const [name, messages] of sets) {
    const here = `${folder}/${name.replaceAll(" ", "_")}`;
    await Deno.mkdir(here);
    const done = await recordAll(messages(), { folder: here, perBlock: 1 });
    say(`${name}: recorded in ${Math.round(done.ms)} ms, ${Math.round(done.recorder.maxRssMb)} MB`);
    const figures = await judgeRun(done, messages, { python: true, own: false, faults: 0 });
    parts.push({ ...figures, faults: figures.published - 1 });
    say(`${name}: read`);
    await Deno.remove(here, { recursive: true });
  }
  const rss = sets.map(([name], i) => `${name}: ${Math.round(parts[i]!.maxRssMb!)} MB`);
  return { ...sum(parts), note: `RSS ${rss.join(", ")}` };
}

export const payloads: FaultCase = {
  number: 20,
  name: "payloads from empty to 256 MB",
  needs: ["python3", "linux"],
  inQuick: true,
  run,
};
