/** Case 22 end to end: a broker sends malformed packets in the middle of a stream. */

import type { Message } from "../../../lib/message/message.ts";
import { SHORT_LIFE_MS } from "../../../lib/mqtt/reconnect_delay.ts";
import { concat, message } from "../../support/arbitrary.ts";
import { publishPacket } from "../../support/packets.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { Publishes } from "../publishes.ts";
import { Recorder } from "../recorder.ts";
import { StrictBroker } from "../strict_broker.ts";
import { judgeRun, LAST } from "../strict_run.ts";
import { sleep, within } from "../wait.ts";

const EACH = 300, WAIT_MS = 20_000;

/** Packets that no broker may send, MQTT 5. */
const MALFORMED: Readonly<Record<string, readonly number[]>> = {
  "a PUBLISH with QoS 3": [0x36, 6, 0, 1, 116, 0, 1, 0],
  "a SUBACK whose properties are too long": [0x90, 4, 0, 1, 9, 0],
  "an overlong length": [0x30, 0x84, 0x00, 0, 1, 116, 0],
  "a length of five bytes": [0x30, 0xff, 0xff, 0xff, 0xff, 0x01],
  "packet type 0": [0x00, 0],
  "a topic longer than its packet": [0x30, 4, 0, 9, 116, 0],
  "NUL in a topic": [0x30, 5, 0, 1, 0, 0, 49],
  "a wildcard and identifier 0": [0x32, 6, 0, 1, 35, 0, 0, 0],
  "an alias instead of a topic": [0x30, 6, 0, 0, 3, 0x23, 0, 1],
  "identifier 0": [0x32, 6, 0, 1, 116, 0, 0, 0],
  "a second CONNACK": [0x20, 3, 0, 0, 0],
  "a CONNECT": [0x10, 2, 0, 0],
  "a property no PUBLISH has": [0x30, 6, 0, 1, 116, 2, 0x7f, 0],
  "a DISCONNECT whose properties are too long": [0xe0, 2, 0, 9],
};

/** A well-formed message after a malformed packet: a reader that reads on records it. */
const FORGED = publishPacket({ topic: "forged", payload: "forged", version: 5 });

const numbered = (i: number): Message => message(`wire/${i % 3}`, `${i}`);

function* first(count: number): Generator<Message> {
  for (let i = 0; i < count; i++) yield numbered(i);
}

async function run({ quick, folder, say }: Context): Promise<Figures> {
  await using broker = StrictBroker.start({
    connack: (_, attempt) => ({ sessionPresent: attempt > 0 }),
  });
  await using recorder = await Recorder.start({ folder, port: broker.port });
  let connection = await broker.subscribed();
  let sent = 0;
  const send = async () => {
    const block = new Publishes(5);
    for (let i = 0; i < EACH; i++) block.add(numbered(sent++));
    await connection.blast([block]);
    await within(WAIT_MS, connection.settled(), "Not everything is acknowledged");
  };
  const kinds = Object.entries(MALFORMED).slice(0, quick ? 4 : undefined);
  let recoveryMs = 0;
  for (const [kind, packet] of kinds) {
    await send();
    // Many short connections in a row would be tried again every 30 s only.
    if (!quick) await sleep(SHORT_LIFE_MS);
    const began = performance.now();
    await connection.send(concat(Uint8Array.from(packet), FORGED, FORGED));
    await within(WAIT_MS, connection.ended, `${kind}: the connection is not dropped`);
    connection = await within(
      WAIT_MS,
      broker.subscribed(connection.attempt + 1),
      `${kind}: it does not come back (${recorder.tail()})`,
    );
    recoveryMs = Math.max(recoveryMs, performance.now() - began);
    say(kind);
  }
  await send();
  await connection.blast([new Publishes(5).add(LAST)]);
  await within(WAIT_MS, connection.settled(), "The last message is not recorded");
  const { code, stderr } = await recorder.end("SIGTERM");
  // Without a broker's count, the last rows are written at the end.
  const { gaps, problems } = await recorder.gapLog();
  const lost = gaps.filter(({ cause }) => cause.startsWith("connection lost"));
  const told = recorder.lines.filter(({ text }) => text.includes(" lost (")).length;
  const broken = [
    ...broker.errors,
    ...problems,
    ...(code === 0 ? [] : [`It ended with ${code}: ${stderr}`]),
    ...(lost.length === kinds.length
      ? []
      : [`${kinds.length} connections dropped, ${lost.length} gap rows`]),
    ...(told >= kinds.length
      ? []
      : [`Told ${told} times of ${kinds.length}: ${recorder.tail(20)}`]),
  ];
  const forged = (await Deno.readTextFile(recorder.json)).split('"topic":"forged"').length - 1;
  const figures = await judgeRun(
    { recorder, broken, ms: 0, stderr },
    () => first(sent),
    { faults: kinds.length, note: "a forged message after each malformed packet" },
  );
  // One additional row shifts all later rows: the cause explains more.
  if (forged === 0) return { ...figures, recoveryMs };
  return { ...figures, recoveryMs, torn: forged, broken: [...broken, `${forged} forged rows`] };
}

export const malformed: FaultCase = {
  number: 22,
  name: "broker sends malformed packets",
  needs: ["linux"],
  inQuick: true,
  run,
};
