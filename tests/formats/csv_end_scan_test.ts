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

/** Ends of the header and of each row in the file of `messages`. */
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

/** Scans windows that grow from the end, as `findEnd` does. */
function scan(file: Uint8Array, firstWindow: number): number {
  for (let window = firstWindow;; window *= 4) {
    const from = Math.max(0, file.length - window);
    const found = csv.scanEnd(file.subarray(from), from === 0);
    assert.notEqual(found, "foreign");
    if (isSure(found, file, from)) return from + found.end;
    assert.ok(from > 0, "the whole file must be enough");
  }
}

Deno.test("csv.scanEnd() finds the last whole row in a file torn at any byte, with any window", () => {
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

/** Payloads that resemble rows or the ends of fields. */
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

Deno.test("csv.scanEnd() gives no wrong answer for any window into payloads that contain rows", () => {
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

Deno.test("csv.scanEnd() sees a field that opens in the incomplete first line of its window", () => {
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

Deno.test("csv.scanEnd() needs one quoted row in its window to answer", () => {
  const messages = Array.from({ length: 50 }, (_, i) => message("t", i === 40 ? '{"a":1}' : "1"));
  const file = fileOf(csv, messages);
  const rows = ends(messages);
  assert.deepEqual(csv.scanEnd(file.subarray(rows[38]! + 3), false), {
    end: file.length - rows[38]! - 3,
  });
});

Deno.test("csv.scanEnd() excludes the zeros that a power cut leaves after the last row", () => {
  for (const payload of ["1", '{"a":1}']) {
    const file = fileOf(csv, Array.from({ length: 30 }, () => message("t", payload)));
    const zeros = concat(file, new Uint8Array(500));
    assert.equal(scan(zeros, 700), file.length);
    assert.equal(scan(concat(file, FAKE_BEGIN, new Uint8Array(500)), 700), file.length);
  }
});
const FAKE_BEGIN = bytes("2026-11-23T10:00:00.123Z,t,1");

Deno.test("csv.scanEnd() reports foreign rows under our header, but not a torn first row", () => {
  const whole = (rows: string) => csv.scanEnd(concat(csv.header, bytes(rows)), true);
  assert.equal(whole("2026,t,1\r\n"), "foreign");
  assert.equal(whole("a,b\nc,d\n"), "foreign");
  assert.deepEqual(whole("2026-11-23T1"), { end: csv.header.length });
  assert.deepEqual(whole("2026-11-23T10:00:00.123Z,t,1,utf-8,1,fa"), { end: csv.header.length });
});

Deno.test("csv.scanEnd() keeps the whole rows after a damaged line", () => {
  const file = concat(
    fileOf(csv, [message("t", "1")]),
    bytes("spoilt by hand\r\n"),
    rowsOf(csv, [message("t", "2"), message("t", "3")]),
  );
  assert.deepEqual(csv.scanEnd(file, true), { end: file.length });
});

Deno.test("csv.scanEnd() recognises rows with years beyond four digits", () => {
  const messages = [message("t", "1", 8.64e15), message("t", "1", -8.64e15)];
  const file = fileOf(csv, messages);
  assert.equal(scan(file, 10_000), file.length);
  for (let cut = 1; cut < 50; cut++) {
    assert.equal(scan(file.subarray(0, file.length - cut), 10_000), ends(messages)[1]);
  }
});

Deno.test("csv.scanEnd() reads line ends, commas and row starts in linear time", () => {
  const start = performance.now();
  const size = 1 << 20;
  for (const part of ["\n", "\n,", "\n2026-11-23T10:00:00.123Z,", FAKE_CSV_ROW, `\n"`, '""']) {
    csv.scanEnd(bytes(part.repeat(size / part.length)), false);
  }
  assert.ok(performance.now() - start < 3000);
});

/** Recordings in which one byte gets damaged. */
const DAMAGED: Readonly<Record<string, (i: number) => Message>> = {
  "plain payloads": (i) => message("home/t", `${20 + i % 10}.${i % 7}`),
  "payloads and topics of one character": (i) => message("b", `${i % 10}`),
  "quoted payloads": (i) => message("home/t", `{"t":${i}}`),
  "one quoted payload": (i) => message("home/t", i === 50 ? '{"t":1}' : "2.5"),
  "one payload of several lines": (i) => message("home/t", i === 50 ? '{\n"t":1}' : "2.5"),
  "anything": (i) => arbitraryMessage(seeded(i + 1)),
};
/** Rows after a damaged quote that may be taken for the inside of a torn payload. */
const FEW = 64;

for (const [name, of] of Object.entries(DAMAGED)) {
  Deno.test(`csv.scanEnd() loses no row to a damaged bit but near the end: ${name}`, () => {
    const random = seeded(7);
    const messages = Array.from({ length: 200 }, (_, i) => of(i));
    const file = fileOf(csv, messages);
    const rows = ends(messages);
    // Damage half of the time where a byte is a quote or can become one, the worst case.
    const quotes = [...file.keys()].filter((at) => [0x20, 0x22, 0x32, 0x62].includes(file[at]!));
    for (let k = 0; k < 1500; k++) {
      const chosen = k % 2 === 0 ? random(file.length) : quotes[random(quotes.length)]!;
      const at = Math.max(chosen, rows[0]!);
      const bit = k % 2 === 0 ? 1 << random(8) : [1, 2, 16, 64][random(4)]!;
      const row = rows.findLastIndex((start) => start <= at);
      file[at]! ^= bit;
      for (const window of [1000, 1e9]) {
        const found = scan(file, window);
        const following = messages.length - row;
        // It may cost its own row, and the next if the line end is gone; more only at a quote.
        const allowed = found === file.length || following <= 2 ||
          quotes.includes(at) && following <= FEW;
        assert.ok(allowed && found >= rows[row]!, `byte ${at} of row ${row}, bit ${bit}: ${found}`);
      }
      file[at]! ^= bit;
    }
  });
}

Deno.test("csv.scanEnd() keeps the rows after a damaged row if zeros follow them", () => {
  for (const payload of ["21.5", '{"a":1}']) {
    const messages = Array.from({ length: 30 }, () => message("t", payload));
    const file = fileOf(csv, messages);
    file[ends(messages)[10]! + 5] = 0;
    assert.equal(scan(concat(file, new Uint8Array(500)), 1e9), file.length);
    assert.equal(scan(concat(file, new Uint8Array(500)), 700), file.length);
  }
});
