/** Finds the last whole row at the end of a CSV file, although quoted fields may contain rows. */

import { type CsvRows, timeEnd } from "./csv_rows.ts";
import type { EndScan } from "./format.ts";
import { CUT_OFF, MALFORMED } from "./read_fields.ts";

const LF = 10, QUOTE = 34, LETTER = 120;

/**
 * Bytes without a quote at a file's end that prove that lines which parse are rows: a file without
 * quoted fields offers no other proof. It is wrong only inside a longer torn payload that consists
 * of rows like ours. Then a part of the torn row stays, which `mqttrec check` reports, and nothing
 * is lost.
 */
const ENOUGH = { whole: 1 << 20, torn: 1 << 24 } as const;

/**
 * Whole rows after an unclosed quoted field that prove it damaged rather than torn: a byte has
 * become the quote that opens it, or the closing quote has become another byte. The second case
 * needs more rows, because an undamaged payload can look the same.
 */
const ROWS_AFTER = { opened: 4, unclosed: 64 } as const;

/** Consecutive rows read from one starting point. */
interface Chain {
  from: number;
  /** Where its next row begins. */
  next: number;
  proven: boolean;
}

/** How far rows were read. */
interface Followed {
  /** Where the last whole row ends. */
  readonly end: number;
  readonly then: "nothing" | "row cut off" | "no row";
  /** Whether no earlier byte can change the answer. */
  readonly proven: boolean;
}

/**
 * @param bytes The file's end.
 * @param start Where the first row begins when `bytes` is the whole file, else -1.
 * @param longestRow Bytes no row exceeds.
 */
export function scanEnd(
  bytes: Uint8Array,
  start: number,
  rows: CsvRows,
  longestRow: number,
): EndScan {
  const found = follow(bytes, start, rows);
  if (found === undefined) return "more";
  const { then, proven } = found;
  // Whole lines without a row: a foreign file with a header like ours.
  if (then === "no row" && found.end === start && bytes.includes(LF, start)) return "foreign";
  const goesOn = then === "row cut off" && isDamaged(bytes, found.end, rows);
  const end = goesOn ? bytes.length : found.end;
  if (proven) return { end };
  // A whole row that began before these bytes may end here: then its lines were read as rows.
  if (end < bytes.length && bytes.length < longestRow && rows.endsQuoted(bytes)) return "more";
  const within = end === bytes.length ? ENOUGH.whole : ENOUGH.torn;
  if (bytes.length >= within) return { end };
  // A field that opens in the first, incomplete line was not read.
  const quote = bytes.indexOf(QUOTE);
  return quote >= 0 && quote < bytes.indexOf(LF)
    ? "more"
    : { end, ambiguity: { byte: QUOTE, within } };
}

/**
 * A quoted payload may contain line ends and even whole rows of ours, so a line that looks like a
 * row need not be one. Every such line starts a chain, and all chains are read forward in parallel
 * by the strict grammar. The first chain that finds proof is the true one, and only it continues.
 * After a damaged row any line may start a chain again.
 *
 * @param start Offset of a known row start, else -1.
 * @returns undefined if no row begins or ends; never from a known start.
 */
function follow(bytes: Uint8Array, start: number, rows: CsvRows): Followed | undefined {
  let known = start >= 0;
  let chains: Chain[] = known ? [{ from: start, next: start, proven: true }] : [];
  let reached: Omit<Followed, "proven"> & { readonly from: number } | undefined;
  let broken = -1;
  let at = known ? start : bytes.indexOf(LF) + 1 || bytes.length;
  if (at === start && at === bytes.length) return { end: at, then: "nothing", proven: true };
  while (at < bytes.length) {
    let chain = chains.find(({ next }) => next === at);
    if (chain === undefined && timeEnd(bytes, at) > 0) {
      chain = { from: at, next: at, proven: false };
      chains.push(chain);
    }
    if (chain !== undefined) {
      const { from } = chain;
      const end = rows.end(bytes, at);
      if (rows.proven && !chain.proven) {
        known = chain.proven = true;
        chains = [chain];
        reached = undefined;
      }
      if (end > 0 && end < bytes.length) {
        const met = chains.find(({ next }) => next === end);
        chain.next = end;
        // Two chains that meet become one.
        if (met !== undefined) {
          met.from = Math.min(met.from, from);
          chains = chains.filter((other) => other !== chain);
        }
      } else {
        chains = chains.filter((other) => other !== chain);
        if (end === MALFORMED) {
          if (chain.proven || at > from) broken = at;
        } else if (reached === undefined || from < reached.from) {
          reached = end === CUT_OFF
            ? { from, end: at, then: "row cut off" }
            : { from, end, then: "nothing" };
          if (chain.proven) break;
        }
      }
    }
    const next = chains[0]?.proven ? chains[0].next : bytes.indexOf(LF, at) + 1;
    if (next === 0) break;
    at = next;
  }
  if (reached !== undefined) return { ...reached, proven: known };
  return broken < 0 ? undefined : { end: broken, then: "no row", proven: known };
}

/**
 * Whether the row at `at`, whose quoted field never closes, is damaged rather than torn: changing
 * one byte makes it a row, and whole rows follow it up to the end.
 */
function isDamaged(bytes: Uint8Array, at: number, rows: CsvRows): boolean {
  let next = bytes.indexOf(LF, at) + 1;
  let rowEnd = next, count = 0;
  while (next > 0 && next < bytes.length) {
    const end = rows.end(bytes, next);
    count = end < 0 ? 0 : count + 1;
    next = end < 0 ? bytes.indexOf(LF, next) + 1 : end;
    if (end < 0) rowEnd = next;
  }
  if (next === 0 || count < ROWS_AFTER.opened) return false;
  const row = bytes.slice(at, rowEnd);
  const isRowWith = (byte: number, at: number) =>
    at > 0 && rows.end(row.with(at, byte), 0) === row.length;
  if (isRowWith(LETTER, row.indexOf(QUOTE))) return true;
  return count >= ROWS_AFTER.unclosed && isRowWith(QUOTE, rows.commaAfterPayload(row) - 1);
}
