/** The index of finished files, `<output>.files.csv`: what became of each, an event a row. */

import { parse } from "@std/csv/parse";
import { stringify } from "@std/csv/stringify";
import { cannotRead, RecordingError } from "../locale/errors.ts";
import type { Torn } from "./append_file.ts";
import { LogFile } from "./log_file.ts";
import { freeName } from "./new_file.ts";
import { logLayout } from "./log_layout.ts";

/** The columns, a contract. */
export const INDEX_COLUMNS = [
  "time",
  "event",
  "number",
  "file",
  "begin",
  "end",
  "rows",
  "bytes",
  "sha256",
] as const;

const LAYOUT = logLayout("files.csv", INDEX_COLUMNS, 1 << 16);

/** What happened to a file: only ever one more row, so that a crash costs nothing. */
export interface IndexRow {
  /** When it was written down, ms since the epoch. */
  readonly time: number;
  readonly event: "finished" | "compressed" | "deleted";
  readonly number: number;
  /** Name of the file, without the folder. */
  readonly file: string;
  /** Receive times of its first and last row, ms since the epoch; undefined: unknown. */
  readonly begin: number | undefined;
  readonly end: number | undefined;
  readonly rows: number | undefined;
  readonly bytes: number;
  /** Undefined for a file that is gone. */
  readonly sha256: string | undefined;
}

/** What an index says. */
export interface IndexContents {
  readonly path: string;
  readonly rows: readonly IndexRow[];
  /** Rows that mqttrec did not write, and the number of the first, from 1; undefined: none. */
  readonly alien?: { readonly count: number; readonly row: number };
  /** Another program has saved it: with other line ends or separators, or a byte order mark. */
  readonly resaved?: boolean;
  /** Bytes of an incomplete last row; undefined: none. */
  readonly tornBytes?: number;
}

export function indexPath(output: string): string {
  return `${output}.${LAYOUT.extension}`;
}

export async function isIndexThere(output: string): Promise<boolean> {
  return await Deno.stat(indexPath(output)).then(({ isFile }) => isFile, () => false);
}

function rowText(row: IndexRow): string {
  const time = (ms: number | undefined) => ms === undefined ? "" : new Date(ms).toISOString();
  return stringify([[
    time(row.time),
    row.event,
    row.number,
    row.file,
    time(row.begin),
    time(row.end),
    row.rows ?? "",
    row.bytes,
    row.sha256 ?? "",
  ]]);
}

function parseRow(fields: readonly string[]): IndexRow | undefined {
  if (fields.length !== INDEX_COLUMNS.length) return undefined;
  const [time, event, number, file, begin, end, rows, bytes, sha256] = fields as [
    string,
    IndexRow["event"],
    ...string[],
  ];
  const whole = (text: string) => /^\d{1,15}$/.test(text);
  const isTime = (text: string) => text !== "" && !isNaN(Date.parse(text));
  const isOurs = isTime(time) && ["finished", "compressed", "deleted"].includes(event) &&
    whole(number!) && file !== "" && (begin === "" || isTime(begin!)) &&
    (end === "" || isTime(end!)) && (rows === "" || whole(rows!)) && whole(bytes!) &&
    /^(?:[0-9a-f]{64})?$/.test(sha256!);
  if (!isOurs) return undefined;
  return {
    time: Date.parse(time),
    event,
    number: Number(number),
    file: file!,
    begin: begin === "" ? undefined : Date.parse(begin!),
    end: end === "" ? undefined : Date.parse(end!),
    rows: rows === "" ? undefined : Number(rows),
    bytes: Number(bytes),
    sha256: sha256 === "" ? undefined : sha256,
  };
}

/**
 * Reads the index of a recording; undefined if there is none.
 *
 * @throws {RecordingError} It cannot be read, or is none.
 */
export async function readIndex(output: string): Promise<IndexContents | undefined> {
  const path = indexPath(output);
  if (!(await isIndexThere(output))) return undefined;
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
  const resaved = resavedLines(text);
  const lines = resaved?.lines ?? text.split("\r\n");
  const torn = lines.pop()!;
  if (lines.shift() !== INDEX_COLUMNS.join(resaved?.separator ?? ",")) {
    // The header alone may be torn.
    if (lines.length > 0 || !INDEX_COLUMNS.join().startsWith(torn.trimEnd())) {
      throw new RecordingError((t) => t.rotate.noIndex(path));
    }
    return { path, rows: [], ...(torn !== "" && { tornBytes: torn.length }) };
  }
  const rows: IndexRow[] = [];
  let count = 0, first = 0;
  for (const [i, line] of lines.entries()) {
    const row = rowOf(line, resaved?.separator);
    if (row) rows.push(row);
    else if (count++ === 0) first = i + 1;
  }
  return {
    path,
    rows,
    ...(resaved && { resaved: true }),
    ...(count > 0 && { alien: { count, row: first } }),
    ...(torn !== "" && { tornBytes: new TextEncoder().encode(torn).length }),
  };
}

/** The lines of an index that a spreadsheet or an editor has saved; undefined: it is as we write it. */
function resavedLines(text: string) {
  const separator = /^\ufeff?time;/.test(text) ? ";" : ",";
  const isOurs = separator === "," && !text.startsWith("\ufeff") && !/^time,[^\r\n]*\n/.test(text);
  return isOurs ? undefined : { separator, lines: text.replace(/^\ufeff/, "").split(/\r?\n/) };
}

function rowOf(line: string, separator = ","): IndexRow | undefined {
  try {
    return parseRow(line.includes('"') ? parse(line, { separator })[0]! : line.split(separator));
  } catch {
    return undefined;
  }
}

/** Whether a file with this sum is as its row says. */
export function hasSum(
  row: Pick<IndexRow, "bytes" | "sha256">,
  sum: Pick<IndexRow, "bytes" | "sha256"> | undefined,
): boolean {
  return sum?.bytes === row.bytes && sum.sha256 === row.sha256;
}

/**
 * Writes an index anew that another program has saved or edited, with the rows in it that are ours.
 *
 * @param output Base path of the recording; the caller holds its lock.
 * @returns Where the old one is now; undefined: there is none, or it is as it was written.
 * @throws {RecordingError} It cannot be read or written.
 */
export async function renewIndex(
  output: string,
  found: IndexContents | undefined,
): Promise<string | undefined> {
  if (!found?.alien && !found?.resaved) return undefined;
  const { path, rows } = found;
  // An earlier one may be kept already.
  const moved = await freeName(`${path}.old`);
  await Deno.rename(path, moved);
  using index = await FileIndex.open(output);
  if (rows.length > 0) await index.append(rows);
  return moved;
}

/** Appends to the index; a new one is created with its first row. */
export class FileIndex implements Disposable {
  readonly #file: LogFile;

  private constructor(file: LogFile) {
    this.#file = file;
  }

  /** @throws {RecordingError} The existing file cannot be continued. */
  static async open(output: string): Promise<FileIndex> {
    return new FileIndex(await LogFile.open(output, LAYOUT));
  }

  /** The torn end that was moved away when the file was opened. */
  get torn(): Torn | undefined {
    return this.#file.torn;
  }

  /**
   * Resolves when the rows are on disk.
   *
   * @throws They cannot be written; the next call begins with a whole row.
   */
  async append(rows: readonly IndexRow[]): Promise<void> {
    await this.#file.append(rows.map(rowText).join(""));
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
