/** Excel workbooks: the table in one or more sheets, and a sheet about the recording. */

import { UserError } from "../../locale/errors.ts";
import { type Sentences, sentences } from "../../locale/mod.ts";
import type {
  Block,
  Column,
  OpenTableWriter,
  TableFormat,
  TableInfo,
  TableWriter,
} from "../table.ts";
import { Zone } from "../zone.ts";
import { ByteFile } from "./byte_file.ts";
import { Cells, columnName } from "./xlsx/cells.ts";
import {
  contentTypes,
  ROOT_RELATIONSHIPS,
  workbookRelationships,
  workbookXml,
} from "./xlsx/package.ts";
import { RECORDING_WIDTHS, recordingRows } from "./xlsx/recording_sheet.ts";
import { SharedTexts } from "./xlsx/shared_texts.ts";
import { Sheet } from "./xlsx/sheet.ts";
import { STYLES, stylesXml } from "./xlsx/styles.ts";
import { ZipFile } from "./xlsx/zip_file.ts";

const MAX_COLUMNS = 16_384;
/** Widths that can be read at a glance, in characters. */
const MIN_WIDTH = 9, MAX_WIDTH = 60, TIME_WIDTH = 24;
/** For a number of 15 digits. */
const NUMBER_WIDTH = 12;

/** What one sheet and one file hold. */
export interface XlsxLimits {
  /** Rows of a sheet, its header included. */
  readonly rows: number;
  /** Bytes of a sheet's XML, and of the file. */
  readonly bytes: number;
}
const LIMITS: XlsxLimits = { rows: 1_048_576, bytes: ZipFile.MAX_BYTES };
/** Rows and parts that may follow after a limit was looked at. */
const RESERVE_BYTES = 1 << 26;

function widthOf({ name, kind, width = 0 }: Column): number {
  const content = kind === "time" ? TIME_WIDTH : kind === "text" ? width : NUMBER_WIDTH;
  return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, name.length, content) + 2);
}

/** Writes row `row` of a block's column as a cell; `ref` is its place. */
type WriteCell = (ref: string, row: number, values: Block["columns"][number]) => string;

class XlsxWorkbook implements TableWriter {
  readonly #file: ByteFile;
  readonly #info: TableInfo;
  readonly #limits: XlsxLimits;
  readonly #t: Sentences["sheet"];
  readonly #zip: ZipFile;
  readonly #shared = new SharedTexts();
  readonly #cells: Cells;
  readonly #letters: readonly string[];
  readonly #writers: readonly WriteCell[];
  readonly #names: string[] = [];
  #sheet: Sheet | undefined;

  constructor(file: ByteFile, info: TableInfo, limits: XlsxLimits) {
    this.#file = file;
    this.#info = info;
    this.#limits = limits;
    this.#t = sentences(info.lang).sheet;
    this.#zip = new ZipFile(file);
    this.#cells = new Cells(new Zone(info.timeZone), this.#shared, this.#t.cutText);
    this.#letters = info.columns.map((_, i) => columnName(i));
    this.#writers = info.columns.map((column) => this.#writerOf(column));
  }

  async begin(): Promise<void> {
    await this.#zip.add("_rels/.rels", ROOT_RELATIONSHIPS);
    await this.#zip.add("xl/styles.xml", stylesXml(this.#t.timeFormat));
  }

  async write({ rows, columns }: Block): Promise<void> {
    const letters = this.#letters, writers = this.#writers;
    for (let row = 0; row < rows; row++) {
      const sheet = this.#sheet ?? this.#beginSheet();
      const number = sheet.rows + 1;
      let cells = "";
      for (let i = 0; i < columns.length; i++) {
        cells += writers[i]!(letters[i]! + number, row, columns[i]!);
      }
      const due = sheet.add(cells);
      if (due) await sheet.flush();
      if (number === this.#limits.rows) await this.#endSheet();
      else if (due) await this.#watchSize(sheet);
    }
  }

  async finish(): Promise<void> {
    if (this.#names.length === 0) this.#beginSheet();
    await this.#endSheet();
    await this.#writeRecording();
    const zip = this.#zip, sheets = this.#names.length;
    zip.begin("xl/sharedStrings.xml");
    for (const xml of this.#shared.xml()) await zip.write(xml);
    await zip.end();
    await zip.add("xl/workbook.xml", workbookXml(this.#names));
    await zip.add("xl/_rels/workbook.xml.rels", workbookRelationships(sheets));
    await zip.add("[Content_Types].xml", contentTypes(sheets));
    zip.finish();
    await this.#file.finish();
  }

  async abort(): Promise<void> {
    this.#zip.abort();
    await this.#file.abort();
  }

  #writerOf({ kind, repeats }: Column): WriteCell {
    const cells = this.#cells;
    if (kind !== "text") return (ref, row, values) => cells[kind](ref, values[row] as number);
    const write = repeats ? "repeated" : "text";
    return (ref, row, values) => {
      const text = values[row] as string | undefined;
      return text === undefined ? "" : cells[write](ref, text);
    };
  }

  #beginSheet(): Sheet {
    const { columns } = this.#info;
    const n = this.#names.push(this.#t.data(this.#names.length + 1));
    const sheet = new Sheet(this.#zip, n, { widths: columns.map(widthOf), frozenRows: 1 });
    sheet.add(
      columns.map(({ name }, i) => this.#cells.text(`${this.#letters[i]}1`, name, STYLES.header))
        .join(""),
    );
    return this.#sheet = sheet;
  }

  async #endSheet(): Promise<void> {
    await this.#sheet?.end();
    this.#sheet = undefined;
  }

  async #writeRecording(): Promise<void> {
    const n = this.#names.push(this.#t.recording);
    const sheet = new Sheet(this.#zip, n, { widths: RECORDING_WIDTHS });
    for (const cells of recordingRows(this.#info, this.#cells, this.#t)) {
      if (sheet.add(cells)) await sheet.flush();
    }
    await sheet.end();
  }

  /** Goes on in another sheet, or gives up, before zip cannot count the bytes any more. */
  async #watchSize(sheet: Sheet): Promise<void> {
    const most = this.#limits.bytes - RESERVE_BYTES;
    if (this.#zip.length > most) throw new UserError((t) => t.sheet.tooLarge);
    if (sheet.bytes > most) await this.#endSheet();
  }
}

/**
 * Opens a workbook.
 *
 * @throws {RangeError} A sheet has no room for that many columns, or there are none.
 */
export async function openXlsx(
  path: string,
  info: TableInfo,
  limits: XlsxLimits = LIMITS,
): Promise<TableWriter> {
  const { length } = info.columns;
  if (length === 0 || length > MAX_COLUMNS) {
    throw new RangeError(`Cannot write a sheet: it has ${length} columns`);
  }
  const file = await ByteFile.create(path);
  const workbook = new XlsxWorkbook(file, info, limits);
  try {
    await workbook.begin();
  } catch (error) {
    await workbook.abort();
    throw error;
  }
  return workbook;
}

const open: OpenTableWriter = (path, info) => openXlsx(path, info);

/** Excel, LibreOffice, Numbers. */
export const format: TableFormat = { open, maxColumns: MAX_COLUMNS, countsRows: true };
