/** The texts that cells share, in bounded memory. */

import { textElement } from "./xml_text.ts";

const MAX_TEXTS = 65_536;
const MAX_CHARACTERS = 1 << 23;
const PART_CHARACTERS = 1 << 17;

/** The shared strings of a workbook: what does not fit stands in its cells instead. */
export class SharedTexts {
  /** Cells that share a text. */
  #uses = 0;
  #characters = 0;
  readonly #indexes = new Map<string, number>();

  /** The place of a text in the table; undefined if the table is full. */
  indexOf(text: string): number | undefined {
    let index = this.#indexes.get(text);
    if (index === undefined) {
      const full = this.#indexes.size === MAX_TEXTS ||
        this.#characters + text.length > MAX_CHARACTERS;
      if (full) return undefined;
      index = this.#indexes.size;
      this.#indexes.set(text, index);
      this.#characters += text.length;
    }
    this.#uses++;
    return index;
  }

  /** The table as XML, in parts of some size. */
  *xml(): Generator<string> {
    let xml = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="${this.#uses}" uniqueCount="${this.#indexes.size}">`;
    for (const text of this.#indexes.keys()) {
      xml += `<si>${textElement(text)}</si>`;
      if (xml.length < PART_CHARACTERS) continue;
      yield xml;
      xml = "";
    }
    yield xml + "</sst>";
  }
}
