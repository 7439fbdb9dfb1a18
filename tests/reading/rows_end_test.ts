import assert from "node:assert/strict";
import { type Format, FORMATS } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { rowsEndAfter } from "../../lib/reading/rows_end.ts";
import { bytes, concat, fileOf, message } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const BOTH: readonly Format[] = Object.values(FORMATS);
const FAKE = "2026-11-23T10:00:00.123Z,t,1,utf-8,1,false,false\r\n";
const ROWS = Array.from({ length: 400 }, (_, i) => message("t", `row ${i} ${"x".repeat(40)}`));

/** Every size at which the file of `messages` was whole. */
function checkpoints(format: Format, messages: readonly Message[]): number[] {
  return Array.from(
    { length: messages.length + 1 },
    (_, n) => fileOf(format, messages.slice(0, n)).length,
  );
}

for (const format of BOTH) {
  const name = format.extension;
  const footer = format.footer.length;

  Deno.test(`${name}: rowsEndAfter() finds the end at any torn length, whatever a payload holds`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/f`;
      const payloads = [
        `x\r\n${FAKE.repeat(9)}`,
        FAKE.repeat(9),
        `,utf-8,1,false,false\r\n${FAKE}`,
      ];
      for (const payload of payloads) {
        const messages = [message("t", "1"), message("t", "2"), message("t", payload)];
        const file = fileOf(format, messages);
        const whole = checkpoints(format, messages);
        for (let length = whole[1]!; length <= file.length; length += 3) {
          await Deno.writeFile(path, file.subarray(0, length));
          const at = whole.findLast((size) => size - footer <= length)! - footer;
          assert.deepEqual(await rowsEndAfter(path, format, whole[1]!), { at, wholeRows: 0 });
        }
      }
    }));

  Deno.test(`${name}: rowsEndAfter() ends at a page of zeros, and counts the whole rows behind it`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/f`;
      const file = fileOf(format, ROWS);
      const whole = checkpoints(format, ROWS);
      for (const from of [0, 100, 119]) {
        for (const zeros of [whole[120]! - footer, whole[120]! + 20, whole[121]! - footer - 1]) {
          const damaged = file.slice().fill(0, zeros, zeros + 4096);
          await Deno.writeFile(path, damaged);
          const end = whole.findLast((size) => size - footer <= zeros)! - footer;
          const next = whole.findIndex((size) => size - footer >= zeros + 4096);
          // The row that the zeros end in is lost; in JSON the one behind begins with its comma.
          const found = await rowsEndAfter(path, format, whole[from]!, { rawNuls: false });
          assert.deepEqual(found, { at: end, wholeRows: ROWS.length - next }, `${from} ${zeros}`);
        }
      }
    }));

  Deno.test(`${name}: rowsEndAfter() takes an impossible checkpoint for none`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/f`;
      const messages = [
        message("t", "1"),
        message("t", `x\r\n${FAKE}y\r\nz`),
        message("t", "2"),
        message("t", `x\r\n${FAKE}${FAKE}`),
        message("t", "3"),
      ];
      const file = fileOf(format, messages);
      const whole = checkpoints(format, messages);
      await Deno.writeFile(path, file);
      for (let checkpoint = -1; checkpoint < file.length + 5; checkpoint++) {
        const found = await rowsEndAfter(path, format, checkpoint);
        const wanted = { at: file.length - footer, wholeRows: 0 };
        assert.deepEqual(found, whole.includes(checkpoint) ? wanted : undefined, `${checkpoint}`);
      }
      for (const checkpoint of [NaN, Infinity, -Infinity]) {
        assert.equal(await rowsEndAfter(path, format, checkpoint), undefined);
      }
      assert.equal(await rowsEndAfter(`${path}.none`, format, 100), undefined);
    }));
}

Deno.test("rowsEndAfter() takes a page of zeros in a quoted payload for the tear, but for 0.1.0", () =>
  inFolder(async (folder) => {
    const path = `${folder}/f`;
    const { csv } = FORMATS;
    const quoted = message("t", `"${"x".repeat(9000)}"`);
    const file = fileOf(csv, [message("t", "1"), quoted, message("t", "2")]);
    const at = fileOf(csv, [message("t", "1")]).length;
    await Deno.writeFile(path, file.slice().fill(0, at + 1000, at + 5096));
    const find = (rawNuls: boolean) => rowsEndAfter(path, csv, csv.header.length, { rawNuls });
    assert.deepEqual(await find(false), { at, wholeRows: 1 });
    assert.deepEqual(await find(true), { at: file.length, wholeRows: 0 });
    const old = concat(csv.header, bytes(FAKE.replace(",1,utf", ',"a\0",utf')), bytes(FAKE));
    await Deno.writeFile(path, old);
    assert.deepEqual(await find(true), { at: old.length, wholeRows: 0 });
  }));
