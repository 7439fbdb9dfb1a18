import assert from "node:assert/strict";
import { appendNumber } from "../../../lib/export/writers/number_text.ts";
import { ByteBuffer } from "../../../lib/message/byte_buffer.ts";
import { seeded } from "../../support/arbitrary.ts";

function textOf(value: number, point?: string): string {
  const out = new ByteBuffer(0);
  appendNumber(out, value, point?.charCodeAt(0));
  return new TextDecoder().decode(out.view());
}

Deno.test("appendNumber() writes what String() writes, for numbers of every kind", () => {
  const random = seeded(9);
  const values = [0, 1, -1, 0.1, -0.5, 9.99, 10, 100.001, 2 ** 30, -(2 ** 30), 2 ** 53 - 1];
  values.push(1e21, 1e-7, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 0.000001, 1234.567891);
  for (let i = 0; i < 20_000; i++) {
    const digits = random(2 ** 31) - 2 ** 30, decimals = random(12);
    values.push(digits / 10 ** decimals, random(1000) / 100, digits * 2 ** (random(200) - 100));
  }
  for (const value of values) {
    const text = textOf(value);
    assert.equal(Number(text), value);
    assert.ok(text === String(value) || /e/.test(String(value)), `${text} ${value}`);
  }
  assert.equal(textOf(-0), "0");
});

Deno.test("appendNumber() writes the decimal mark of a locale", () => {
  const numbers = [21.5, -0.25, 0.1 + 0.2, 7];
  assert.deepEqual(numbers.map((n) => textOf(n, ",")), [
    "21,5",
    "-0,25",
    "0,30000000000000004",
    "7",
  ]);
});
