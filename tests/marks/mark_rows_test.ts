import assert from "node:assert/strict";
import { parse } from "@std/csv/parse";
import { MARK_LAYOUT, markRow, parseMarkRow, RowEnds } from "../../lib/marks/mark_rows.ts";
import { START } from "../support/arbitrary.ts";
import { TEXTS } from "../support/marks.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const HEADER = "timestamp,text\r\n";

Deno.test("markRow() and parseMarkRow() keep every text", () => {
  for (const text of TEXTS) {
    const row = markRow({ time: START, text });
    assert.deepEqual(parseMarkRow(row), { time: START, text });
    // `@std/csv` reads a CRLF inside quotes as LF.
    const read = text.replaceAll("\r\n", "\n");
    assert.deepEqual(parse(row), [[new Date(START).toISOString(), read]]);
  }
});

Deno.test("markRow() writes no NUL and no lone surrogate", () => {
  assert.match(markRow({ time: START, text: "a\0b\ud800c" }), /,"a\ufffdb\ufffdc"\r\n$/);
});

Deno.test("parseMarkRow() refuses rows that markRow() does not write", () => {
  const row = markRow({ time: START, text: "a" });
  for (
    const other of [
      row.replace("\r\n", "\n"),
      row.replaceAll('"', ""),
      row.replace("2026", "20x6"),
      row.replace("-11-", "-13-"),
      row + row,
      "",
      row.replace("a", '"'),
      row.replace("a", "\0"),
    ]
  ) assert.equal(parseMarkRow(other), undefined, other);
});

Deno.test("RowEnds finds the same ends however the bytes are cut", () => {
  const all = bytes(
    HEADER + TEXTS.slice(0, -1).map((text) => markRow({ time: START, text })).join(""),
  );
  const whole: number[] = [];
  const ends = new RowEnds();
  for (let at = 0; (at = ends.next(all, at)) > 0;) whole.push(at);
  assert.equal(whole.length, TEXTS.length);
  assert.equal(whole.at(-1), all.length);
  for (const size of [1, 2, 3, 7]) {
    const parts = new RowEnds();
    const found: number[] = [];
    for (let from = 0; from < all.length; from += size) {
      const part = all.subarray(from, from + size);
      for (let at = 0; (at = parts.next(part, at)) > 0;) found.push(from + at);
    }
    assert.deepEqual(found, whole);
  }
});

Deno.test("MARK_LAYOUT.scanEnd() finds the last whole row, wherever a crash cut the next one", () => {
  const first = bytes(HEADER + markRow({ time: START, text: 'a\r\n"b"' }));
  const next = bytes(markRow({ time: START, text: 'c "d"\r\ne' }));
  for (let cut = 0; cut < next.length; cut++) {
    const file = new Uint8Array([...first, ...next.subarray(0, cut)]);
    assert.deepEqual(MARK_LAYOUT.scanEnd(file, true), { end: first.length }, String(cut));
  }
  assert.equal(MARK_LAYOUT.scanEnd(first, false), "more");
});
