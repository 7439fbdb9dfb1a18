import assert from "node:assert/strict";
import { csv } from "../../lib/formats/csv.ts";
import type { EndScan } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import {
  arbitraryMessage,
  bytes,
  concat,
  FAKE_CSV_ROW,
  fileOf,
  message,
  rowsOf,
  seeded,
} from "../support/arbitrary.ts";

/** Where each row of the file of `messages` ends, the header's end first. */
function ends(messages: readonly Message[]): number[] {
  let at = csv.header.length;
  return [at, ...messages.map((one) => at += rowsOf(csv, [one]).length)];
}

/** Whether an answer about `file` from offset `from` on is final. */
function isSure(scan: EndScan, file: Uint8Array, from: number): scan is { end: number } {
  if (typeof scan !== "object" || scan.ambiguity === undefined) return typeof scan === "object";
  const { byte, within } = scan.ambiguity;
  return !file.subarray(Math.max(0, file.length - within), from).includes(byte);
}

/** Windows growing from the end as they do at opening. */
function scan(file: Uint8Array, firstWindow: number): number {
  for (let window = firstWindow;; window *= 4) {
    const from = Math.max(0, file.length - window);
    const found = csv.scanEnd(file.subarray(from), from === 0);
    assert.notEqual(found, "foreign");
    if (isSure(found, file, from)) return from + found.end;
    assert.ok(from > 0, "the whole file must be enough");
  }
}

Deno.test("files torn at any byte are cut behind their last whole row, whatever the window", () => {
  const random = seeded(5);
  for (let round = 0; round < 40; round++) {
    const messages = Array.from({ length: 12 }, () => arbitraryMessage(random));
    const file = fileOf(csv, messages);
    const rows = ends(messages);
    for (let length = rows.at(-5)!; length <= file.length; length++) {
      const wanted = rows.findLast((end) => end <= length);
      const torn = file.subarray(0, length);
      for (const window of [16, 100, 700]) {
        assert.equal(scan(torn, window), wanted, `${round}: ${length} bytes, window ${window}`);
      }
    }
  }
});

/** Payloads made to be taken for rows, or for the ends of fields. */
const TRAPS = [
  FAKE_CSV_ROW,
  FAKE_CSV_ROW.repeat(30),
  `x\n${FAKE_CSV_ROW}${FAKE_CSV_ROW}`,
  `x\n${FAKE_CSV_ROW}2026-11-23T10:00:00.123Z,t,`,
  ",utf-8,1,false,false\r\n2026-11-23T10:00:00.123Z,t,",
  `,utf-8,1,false,false\r\n${FAKE_CSV_ROW}2026-11-23T10:00:00.123Z,t,`,
  `",utf-8,1,false,false\r\n${FAKE_CSV_ROW}`,
  `\n2026-11-23T10:00:00.123Z,t,"",utf-8,1,false,false\r\n${FAKE_CSV_ROW}`,
  `"\n2026-11-23T10:00:00.123Z,"t",""x"",utf-8,1,false,false\r\n`,
  "1",
];

