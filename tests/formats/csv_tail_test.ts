import assert from "node:assert/strict";
import { csv } from "../../lib/formats/csv.ts";
import type { Message } from "../../lib/message.ts";
import {
  arbitraryMessage,
  bytes,
  concat,
  FAKE_CSV_ROW,
  fileOf,
  message,
  rowsOf,
  seeded,
} from "../arbitrary.ts";

/** Where each row of the file of `messages` ends, the header's end first. */
function ends(messages: readonly Message[]): number[] {
  let at = csv.header.length;
  return [at, ...messages.map((one) => at += rowsOf(csv, [one]).length)];
}

/** Windows growing from the end as they do at opening. */
function scan(file: Uint8Array, firstWindow: number): number {
  for (let window = firstWindow;; window *= 4) {
    const from = Math.max(0, file.length - window);
    const found = csv.scanTail(file.subarray(from), from === 0);
    assert.notEqual(found, "foreign");
    if (typeof found === "object") return from + found.end;
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
      const found = csv.scanTail(file.subarray(from, length), false);
      if (found === "more") continue;
      assert.ok(typeof found === "object");
      answers++;
      assert.equal(from + found.end, rows.findLast((end) => end <= length), `${from}..${length}`);
    }
  }
  assert.ok(answers > 1000, `${answers} answers`);
});

Deno.test("one quoted row in the window is enough to answer", () => {
  const messages = Array.from({ length: 50 }, (_, i) => message("t", i === 40 ? '{"a":1}' : "1"));
  const file = fileOf(csv, messages);
  const rows = ends(messages);
  assert.deepEqual(csv.scanTail(file.subarray(rows[38]! + 3), false), {
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
  const whole = (rows: string) => csv.scanTail(concat(csv.header, bytes(rows)), true);
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
  assert.deepEqual(csv.scanTail(file, true), { end: file.length });
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
    csv.scanTail(bytes(part.repeat(size / part.length)), false);
  }
  assert.ok(performance.now() - start < 3000);
});
