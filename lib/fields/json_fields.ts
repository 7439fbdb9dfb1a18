/** Reads a JSON payload into fields with dotted names, strictly, from bytes. */

import { BOOLEAN, ESCAPED, type FieldList, INTEGER, NULL, NUMBER, TEXT } from "./field_list.ts";
import type { FieldNode } from "./field_node.ts";
import { NumberScan } from "./number_scan.ts";
import { ascii } from "../message/utf8.ts";

/** Objects and arrays inside each other that become fields; what lies deeper stays JSON text. */
export const MAX_DEPTH = 16;
/** Fields of one message; a payload with more stays text. */
const MAX_FIELDS = 100_000;
/** How often an object may repeat a key. */
const MAX_COPIES = 100;

const TAB = 9, LF = 10, CR = 13, SPACE = 32;
const QUOTE = 34, COMMA = 44, MINUS = 45, ZERO = 48, NINE = 57, COLON = 58, OPEN_ARRAY = 91;
const BACKSLASH = 92, CLOSE_ARRAY = 93, U = 117, OPEN_OBJECT = 123, CLOSE_OBJECT = 125;
const TRUE = ascii("true"), FALSE = ascii("false"), NOTHING = ascii("null");
/** The letters of two-character escapes. */
const ESCAPES = new Set(ascii('"\\/bfnrt'));

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of a JSON string with escapes, from the bytes between its quotes. */
export function unescapeJson(bytes: Uint8Array, start: number, end: number): string {
  return JSON.parse(`"${decoder.decode(bytes.subarray(start, end))}"`) as string;
}

/** A reader, used again for every payload. */
export class JsonFields {
  readonly #fields: FieldList;
  readonly #number = new NumberScan();
  #bytes: Uint8Array = new Uint8Array();
  #end = 0;
  #at = 0;
  #serial = 0;
  #escaped = false;

  /** @param fields Where fields go. */
  constructor(fields: FieldList) {
    this.#fields = fields;
  }

