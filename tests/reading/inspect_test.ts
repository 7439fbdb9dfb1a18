import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { type Format, FORMATS } from "../../lib/formats/mod.ts";
import { Inspection, type Problem } from "../../lib/reading/inspect.ts";
import type { Message } from "../../lib/message/message.ts";
import { AppendFile } from "../../lib/files/append_file.ts";
import {
  arbitraryMessage,
  bytes,
  closedRowsOf,
  concat,
  FAKE_CSV_ROW,
  fileOf,
  message,
  seeded,
} from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const { csv, json } = FORMATS;
const BOTH: readonly Format[] = [csv, json];

/** The results of an inspection of `content`. */
async function inspect(folder: string, format: Format, content: Uint8Array) {
  const path = `${folder}/r.${format.extension}`;
  await Deno.writeFile(path, content);
  using inspection = await Inspection.open(path, format);
  while (await inspection.read());
  const problem: Problem | undefined = await inspection.problem();
  assert.deepEqual(await Deno.readFile(path), content); // An inspection writes nothing.
  const { rows, first, last, dup, back } = inspection;
  return { rows, first, last, dup, back, problem };
}

for (const format of BOTH) {
  const name = format.extension;

  Deno.test(`Inspection counts rows, duplicates and steps back of a ${name} file`, () =>
    inFolder(async (folder) => {
      const times = [5, 9, 9, 8, 20, 3, 4];
      const messages = times.map((time, i) => ({ ...message("t", "1", time), dup: i % 3 === 0 }));
      assert.deepEqual(await inspect(folder, format, fileOf(format, messages)), {
        rows: 7,
        first: 5,
        last: 4,
        dup: 3,
        back: 2,
        problem: undefined,
      });
    }));

  Deno.test(`Inspection.problem() predicts what AppendFile.open() does to a ${name} file cut anywhere`, () =>
    inFolder(async (folder) => {
      const random = seeded(51);
      const messages = Array.from({ length: 5 }, () => arbitraryMessage(random));
      const file = fileOf(format, messages);
      for (let length = 0; length <= file.length; length++) {
        const { rows, problem } = await inspect(folder, format, file.subarray(0, length));
        const path = `${folder}/r.${name}`;
        using recording = await AppendFile.open(path, format);
        const repaired = await Deno.readFile(path);
        assert.deepEqual(repaired, fileOf(format, messages.slice(0, rows)), `at ${length}`);
        const torn = problem?.type === "torn" ? problem.bytes : undefined;
        assert.equal(torn, recording.torn?.bytes, `at ${length}`);
        if (torn === undefined) assert.equal(problem === undefined, repaired.length === length);
        else {
          assert.deepEqual(problem, { type: "torn", at: length - torn, bytes: torn });
          await Deno.remove(`${path}.torn`);
        }
      }
    }));

  Deno.test(`Inspection.problem() gives number and offset of a malformed ${name} row`, () =>
    inFolder(async (folder) => {
      const messages = Array.from({ length: 9 }, (_, i) => message("t", `a${i}`));
      const file = fileOf(format, messages);
      for (let row = 1; row < 9; row++) {
        const at = fileOf(format, messages.slice(0, row - 1)).length - format.footer.length;
        for (const [from, to] of [["utf-8", "utf-9"], [`a${row - 1}`, '"1'], ["T", "t"]] as const) {
          const spoilt = file.slice();
          const text = new TextDecoder().decode(file);
          spoilt.set(bytes(to), text.indexOf(from, at));
          const found = await inspect(folder, format, spoilt);
          assert.deepEqual(found.problem, { type: "malformed", row, at }, `row ${row}: ${to}`);
          assert.equal(found.rows, row - 1);
        }
      }
    }));

  Deno.test(`Inspection.problem() reports zeros and noise at the end of a ${name} file as torn`, () =>
    inFolder(async (folder) => {
      const file = fileOf(format, [message("t", "1"), message("t", "2")]);
      const at = file.length - format.footer.length;
      for (const rest of [new Uint8Array(5000), bytes("garbage"), bytes("\n]\n]")]) {
        const { problem } = await inspect(folder, format, concat(file.subarray(0, at), rest));
        assert.deepEqual(problem, { type: "torn", at, bytes: rest.length });
      }
    }));
}

Deno.test("Inspection.problem() reports a torn payload that contains whole rows as torn", () =>
  inFolder(async (folder) => {
    const messages: Message[] = [
      message("t", "1"),
      message("t", `x\r\n${FAKE_CSV_ROW.repeat(3)}y`),
    ];
    const file = fileOf(csv, messages);
    const at = fileOf(csv, messages.slice(0, 1)).length;
    const torn = file.subarray(0, file.length - 40);
    const { problem } = await inspect(folder, csv, torn);
    assert.deepEqual(problem, { type: "torn", at, bytes: torn.length - at });
  }));

Deno.test("Inspection refuses foreign files", () =>
  inFolder(async (folder) => {
    const foreign: readonly (readonly [Format, string])[] = [
      [csv, "time,value\r\n1,2\r\n"],
      [csv, "hello"],
      [csv, `${new TextDecoder().decode(csv.header)}1,2,3\r\n4,5,6\r\n`],
      [csv, "from,to,seconds,cause,session,at_risk\r\n"],
      [json, '{"a":1}\n'],
      [json, '[\n{"timestamp":"x","v":1},\n{"timestamp":"y","v":2}\n]\n'],
    ];
    for (const [format, content] of foreign) {
      await assert.rejects(inspect(folder, format, bytes(content)), RecordingError, content);
    }
    await assert.rejects(Inspection.open(folder, csv), RecordingError);
    await assert.rejects(Inspection.open(`${folder}/none.csv`, csv), RecordingError);
  }));

Deno.test("Inspection reads a growing file up to its size at opening and detects the change", () =>
  inFolder(async (folder) => {
    for (const format of BOTH) {
      const path = `${folder}/r.${format.extension}`;
      using recording = await AppendFile.open(path, format);
      const commit = async (messages: Message[]) => {
        await recording.write(closedRowsOf(format, messages));
        recording.commit();
      };
      await commit([message("t", "1")]);
      using inspection = await Inspection.open(path, format);
      assert.equal(await inspection.changed(), false);
      await commit([message("t", "2"), message("t", "3")]);
      while (await inspection.read());
      assert.equal(inspection.rows, 1);
      assert.equal(await inspection.changed(), true);
    }
  }));

Deno.test("Inspection takes a file that a power cut left as NULs at its beginning for unfinished", () =>
  inFolder(async (folder) => {
    for (const format of BOTH) {
      const content = new Uint8Array(format.header.length + format.footer.length);
      const { rows, problem } = await inspect(folder, format, content);
      assert.deepEqual([rows, problem], [0, { type: "unfinished" }]);
    }
  }));