Deno.test("no window into files full of smuggled rows gives a wrong answer", () => {
  const random = seeded(6);
  let answers = 0;
  for (let round = 0; round < 60; round++) {
    const messages = Array.from({ length: 8 }, () => {
      const pick = () => TRAPS[random(TRAPS.length)]!;
      return message(random(3) === 0 ? `t\n${pick()}`.replaceAll(/[+#]/g, "") : "t", pick());
    });
    const file = fileOf(csv, messages);
    const rows = ends(messages);
    for (let k = 0; k < 150; k++) {
      const length = rows[4]! + random(file.length - rows[4]! + 1);
      const from = 1 + random(length - 1);
      const torn = file.subarray(0, length);
      const found = csv.scanEnd(torn.subarray(from), false);
      assert.notEqual(found, "foreign");
      if (!isSure(found, torn, from)) continue;
      answers++;
      assert.equal(from + found.end, rows.findLast((end) => end <= length), `${from}..${length}`);
    }
  }
  assert.ok(answers > 1000, `${answers} answers`);
});

Deno.test("a field that opens in the line the window cuts is not passed over", () => {
  const smuggler = ",utf-8,1,false,false\r\n2026-11-23T10:00:00.123Z,t,";
  const messages = [smuggler, "1", "1", '",utf-8,1,false,false\r\n2'].map((p) => message("t", p));
  const file = fileOf(csv, messages);
  const rows = ends(messages);
  const torn = file.subarray(0, file.length - 30);
  for (let from = 1; from < rows[3]!; from++) {
    const found = csv.scanEnd(torn.subarray(from), false);
    if (isSure(found, torn, from)) assert.equal(from + found.end, rows[3], `from ${from}`);
  }
});

Deno.test("one quoted row in the window is enough to answer", () => {
  const messages = Array.from({ length: 50 }, (_, i) => message("t", i === 40 ? '{"a":1}' : "1"));
  const file = fileOf(csv, messages);
  const rows = ends(messages);
  assert.deepEqual(csv.scanEnd(file.subarray(rows[38]! + 3), false), {
    end: file.length - rows[38]! - 3,
  });
});

Deno.test("zeros left by a power cut are cut off behind the last whole row", () => {
  for (const payload of ["1", '{"a":1}']) {
    const file = fileOf(csv, Array.from({ length: 30 }, () => message("t", payload)));
    const zeros = concat(file, new Uint8Array(500));
    assert.equal(scan(zeros, 700), file.length);
    assert.equal(scan(concat(file, FAKE_BEGIN, new Uint8Array(500)), 700), file.length);
  }
});
const FAKE_BEGIN = bytes("2026-11-23T10:00:00.123Z,t,1");

Deno.test("rows of somebody else under a header like ours are foreign, a torn first row is not", () => {
  const whole = (rows: string) => csv.scanEnd(concat(csv.header, bytes(rows)), true);
  assert.equal(whole("2026,t,1\r\n"), "foreign");
  assert.equal(whole("a,b\nc,d\n"), "foreign");
  assert.deepEqual(whole("2026-11-23T1"), { end: csv.header.length });
  assert.deepEqual(whole("2026-11-23T10:00:00.123Z,t,1,utf-8,1,fa"), { end: csv.header.length });
});

Deno.test("a line spoilt in the middle costs none of the whole rows behind it", () => {
  const file = concat(
    fileOf(csv, [message("t", "1")]),
    bytes("spoilt by hand\r\n"),
    rowsOf(csv, [message("t", "2"), message("t", "3")]),
  );
  assert.deepEqual(csv.scanEnd(file, true), { end: file.length });
});

Deno.test("years beyond four digits are rows too", () => {
  const messages = [message("t", "1", 8.64e15), message("t", "1", -8.64e15)];
  const file = fileOf(csv, messages);
  assert.equal(scan(file, 10_000), file.length);
  for (let cut = 1; cut < 50; cut++) {
    assert.equal(scan(file.subarray(0, file.length - cut), 10_000), ends(messages)[1]);
  }
});

Deno.test("a window of line ends, commas and row beginnings is read in linear time", () => {
  const start = performance.now();
  const size = 1 << 20;
  for (const part of ["\n", "\n,", "\n2026-11-23T10:00:00.123Z,", FAKE_CSV_ROW, `\n"`, '""']) {
    csv.scanEnd(bytes(part.repeat(size / part.length)), false);
  }
  assert.ok(performance.now() - start < 3000);
});

/** Recordings of which one byte is damaged. */
const DAMAGED: Readonly<Record<string, (i: number) => Message>> = {
  "plain payloads": (i) => message("home/t", `${20 + i % 10}.${i % 7}`),
  "payloads and topics of one character": (i) => message("b", `${i % 10}`),
  "quoted payloads": (i) => message("home/t", `{"t":${i}}`),
  "one quoted payload": (i) => message("home/t", i === 50 ? '{"t":1}' : "2.5"),
  "one payload of several lines": (i) => message("home/t", i === 50 ? '{\n"t":1}' : "2.5"),
  "anything": (i) => arbitraryMessage(seeded(i + 1)),
};
/** Rows behind a damaged quote that may be taken for the inside of a torn payload. */
const FEW = 64;

for (const [name, of] of Object.entries(DAMAGED)) {
  Deno.test(`a damaged bit costs no row but at the very end: ${name}`, () => {
    const random = seeded(7);
    const messages = Array.from({ length: 200 }, (_, i) => of(i));
    const file = fileOf(csv, messages);
    const rows = ends(messages);
    // What turns into a quote, or was one, is worse than anything else.
    const quotes = [...file.keys()].filter((at) => [0x20, 0x22, 0x32, 0x62].includes(file[at]!));
    for (let k = 0; k < 1500; k++) {
      const chosen = k % 2 === 0 ? random(file.length) : quotes[random(quotes.length)]!;
      const at = Math.max(chosen, rows[0]!);
      const bit = k % 2 === 0 ? 1 << random(8) : [1, 2, 16, 64][random(4)]!;
      const row = rows.findLastIndex((start) => start <= at);
      file[at]! ^= bit;
      for (const window of [1000, 1e9]) {
        const found = scan(file, window);
        const behind = messages.length - row;
        // Its own row and the next, if its line end is gone; more only where a quote is involved.
        const least = found === file.length || behind <= 2 || quotes.includes(at) && behind <= FEW;
        assert.ok(least && found >= rows[row]!, `byte ${at} of row ${row}, bit ${bit}: ${found}`);
      }
      file[at]! ^= bit;
    }
  });
}

Deno.test("a damaged row costs none of the rows behind it, even if the end is no row", () => {
  for (const payload of ["21.5", '{"a":1}']) {
    const messages = Array.from({ length: 30 }, () => message("t", payload));
    const file = fileOf(csv, messages);
    file[ends(messages)[10]! + 5] = 0;
    assert.equal(scan(concat(file, new Uint8Array(500)), 1e9), file.length);
    assert.equal(scan(concat(file, new Uint8Array(500)), 700), file.length);
  }
});
