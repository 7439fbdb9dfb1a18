/** Generates unusual messages that a broker may deliver, the same for the same seed. */

import { Batch } from "../../lib/message/batch.ts";
import { ByteBuffer } from "../../lib/message/byte_buffer.ts";
import type { Format } from "../../lib/formats/mod.ts";
import type { Message, QoS } from "../../lib/message/message.ts";

const encoder = new TextEncoder();

/** Uniform integers in [0, below), from xorshift, so that a failure can be reproduced. */
export type Random = (below: number) => number;

/** @param seed Not 0. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

export const START = Date.UTC(2026, 10, 23, 10, 0, 0, 123);

/** UTF-8 bytes of `text`. */
export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** A whole row, for use inside a payload. */
export const FAKE_CSV_ROW = "2026-11-23T10:00:00.123Z,a/b,21.5,utf-8,1,false,false\r\n";
export const FAKE_JSON_ROW =
  '{"timestamp":"2026-11-23T10:00:00.123Z","topic":"a","payload":"1","encoding":"utf-8","qos":1,"retain":false,"dup":false}';

export const NASTY_TEXTS: readonly string[] = [
  "",
  "\0",
  "\r",
  "\n",
  "\r\n",
  "\n\r",
  '"',
  '""',
  '"""',
  ",",
  '","',
  '\\"',
  "\\",
  "a\rb",
  "a\nb",
  " leading and trailing ",
  "\ufeff",
  "\ufeffBOM",
  "🌡️ 21 °C",
  "\u0085",
  "a\u2028b\u2029c",
  "\v\f\x1c\x1d\x1e",
  "=1+1",
  "-12.5",
  "+1",
  "@SUM(A1)",
  "\t=1",
  "\x1b[31mred\x1b[0m\x07",
  "\u202eevil\u202c",
  "__proto__",
  "constructor",
  '{"t":21.5,"u":"°C"}',
  "1;2|3\t4",
  "'quoted'",
  "NULL",
  "NaN",
  "true",
  "\x7f",
  "\ud7ff\ue000\u{10ffff}",
  FAKE_CSV_ROW,
  `x\r\n${FAKE_CSV_ROW}${FAKE_CSV_ROW}`,
  "x\r\n2026-11-23T10:00:00.123Z,a/b,",
  ",utf-8,1,false,false\r\n2026-11-23T10:00:00.123Z,a/b,",
  ',utf-8,1,false,false\r\n2026-11-23T10:00:00.123Z,a/b,"x',
  `\n${FAKE_JSON_ROW}\n]\n`,
  `"}\n]\n`,
];

export const NASTY_BYTES: readonly Uint8Array[] = [
  ...NASTY_TEXTS.map(bytes),
  Uint8Array.of(0xff),
  Uint8Array.of(0xc3),
  Uint8Array.of(0xc0, 0x80),
  Uint8Array.of(0xe2, 0x80),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
  Uint8Array.of(0x22, 0x0a, 0x80, 0x22),
  Uint8Array.from({ length: 256 }, (_, i) => i),
];

/** A payload: a nasty one, several joined, random bytes, or a sensor's. */
export function arbitraryPayload(random: Random): Uint8Array {
  switch (random(6)) {
    case 0:
      return bytes((random(1000) / 10).toFixed(1));
    case 1:
      return Uint8Array.from({ length: random(40) }, () => random(256));
    case 2:
    case 3: {
      const parts = Array.from(
        { length: random(5) },
        () => [...NASTY_BYTES[random(NASTY_BYTES.length)]!],
      );
      return Uint8Array.from(parts.flat());
    }
    default:
      return NASTY_BYTES[random(NASTY_BYTES.length)]!;
  }
}

/** A valid topic name: not empty, no NUL, no wildcard. */
export function arbitraryTopic(random: Random): string {
  const levels = Array.from({ length: 1 + random(3) }, () => {
    return NASTY_TEXTS[random(NASTY_TEXTS.length)]!.replaceAll(/[\0+#]/g, "");
  });
  return levels.join("/") || "home/temperature";
}

export function arbitraryMessage(random: Random): Message {
  const qos = random(3) as QoS;
  return {
    time: START + random(5) * 250,
    topic: arbitraryTopic(random),
    payload: arbitraryPayload(random),
    qos,
    retain: random(2) === 1,
    dup: qos > 0 && random(4) === 0,
  };
}

/** A message with defaults for the parts that a test does not care about. */
export function message(topic: string, payload: string | Uint8Array, time = START): Message {
  return {
    time,
    topic,
    payload: typeof payload === "string" ? bytes(payload) : payload,
    qos: 1,
    retain: false,
    dup: false,
  };
}

export function batchOf(messages: Iterable<Message>): Batch {
  const batch = new Batch();
  for (const message of messages) batch.add(message);
  return batch;
}

/** The rows of `messages` as `format` encodes them. */
export function rowsOf(format: Format, messages: Iterable<Message>): Uint8Array<ArrayBuffer> {
  const out = new ByteBuffer();
  format.encode(batchOf(messages), out);
  return out.view().slice();
}

/** Rows and the footer after them, as `AppendFile.write` expects them. */
export function closedRowsOf(format: Format, messages: Iterable<Message>): Uint8Array {
  return concat(rowsOf(format, messages), format.footer);
}

/** A whole file of `messages`, closed like after a commit. */
export function fileOf(format: Format, messages: Iterable<Message>): Uint8Array<ArrayBuffer> {
  const rows = rowsOf(format, messages);
  return concat(format.header, rows.subarray(rows.length && format.separatorLength), format.footer);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new ByteBuffer();
  for (const part of parts) out.append(part);
  return out.view().slice();
}

/** The record of a message as the design defines it, computed in the simplest way. */
export function recordOf(message: Message): Record<string, string | number | boolean> {
  let payload: string;
  let encoding = "utf-8";
  try {
    payload = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(message.payload);
    if (payload.includes("\0")) throw new Error();
  } catch {
    payload = message.payload.toBase64();
    encoding = "base64";
  }
  return {
    timestamp: new Date(message.time).toISOString(),
    topic: message.topic,
    payload,
    encoding,
    qos: message.qos,
    retain: message.retain,
    dup: message.dup,
  };
}