  /**
   * Reads `bytes[start, end)`, which is valid UTF-8, below `root`.
   *
   * @param serial A number that no other message has.
   * @returns Whether it is one JSON value that fits; otherwise the fields are to be forgotten.
   */
  read(bytes: Uint8Array, start: number, end: number, root: FieldNode, serial: number): boolean {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#serial = serial;
    if (!this.#value(root, 0)) return false;
    this.#space();
    return this.#at === end;
  }

  #value(node: FieldNode, depth: number): boolean {
    this.#space();
    const fields = this.#fields, byte = this.#peek();
    if (fields.count === MAX_FIELDS) return false;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (depth === MAX_DEPTH) return this.#keep(node);
      return byte === OPEN_OBJECT ? this.#object(node, depth) : this.#array(node, depth);
    }
    if (byte === QUOTE) {
      const start = this.#at + 1;
      if (!this.#string()) return false;
      fields.pushText(node, this.#escaped ? ESCAPED : TEXT, start, this.#at - 1);
      return true;
    }
    if (byte === MINUS || byte >= ZERO && byte <= NINE) return this.#numeral(node);
    if (this.#literal(TRUE)) fields.pushNumber(node, BOOLEAN, 1);
    else if (this.#literal(FALSE)) fields.pushNumber(node, BOOLEAN, 0);
    else if (this.#literal(NOTHING)) fields.pushNumber(node, NULL, 0);
    else return false;
    return true;
  }

  #numeral(node: FieldNode): boolean {
    const start = this.#at, number = this.#number;
    const end = number.read(this.#bytes, start, this.#end);
    if (end < 0) return false;
    this.#at = end;
    if (!number.exact) this.#fields.pushText(node, TEXT, start, end);
    else this.#fields.pushNumber(node, number.integer ? INTEGER : NUMBER, number.value);
    return true;
  }

  #object(node: FieldNode, depth: number): boolean {
    const start = this.#at++;
    this.#space();
    if (this.#peek() === CLOSE_OBJECT) return this.#empty(node, start);
    for (;;) {
      this.#space();
      const from = this.#at + 1;
      if (this.#peek() !== QUOTE || !this.#string()) return false;
      let child = this.#escaped
        ? this.#escapedChild(node, from, this.#at - 1)
        : node.child(this.#bytes, from, this.#at - 1);
      for (let copies = 0; child.seen === this.#serial; child = child.twin()) {
        if (++copies === MAX_COPIES) return false;
      }
      child.seen = this.#serial;
      this.#space();
      if (this.#peek() !== COLON) return false;
      this.#at++;
      if (!this.#value(child, depth + 1)) return false;
      this.#space();
      const next = this.#peek();
      this.#at++;
      if (next === CLOSE_OBJECT) return true;
      if (next !== COMMA) return false;
    }
  }

  #array(node: FieldNode, depth: number): boolean {
    const start = this.#at++;
    this.#space();
    if (this.#peek() === CLOSE_ARRAY) return this.#empty(node, start);
    for (let i = 0;; i++) {
      if (!this.#value(node.item(i), depth + 1)) return false;
      this.#space();
      const next = this.#peek();
      this.#at++;
      if (next === CLOSE_ARRAY) return true;
      if (next !== COMMA) return false;
    }
  }

  /** An object or array without anything in it stays what it is. */
  #empty(node: FieldNode, start: number): boolean {
    this.#at++;
    this.#fields.pushText(node, TEXT, start, this.#at);
    return true;
  }

  #escapedChild(node: FieldNode, start: number, end: number): FieldNode {
    const key = encoder.encode(unescapeJson(this.#bytes, start, end));
    return node.child(key, 0, key.length);
  }

  /** Keeps the value at the current place as JSON text. Without recursion: it may be very deep. */
  #keep(node: FieldNode): boolean {
    const start = this.#at;
    const open: number[] = [];
    for (;;) {
      this.#space();
      const byte = this.#peek();
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.#at++;
        open.push(byte);
        this.#space();
        const closes = this.#peek() === (byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY);
        if (!closes) {
          if (byte === OPEN_OBJECT && !this.#key()) return false;
          continue;
        }
      } else if (!this.#scalar()) return false;
      for (;;) {
        this.#space();
        const next = this.#peek(), top = open.at(-1);
        this.#at++;
        if (next === COMMA) {
          if (top === OPEN_OBJECT && !this.#key()) return false;
          break;
        }
        if (next !== (top === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) return false;
        open.pop();
        if (open.length > 0) continue;
        this.#fields.pushText(node, TEXT, start, this.#at);
        return true;
      }
    }
  }

  #key(): boolean {
    this.#space();
    if (this.#peek() !== QUOTE || !this.#string()) return false;
    this.#space();
    return this.#peek() === COLON && ++this.#at > 0;
  }

  #scalar(): boolean {
    const byte = this.#peek();
    if (byte === QUOTE) return this.#string();
    if (byte === MINUS || byte >= ZERO && byte <= NINE) {
      const end = this.#number.read(this.#bytes, this.#at, this.#end);
      if (end < 0) return false;
      this.#at = end;
      return true;
    }
    return this.#literal(TRUE) || this.#literal(FALSE) || this.#literal(NOTHING);
  }

  /** Passes the string at the current place; sets `#escaped`. */
  #string(): boolean {
    const bytes = this.#bytes, end = this.#end;
    this.#escaped = false;
    for (let i = this.#at + 1; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === QUOTE) {
        this.#at = i + 1;
        return true;
      }
      if (byte < SPACE) return false;
      if (byte !== BACKSLASH) continue;
      this.#escaped = true;
      const letter = bytes[++i]!;
      if (i >= end) return false;
      if (letter === U) {
        for (const stop = i + 4; i < stop;) if (++i >= end || !isHex(bytes[i]!)) return false;
      } else if (!ESCAPES.has(letter)) return false;
    }
    return false;
  }

  #literal(text: Uint8Array): boolean {
    const at = this.#at;
    if (at + text.length > this.#end) return false;
    for (let i = 0; i < text.length; i++) if (this.#bytes[at + i] !== text[i]) return false;
    this.#at += text.length;
    return true;
  }

  #peek(): number {
    return this.#at < this.#end ? this.#bytes[this.#at]! : -1;
  }

  #space(): void {
    const bytes = this.#bytes, end = this.#end;
    let at = this.#at;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) break;
    }
    this.#at = at;
  }
}

function isHex(byte: number): boolean {
  return byte >= ZERO && byte <= NINE || (byte | 32) >= 97 && (byte | 32) <= 102;
}
