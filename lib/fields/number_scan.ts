/** Reads a number as JSON spells it, exactly: what a double cannot hold stays a text. */

const ZERO = 48, NINE = 57, MINUS = 45, PLUS = 43, POINT = 46;
/** Digits that a double holds for certain. */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);
const decoder = new TextDecoder();

/** A reader of numbers: the last one is in its properties, so that none is an object. */
export class NumberScan {
  value = 0;
  /** Whether it has neither a fraction nor an exponent. */
  integer = false;
  /** Whether `value` is the number: no integer above 2^53, no overflow, no underflow. */
  exact = false;

  /** Where the number at `at` ends; -1 if there is none, as in `007`, whose zeros mean something. */
  read(bytes: Uint8Array, at: number, end: number): number {
    let i = at, digits = 0, mantissa = 0, decimals = 0;
    const negative = bytes[i] === MINUS;
    if (negative) i++;
    const first = i;
    for (; i < end && isDigit(bytes[i]!); i++) mantissa = mantissa * 10 + bytes[i]! - ZERO;
    digits = i - first;
    if (digits === 0 || digits > 1 && bytes[first] === ZERO) return -1;
    this.integer = true;
    if (i < end && bytes[i] === POINT) {
      const from = ++i;
      for (; i < end && isDigit(bytes[i]!); i++) mantissa = mantissa * 10 + bytes[i]! - ZERO;
      decimals = i - from;
      if (decimals === 0) return -1;
      this.integer = false;
    }
    let exponent = false;
    if (i < end && (bytes[i]! | 32) === 101) {
      const sign = bytes[i + 1] === MINUS || bytes[i + 1] === PLUS ? 1 : 0;
      let k = i + 1 + sign;
      const from = k;
      while (k < end && isDigit(bytes[k]!)) k++;
      if (k === from) return -1;
      i = k;
      exponent = true;
      this.integer = false;
    }
    if (!exponent && digits + decimals <= EXACT_DIGITS) {
      // Correctly rounded, as both are exact [Clinger, "How to Read Floating Point Numbers"].
      const value = decimals === 0 ? mantissa : mantissa / POWERS_OF_TEN[decimals]!;
      this.value = negative ? -value : value;
      this.exact = true;
      return i;
    }
    const value = Number(decoder.decode(bytes.subarray(at, i)));
    this.value = value;
    this.exact = exponent
      ? Number.isFinite(value) && (value !== 0 || mantissa === 0)
      : Math.abs(value) <= Number.MAX_SAFE_INTEGER && (value !== 0 || mantissa === 0);
    return i;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
