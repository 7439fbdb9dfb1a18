/** Finds the last whole row at the end of a CSV file, whose quoted fields may hold whole rows. */

import { type CsvRows, timeEnd } from "./csv_rows.ts";
import type { TailScan } from "./mod.ts";
import { CUT_OFF, MALFORMED } from "./read_fields.ts";

const LF = 10;

/**
 * Enough of a file's end to settle for the likeliest reading. A torn payload would have to be
 * longer than this, made of rows like ours and without a quote, to be taken for rows.
 */
const MAX_WINDOW = 64 * 1024 * 1024;

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
 */
export function scanRows(
  bytes: Uint8Array,
  start: number,
  rows: CsvRows,
): TailScan {
  let chains: Chain[] = start < 0 ? [] : [{ from: start, next: start, proven: true }];
  let guess: { readonly from: number; readonly end: number } | undefined;
  let broken = -1, perhapsBroken = -1;
  let at = start < 0 ? bytes.indexOf(LF) + 1 : start;
  if (at === 0) return "more";
  while (at < bytes.length) {
    let chain = chains.find(({ next }) => next === at);
    if (chain === undefined && timeEnd(bytes, at) > 0) {
      chain = { from: at, next: at, proven: false };
      chains.push(chain);
    }
    if (chain !== undefined) {
      const end = rows.end(bytes, at);
      if (rows.proven && !chain.proven) {
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
        if (end === MALFORMED) {
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
