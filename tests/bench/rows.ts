/** Checks that a recording holds every sent message: a benchmark that loses rows is void. */

import { FORMATS } from "../../lib/formats/mod.ts";

const LF = 10;

/** Number of line feeds in a file. */
export async function countLines(path: string): Promise<number> {
  using file = await Deno.open(path);
  const buffer = new Uint8Array(1024 * 1024);
  let lines = 0;
  for (let count; (count = await file.read(buffer)) !== null;) {
    const bytes = buffer.subarray(0, count);
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) lines++;
  }
  return lines;
}

/** Throws unless the files at `base` have this many rows and line feeds in payloads. */
export async function assertRows(base: string, rows: number, breaks: number): Promise<void> {
  const csv = await countLines(`${base}.${FORMATS.csv.extension}`);
  // A header; line feeds of payloads are in quotes.
  const wantedCsv = 1 + rows + breaks;
  if (csv !== wantedCsv) throw new Error(`CSV has ${csv} lines, not ${wantedCsv}`);
  const json = await countLines(`${base}.${FORMATS.json.extension}`);
  // A line for each bracket; line feeds of payloads are escaped.
  const wantedJson = 2 + rows;
  if (json !== wantedJson) throw new Error(`JSON has ${json} lines, not ${wantedJson}`);
}
