/** JSON: one array, one object a line, valid after every commit. */

import type { Batch } from "../batch.ts";
import type { ByteBuffer } from "../byte_buffer.ts";
import type { Format, TailScan } from "./mod.ts";
import {
  appendBase64,
  ascii,
  byteTable,
  classify,
  COLUMNS,
  HIGH,
  isUtf8,
  PLAIN,
  rowEnds,
  SPECIAL,
  TimestampWriter,
} from "./fields.ts";

const TABLE = byteTable('"\\');
const HEX = ascii("0123456789abcdef");
/** Escapes with a letter of their own [RFC 8259 section 7]; the other controls become `\u00XX`. */
const SHORT = new Map([[8, "b"], [9, "t"], [10, "n"], [12, "f"], [13, "r"], [34, '"'], [92, "\\"]]
  .map(([byte, letter]) => [byte as number, (letter as string).charCodeAt(0)]));

const ROW_START = ascii(`,\n{"${COLUMNS[0]}":"`);
const TOPIC = ascii(`","${COLUMNS[1]}":"`);
const PAYLOAD = ascii(`","${COLUMNS[2]}":"`);
const END = rowEnds((encoding, qos, retain, dup) =>
  `","encoding":"${encoding}","qos":${qos},"retain":${retain},"dup":${dup}}`
);
const timestamps = new TimestampWriter();

const ROW =
  /^\{"timestamp":"[^"]{20,30}","topic":"(?:[^"\\]|\\.)*","payload":"(?:[^"\\]|\\.)*","encoding":"(?:utf-8|base64)","qos":[012],"retain":(?:true|false),"dup":(?:true|false)\}$/;
const NEWLINE = 10, COMMA = 44, CLOSE = 125;

/** Appends bytes that are valid UTF-8 as the inside of a JSON string. */
function appendEscaped(bytes: Uint8Array, start: number, end: number, out: ByteBuffer): void {
  let from = start;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (TABLE[byte] !== SPECIAL) continue;
    out.append(bytes, from, i);
    from = i + 1;
    const short = SHORT.get(byte);
    out.push(92);
    if (short !== undefined) {
      out.push(short);
    } else {
      out.append(ascii("u00"));
      out.push(HEX[byte >> 4]!);
      out.push(HEX[byte & 15]!);
    }
  }
  out.append(bytes, from, end);
}

function encode(batch: Batch, out: ByteBuffer): void {
  const { bytes } = batch.data;
  for (let i = 0; i < batch.count; i++) {
    const start = batch.topicStart(i);
    const topicEnd = batch.topicEnd(i);
    const end = batch.payloadEnd(i);
    out.append(ROW_START);
    timestamps.write(batch.time(i), out);
    out.append(TOPIC);
    if ((classify(TABLE, bytes, start, topicEnd) & SPECIAL) === 0) {
      out.append(bytes, start, topicEnd);
    } else appendEscaped(bytes, start, topicEnd, out);
    out.append(PAYLOAD);
    const found = classify(TABLE, bytes, topicEnd, end);
    if (found === PLAIN) {
      out.append(bytes, topicEnd, end);
    } else if ((found & HIGH) !== 0 && !isUtf8(bytes, topicEnd, end)) {
      appendBase64(batch, i, out);
      out.append(END.base64[batch.flags(i)]!);
      continue;
    } else appendEscaped(bytes, topicEnd, end, out);
    out.append(END.utf8[batch.flags(i)]!);
  }
}

/**
 * Rows never hold a raw line feed, so the last whole row is the last line that is one: the scan
 * goes backwards and reads no more than it must.
 */
function scanTail(bytes: Uint8Array, atStart: boolean): TailScan {
  let stop = bytes.length;
  for (;;) {
    const lineStart = bytes.lastIndexOf(NEWLINE, stop - 1) + 1;
    if (lineStart === 0) return atStart ? { end: 1 } : "more";
    let end = stop;
    if (bytes[end - 1] === COMMA) end--;
    if (bytes[end - 1] === CLOSE && isRow(bytes.subarray(lineStart, end))) return { end };
    stop = lineStart - 1;
  }
}

function isRow(line: Uint8Array): boolean {
  // A giant row is not turned into a string: its two ends are proof enough.
  if (line.length > 1 << 20) {
    const text = new TextDecoder().decode(line.subarray(-200));
    return line[0] === 123 && /","encoding":"[^"]+","qos":\d,.*\}$/.test(text);
  }
  const text = new TextDecoder().decode(line);
  if (!ROW.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export const json = {
  extension: "json",
  header: ascii("["),
  separatorLength: 1,
  tail: ascii("\n]\n"),
  firstRow: ascii('\n{"timestamp":"'),
  encode,
  scanTail,
} as const satisfies Format;
