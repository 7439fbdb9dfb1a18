/** Finds the last whole row at the end of a CSV file, whose quoted fields may hold whole rows. */

import { ascii } from "./fields.ts";
import type { TailScan } from "./mod.ts";

const QUOTE = 34, COMMA = 44, LF = 10, ZERO = 48;
const SHAPE = ascii("0000-00-00T00:00:00.000Z,");
/** A reading that ran into the end of the bytes, and one that met what no row holds. */
const CUT_OFF = -1, BROKEN = -2;

/**
 * Enough of a file's end to settle for the likeliest reading. A torn payload would have to be
 * longer than this, made of rows like ours and without a quote, to be taken for rows.
 */
const MAX_WINDOW = 64 * 1024 * 1024;

/** Where the timestamp and its comma at `at` end, or `CUT_OFF`, or `BROKEN`. */
function timestampEnd(bytes: Uint8Array, at: number): number {
  // Years beyond 0000 to 9999 have a sign and six digits.
  if (bytes[at] === 0x2b || bytes[at] === 0x2d) {
    for (const stop = at + 2; at < stop;) {
      if (++at === bytes.length) return CUT_OFF;
      if (!isDigit(bytes[at]!)) return BROKEN;
    }
    at++;
  }
  for (let k = 0; k < SHAPE.length; k++) {
    if (at + k >= bytes.length) return CUT_OFF;
    if (SHAPE[k] === ZERO ? !isDigit(bytes[at + k]!) : bytes[at + k] !== SHAPE[k]) return BROKEN;
  }
  return at + SHAPE.length;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/**
 * Whether the last `fieldEnd` met proof that the bytes before it were read rightly. Inside a payload
 * quotes are doubled, so a run of them is even; one that closes a field has a comma behind it. An
 * odd run with something else behind it opens a field, and nothing but a true reading gets there.
 */
let loneQuote = false;

/** Where the field that begins at `at` ends (its comma), or `CUT_OFF`, or `BROKEN`. */
function fieldEnd(bytes: Uint8Array, at: number): number {
  loneQuote = false;
  if (bytes[at] !== QUOTE) {
    for (let i = at; i < bytes.length; i++) {
      const byte = bytes[i]!;
      if (byte === COMMA) return i;
      if (byte === QUOTE || byte < 0x20) return BROKEN;
    }
    return CUT_OFF;
  }
  let run = at + 1;
  while (bytes[run] === QUOTE) run++;
  loneQuote = (run - at) % 2 === 1 && run < bytes.length && bytes[run] !== COMMA;
  for (let i = at + 1;; i += 2) {
    i = bytes.indexOf(QUOTE, i);
    if (i < 0 || i + 1 >= bytes.length) return CUT_OFF;
    if (bytes[i + 1] === COMMA) return i + 1;
    if (bytes[i + 1] !== QUOTE) return BROKEN;
  }
}

/** Whether the last `rowEnd` met such proof. */
let proven = false;

/** Where the row that begins at `at` ends, or `CUT_OFF`, or `BROKEN`. */
function rowEnd(bytes: Uint8Array, at: number, ends: readonly Uint8Array[]): number {
  proven = false;
  const topic = timestampEnd(bytes, at);
  if (topic < 0) return topic;
  const topicEnd = fieldEnd(bytes, topic);
  proven = loneQuote;
  if (topicEnd < 0) return topicEnd;
  const end = fieldEnd(bytes, topicEnd + 1);
  proven ||= loneQuote;
  if (end < 0) return end;
  let result = BROKEN;
  for (const rest of ends) {
    let k = 0;
    while (k < rest.length && bytes[end + k] === rest[k]) k++;
    if (k === rest.length) return end + k;
    if (end + k === bytes.length) result = CUT_OFF;
  }
  return result;
}

/** Rows read one behind the other from one place. */
interface Chain {
  readonly from: number;
  /** Where its next row begins. */
  next: number;
  proven: boolean;
}

/**
 * A quoted payload may hold line ends and even whole rows of ours, so a line that looks like a row
 * need not be one. Every such line begins a chain, and all are read forwards side by side by the
 * strict grammar. The first to meet proof is the true one and alone goes on; a longer piece of the
 * file is asked for when none does. From the start of the file there is nothing to guess.
 *
 * @param bytes The file's end.
 * @param start Where the first row begins when `bytes` is the whole file, else -1.
 * @param ends Every way a row may end, from the comma behind the payload.
 */
export function scanRows(
  bytes: Uint8Array,
  start: number,
  ends: readonly Uint8Array[],
): TailScan {
  let chains: Chain[] = start < 0 ? [] : [{ from: start, next: start, proven: true }];
  let guess: { readonly from: number; readonly end: number } | undefined;
  let broken = -1, perhapsBroken = -1;
  let at = start < 0 ? bytes.indexOf(LF) + 1 : start;
  if (at === 0) return "more";
  while (at < bytes.length) {
    let chain = chains.find(({ next }) => next === at);
    if (chain === undefined && timestampEnd(bytes, at) > 0) {
      chain = { from: at, next: at, proven: false };
      chains.push(chain);
    }
    if (chain !== undefined) {
      const end = rowEnd(bytes, at, ends);
      if (proven && !chain.proven) {
        chain.proven = true;
        chains = [chain];
        guess = undefined;
      }
      if (end > 0 && end < bytes.length) {
        const met = chains.some(({ next }) => next === end);
        chain.next = end;
        // Two that meet are one from there on.
        if (met) chains = chains.filter((other) => other !== chain);
      } else {
        chains = chains.filter((other) => other !== chain);
        if (end === BROKEN) {
          if (chain.proven) broken = at;
          else if (at > chain.from) perhapsBroken = at;
        } else {
          const found = { from: chain.from, end: end === CUT_OFF ? at : end };
          if (chain.proven) return { end: found.end };
          if (guess === undefined || found.from < guess.from) guess = found;
        }
      }
    }
    const next = chains[0]?.proven ? chains[0].next : bytes.indexOf(LF, at) + 1;
    if (next === 0) break;
    at = next;
  }
  if (start >= 0) {
    if (guess !== undefined) return { end: guess.end };
    // Whole lines, and not one row: somebody else's file with a header like ours.
    if (broken === start && bytes.indexOf(LF, start) >= 0) return "foreign";
    return { end: Math.max(start, broken) };
  }
  if (broken >= 0 && guess === undefined) return { end: broken };
  if (bytes.length < MAX_WINDOW) return "more";
  if (guess !== undefined) return { end: guess.end };
  // A file that ends like a row may well end with a whole one, begun farther back. One that does
  // not (a power cut left zeros) is cut behind the last row that makes sense.
  return perhapsBroken >= 0 && bytes[bytes.length - 1] !== LF ? { end: perhapsBroken } : "more";
}
