import assert from "node:assert/strict";
import { type Format, FORMATS } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { type RowRange, RowReader } from "../../lib/reading/row_reader.ts";
import {
  arbitraryMessage,
  bytes,
  concat,
  fileOf,
  message,
  rowsOf,
  seeded,
} from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const BOTH: readonly Format[] = Object.values(FORMATS);

/** All results of a reader for a file with `content`. */
async function readAll(folder: string, format: Format, content: Uint8Array, range: RowRange = {}) {
  const path = `${folder}/rows`;
  await Deno.writeFile(path, content);
  using file = await Deno.open(path);
  const reader = new RowReader(file, format, range);
  const messages: Message[] = [];
  const starts: number[] = [];
  while (await reader.read()) {
    assert.ok(reader.batch.count > 0);
    for (let i = 0; i < reader.batch.count; i++) starts.push(reader.start(i));
    messages.push(...reader.batch);
  }
  assert.equal(await reader.read(), false);
  return { messages, starts, position: reader.position, ending: reader.ending };
}

/** Every row boundary in the file of `messages`. */
function boundaries(format: Format, messages: readonly Message[]): number[] {
  return Array.from(
    { length: messages.length + 1 },
    (_, n) => fileOf(format, messages.slice(0, n)).length - format.footer.length,
  );
}

const some = (seed: number, count: number) => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => arbitraryMessage(random));
};

for (const format of BOTH) {
  const name = format.extension;

  Deno.test(`RowReader.read() reads a whole ${name} file with any chunk size`, () =>
    inFolder(async (folder) => {
      const messages = some(1, 40);
      const file = fileOf(format, messages);
      const all = boundaries(format, messages);
      for (const chunkBytes of [...Array(40).keys(), 100, 1_000, 10_000_000].map((n) => n + 1)) {
        assert.deepEqual(await readAll(folder, format, file, { chunkBytes }), {
          messages,
          starts: all.slice(0, -1),
          position: all.at(-1),
          ending: "whole",
        }, `chunks of ${chunkBytes}`);
      }
    }));

  Deno.test(`RowReader.read() finds no rows in an empty ${name} file`, () =>
    inFolder(async (folder) => {
      for (const chunkBytes of [1, 2, 3, 100]) {
        const got = await readAll(folder, format, fileOf(format, []), { chunkBytes });
        assert.deepEqual([got.messages, got.ending], [[], "whole"]);
      }
    }));

  Deno.test(`RowReader.read() reads the ${name} rows between any two boundaries`, () =>
    inFolder(async (folder) => {
      const messages = some(2, 7);
      const file = fileOf(format, messages);
      const all = boundaries(format, messages);
      for (const [i, from] of all.entries()) {
        for (const [j, to] of all.entries()) {
          if (j < i) continue;
          const got = await readAll(folder, format, file, { from, to, chunkBytes: 64 });
          assert.deepEqual([got.messages, got.ending], [messages.slice(i, j), "whole"]);
          assert.equal(got.position, to);
        }
      }
    }));

  Deno.test(`RowReader.read() reads the whole rows of a ${name} file cut anywhere and detects the cut`, () =>
    inFolder(async (folder) => {
      const messages = some(3, 5);
      const file = fileOf(format, messages);
      const all = boundaries(format, messages);
      for (let length = format.header.length; length <= file.length; length++) {
        for (const chunkBytes of [7, 1_000_000]) {
          const cut = file.subarray(0, length);
          const got = await readAll(folder, format, cut, { chunkBytes });
          const kept = all.findLastIndex((end) => end <= length);
          assert.deepEqual(got.messages, messages.slice(0, kept), `at ${length}`);
          assert.equal(got.position, all[kept]);
          const rest = file.subarray(all[kept]!, length);
          const closing = format.footer.subarray(0, rest.length);
          const whole = rest.every((byte, i) => byte === closing[i]);
          assert.equal(got.ending, whole ? "whole" : "cut off", `at ${length}`);
        }
      }
    }));

  Deno.test(`RowReader.read() ends before a malformed ${name} row`, () =>
    inFolder(async (folder) => {
      const messages = some(4, 6);
      const rows = rowsOf(format, messages).subarray(format.separatorLength);
      const more = rowsOf(format, some(5, 3));
      for (const wrong of ["\0\0\0\0\0\0\0\0", "x", "\n]\nx", "\n]\n\n]\n"]) {
        const file = concat(format.header, rows, bytes(wrong), more, format.footer);
        for (const chunkBytes of [1, 50, 1_000_000]) {
          const got = await readAll(folder, format, file, { chunkBytes });
          assert.deepEqual([got.messages, got.ending], [messages, "malformed"], wrong);
          assert.equal(got.position, boundaries(format, messages).at(-1));
        }
      }
    }));

  Deno.test(`RowReader.read() reads a ${name} row of many chunks and the rows after it`, () =>
    inFolder(async (folder) => {
      const large = message("large", new Uint8Array(700_000).fill(34));
      const messages = [...some(6, 20), large, ...some(7, 20), large, large, ...some(8, 20)];
      const got = await readAll(folder, format, fileOf(format, messages), { chunkBytes: 1_000 });
      assert.deepEqual([got.messages, got.ending], [messages, "whole"]);
    }));
}

Deno.test("RowReader.read() holds no more than the longest row after a stray quote", () =>
  inFolder(async (folder) => {
    const csv = { ...FORMATS.csv, longestRow: 10_000 };
    const file = concat(csv.header, bytes('2026-11-23T10:00:00.123Z,t,"1,utf-8,1,false,false\r\n'));
    const rows = concat(file, ...Array(1_000).fill(rowsOf(csv, [message("t", "1")])));
    const got = await readAll(folder, csv, rows, { chunkBytes: 100 });
    assert.deepEqual([got.messages, got.ending], [[], "malformed"]);
  }));
