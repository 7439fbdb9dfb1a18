/** One sheet of a workbook, written row by row. */

import type { ZipFile } from "./zip_file.ts";
import { sheetPath } from "./package.ts";

/** Characters of XML that are made before they are compressed. */
const CHUNK_CHARACTERS = 1 << 17;

/** How a sheet begins. */
export interface SheetLayout {
  /** Widths of the columns, in characters. */
  readonly widths: readonly number[];
  /** Rows at the top that stay in view. @default {0} */
  readonly frozenRows?: number;
}

function beginning({ widths, frozenRows = 0 }: SheetLayout): string {
  const pane = frozenRows === 0
    ? ""
    : `<pane ySplit="${frozenRows}" topLeftCell="A${frozenRows + 1}" activePane="bottomLeft" ` +
      'state="frozen"/>';
  const columns = widths.map((width, i) =>
    `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`
  );
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>\
<sheetView workbookViewId="0">${pane}</sheetView></sheetViews>\
<sheetFormatPr defaultRowHeight="15"/>${
    columns.length > 0 ? `<cols>${columns.join("")}</cols>` : ""
  }<sheetData>`;
}

/** A sheet that is being written; the only one of its archive. */
export class Sheet {
  /** Rows written. */
  rows = 0;
  /** Bytes of XML, before compression. */
  bytes = 0;
  readonly #zip: ZipFile;
  #xml: string;

  /** @param n Its number in the workbook, from 1. */
  constructor(zip: ZipFile, n: number, layout: SheetLayout) {
    this.#zip = zip;
    this.#xml = beginning(layout);
    zip.begin(sheetPath(n));
  }

  /**
   * Adds a row.
   *
   * @param cells Its cells, for row number {@linkcode rows} + 1.
   * @returns Whether {@linkcode flush} is due.
   */
  add(cells: string): boolean {
    this.rows++;
    this.#xml += `<row r="${this.rows}">${cells}</row>`;
    return this.#xml.length >= CHUNK_CHARACTERS;
  }

  async flush(): Promise<void> {
    const xml = this.#xml;
    this.#xml = "";
    this.bytes += await this.#zip.write(xml);
  }

  async end(): Promise<void> {
    this.#xml += "</sheetData></worksheet>";
    await this.flush();
    await this.#zip.end();
  }
}
