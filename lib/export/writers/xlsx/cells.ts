/** Cells of a sheet as XML: times, numbers, booleans and texts that stay what they are. */

import type { Zone } from "../../zone.ts";
import type { SharedTexts } from "./shared_texts.ts";
import { STYLES } from "./styles.ts";
import { textElement } from "./xml_text.ts";

const DAY_MS = 86_400_000;
/** Days from Excel's day 0 to 1970. */
const UNIX_EPOCH_DAY = 25_569;
/** 1 March 1900: Excel counts a day before it that there never was. */
const MIN_TIME = -2_203_891_200_000;
/** The year 10000. */
const MAX_TIME = 253_402_300_800_000;
/** UTF-16 units that a cell holds. */
export const MAX_TEXT = 32_767;
/** A double that is smaller is 0 to Excel. */
const MIN_NORMAL = 2 ** -1022;
/** Excel shows 15 digits, and zeros for the others: a longer number is mostly an identifier. */
const MAX_SHOWN = 1e15;

/** The letters of a column: 0 is A, 26 is AA. */
export function columnName(column: number): string {
  const letter = String.fromCharCode(65 + column % 26);
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter;
}

/** Writes cells; `ref` is their place, as in `B2`. An empty string is no cell. */
export class Cells {
  /** Texts that were cut, being longer than a cell holds. */
  cut = 0;
  readonly #zone: Zone;
  readonly #shared: SharedTexts;
  /** What stands for the rest of a text: its length is given. */
  readonly #cutMark: (length: number) => string;

  constructor(zone: Zone, shared: SharedTexts, cutMark: (length: number) => string) {
    this.#zone = zone;
    this.#shared = shared;
    this.#cutMark = cutMark;
  }

  /** @param time ms since 1970 UTC. */
  time(ref: string, time: number): string {
    const local = time + this.#zone.offset(time);
    if (local >= MIN_TIME && local < MAX_TIME) {
      return `<c r="${ref}" s="${STYLES.time}"><v>${local / DAY_MS + UNIX_EPOCH_DAY}</v></c>`;
    }
    return Number.isNaN(time) ? "" : this.text(ref, new Date(time).toISOString());
  }

  number(ref: string, value: number): string {
    if (Number.isNaN(value)) return "";
    const size = Math.abs(value);
    const isChanged = size === Infinity || size < MIN_NORMAL && size > 0 ||
      size >= MAX_SHOWN && Number.isSafeInteger(value);
    if (isChanged) return this.text(ref, String(value));
    return `<c r="${ref}"><v>${value}</v></c>`;
  }

  integer(ref: string, value: number): string {
    if (Number.isNaN(value)) return "";
    if (Math.abs(value) >= MAX_SHOWN) return this.text(ref, String(value));
    return `<c r="${ref}" s="${STYLES.integer}"><v>${value}</v></c>`;
  }

  boolean(ref: string, value: number): string {
    return value > 1 ? "" : `<c r="${ref}" t="b"><v>${value}</v></c>`;
  }

  /** @param style One of {@linkcode STYLES}; that of texts stops Excel from reading them anew. */
  text(ref: string, text: string, style: number = STYLES.text): string {
    const content = textElement(text.length > MAX_TEXT ? this.#cutText(text) : text);
    return `<c r="${ref}" s="${style}" t="inlineStr"><is>${content}</is></c>`;
  }

  /** A text that comes often. */
  repeated(ref: string, text: string): string {
    const index = text.length > MAX_TEXT ? undefined : this.#shared.indexOf(text);
    if (index === undefined) return this.text(ref, text);
    return `<c r="${ref}" s="${STYLES.text}" t="s"><v>${index}</v></c>`;
  }

  #cutText(text: string): string {
    this.cut++;
    const mark = this.#cutMark(text.length);
    const end = MAX_TEXT - mark.length;
    // No half of a surrogate pair.
    return text.slice(0, /[\ud800-\udbff]/.test(text[end - 1]!) ? end - 1 : end) + mark;
  }
}
