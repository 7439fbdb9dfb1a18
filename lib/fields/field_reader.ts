/** Turns payloads into fields: numbers, booleans and texts with names. */

import { BINARY, BOOLEAN, ESCAPED, FieldList, INTEGER, NULL, NUMBER, TEXT } from "./field_list.ts";
import type { FieldNode } from "./field_node.ts";
import { JsonFields, unescapeJson } from "./json_fields.ts";
import { NumberScan } from "./number_scan.ts";
import { TextCache } from "./text_cache.ts";
import { isUnit } from "./units.ts";
import { HIGH, NUL } from "../message/byte_classes.ts";
import { ascii, isUtf8 } from "../message/utf8.ts";

const MINUS = 45, ZERO = 48, NINE = 57, QUOTE = 34, OPEN_ARRAY = 91, OPEN_OBJECT = 123;
/** No longer text is a switch or a unit, in bytes. */
const MAX_SWITCH = 5, MAX_UNIT = 32;
const TRUE = ascii("true"), FALSE = ascii("false"), NOTHING = ascii("null");
const ON = ascii("on"), OFF = ascii("off");

/** Messages that any reader has read: two readers may use one tree, whose nodes remember it. */
let serial = 0;

/** Options of {@linkcode FieldReader}. */
export interface FieldReaderOptions {
  /** Makes `ON`, `OFF`, `true` and `false`, in any case, the numbers 1 and 0. @default {false} */
  readonly switchesAsNumbers?: boolean;
}

/** A reader, used again for every payload. */
export class FieldReader {
  /** The fields of the last payload. */
  readonly fields = new FieldList();
  readonly #json = new JsonFields(this.fields);
  readonly #number = new NumberScan();
  readonly #texts = new TextCache();
  readonly #switches: boolean;
  #bytes: Uint8Array = new Uint8Array();

  constructor({ switchesAsNumbers = false }: FieldReaderOptions = {}) {
    this.#switches = switchesAsNumbers;
  }

  /**
   * Reads the payload `bytes[start, end)` below `root`; the result is in `fields`, valid until the
   * next call. There is at least one field; an empty payload is an empty text.
   *
   * @param classes Its byte classes, see `byteClassesOf`.
   */
  read(bytes: Uint8Array, start: number, end: number, classes: number, root: FieldNode): void {
    const { fields } = this;
    fields.clear();
    this.#bytes = bytes;
    const whole = end;
    // C programs send the NUL that ends their strings.
    if ((classes & NUL) !== 0) { while (end > start && bytes[end - 1] === 0) end--; }
    // Other zeros, or nothing else: bytes, not text.
    const isBinary = (classes & NUL) !== 0 &&
      (start === end || bytes.subarray(start, end).includes(0));
    if (isBinary || (classes & HIGH) !== 0 && !isUtf8(bytes, start, end)) {
      return fields.pushText(root, BINARY, start, whole);
    }
    let from = start, to = end;
    while (from < to && isSpace(bytes[from]!)) from++;
    while (to > from && isSpace(bytes[to - 1]!)) to--;
    const first = from < to ? bytes[from]! : 0;
    if (first >= ZERO && first <= NINE || first === MINUS) {
      if (this.#numeral(from, to, root)) return;
    } else if (first === OPEN_OBJECT || first === OPEN_ARRAY || first === QUOTE) {
      if (this.#json.read(bytes, from, to, root, ++serial)) {
        if (this.#switches) this.#switchFields();
        return;
      }
      fields.clear();
    } else if (isWord(bytes, from, to, TRUE, false)) return this.#boolean(root, 1);
    else if (isWord(bytes, from, to, FALSE, false)) return this.#boolean(root, 0);
    else if (isWord(bytes, from, to, NOTHING, false)) return fields.pushNumber(root, NULL, 0);
    fields.pushText(root, TEXT, start, end);
    if (this.#switches) this.#switchFields();
  }

  /** The text of field `i`, a TEXT, ESCAPED or BINARY. */
  text(i: number): string {
    const { kinds, starts, ends } = this.fields;
    const bytes = this.#bytes, start = starts[i]!, end = ends[i]!;
    if (kinds[i] === TEXT) return this.#texts.text(bytes, start, end);
    return kinds[i] === ESCAPED
      ? unescapeJson(bytes, start, end)
      : bytes.subarray(start, end).toBase64();
  }

  #boolean(root: FieldNode, value: number): void {
    this.fields.pushNumber(root, this.#switches ? INTEGER : BOOLEAN, value);
  }

  /** A number, perhaps with a unit; false if it is neither. */
  #numeral(from: number, to: number, root: FieldNode): boolean {
    const bytes = this.#bytes, number = this.#number;
    const end = number.read(bytes, from, to);
    if (end < 0 || !number.exact) return false;
    const { value, integer } = number;
    if (end < to) {
      if (to - end > MAX_UNIT) return false;
      const after = this.#texts.text(bytes, end, to);
      const unit = after.replace(/^[ \u00a0\u202f]+/, "");
      if (!isUnit(unit, unit !== after)) return false;
      this.fields.unit = unit;
    }
    this.fields.pushNumber(root, integer ? INTEGER : NUMBER, value);
    return true;
  }

  /** Makes numbers of switches. */
  #switchFields(): void {
    const { count, kinds, numbers, starts, ends } = this.fields;
    const bytes = this.#bytes;
    for (let i = 0; i < count; i++) {
      if (kinds[i] === BOOLEAN) kinds[i] = INTEGER;
      else if (kinds[i] === TEXT && ends[i]! - starts[i]! <= MAX_SWITCH) {
        const start = starts[i]!, end = ends[i]!;
        const on = isWord(bytes, start, end, ON, true) || isWord(bytes, start, end, TRUE, true);
        const off = !on &&
          (isWord(bytes, start, end, OFF, true) || isWord(bytes, start, end, FALSE, true));
        if (!on && !off) continue;
        kinds[i] = INTEGER;
        numbers[i] = on ? 1 : 0;
      }
    }
  }
}

function isWord(
  bytes: Uint8Array,
  start: number,
  end: number,
  word: Uint8Array,
  anyCase: boolean,
): boolean {
  if (end - start !== word.length) return false;
  const fold = anyCase ? 32 : 0;
  for (let i = 0; i < word.length; i++) if ((bytes[start + i]! | fold) !== word[i]) return false;
  return true;
}

function isSpace(byte: number): boolean {
  return byte === 32 || byte >= 9 && byte <= 13;
}
