import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { MarkLog, repairMarks } from "../../lib/marks/mark_log.ts";
import { markRow } from "../../lib/marks/mark_rows.ts";
import { readMarks } from "../../lib/marks/read_marks.ts";
import { en } from "../../lib/locale/en.ts";
import { START } from "../support/arbitrary.ts";
import { failWrites } from "../support/fake_disk.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { removeOpen } from "../support/file_system.ts";
import { inFolder } from "../support/program.ts";
import { turning } from "../support/recording_fixture.ts";
import { TEXTS } from "../support/marks.ts";

const HEADER = "timestamp,text\r\n";

const mark = (text: string, time = START) => ({ time, text });

Deno.test("MarkLog creates no file before the first mark, and continues it in the next run", () =>
  inFolder(async (folder) => {
    {
      await using log = await MarkLog.open(`${folder}/r`);
      assert.equal(log.path, `${folder}/r.marks.csv`);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
    for (const text of ["one", "two"]) {
      await using log = await MarkLog.open(`${folder}/r`);
      await log.add(mark(text));
    }
    const text = await Deno.readTextFile(`${folder}/r.marks.csv`);
    assert.equal(text, HEADER + markRow(mark("one")) + markRow(mark("two")));
  }));

Deno.test("MarkLog.add() has every kind of mark on disk when it resolves", () =>
  inFolder(async (folder) => {
    await using log = await MarkLog.open(`${folder}/r`);
    const found: string[] = [];
    for (const [i, text] of TEXTS.entries()) {
      await log.add(mark(text, START + i));
      const totals = await readMarks(`${folder}/r`, ({ text }) => found.push(text));
      assert.deepEqual([totals?.marks, totals?.tornBytes, totals?.alien], [
        i + 1,
        undefined,
        undefined,
      ]);
      assert.deepEqual(found.splice(0), TEXTS.slice(0, i + 1));
    }
  }));

Deno.test("MarkLog keeps a mark that the disk refuses, and writes it with the next one", () =>
  inFolder(async (folder) => {
    await using log = await MarkLog.open(`${folder}/r`);
    await log.add(mark("one"));
    {
      using _ = failWrites(9);
      await assert.rejects(log.add(mark("two")), RecordingError);
      assert.deepEqual([log.unwritten.length, log.written], [1, 1]);
    }
    await log.add(mark("three"));
    assert.deepEqual([log.unwritten.length, log.written], [0, 3]);
    const found: string[] = [];
    await readMarks(`${folder}/r`, ({ text }) => found.push(text));
    assert.deepEqual(found, ["one", "two", "three"]);
  }));

Deno.test("MarkLog tells once of a file that is deleted or cut, and knows the marks in no file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.marks.csv`;
    const clock = new FakeClock();
    const told: boolean[] = [];
    const looks = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    await using log = await MarkLog.open(`${folder}/r`);
    log.onReplaced = (begun) => looks[told.push(begun) - 1]?.resolve();
    log.watch(clock);
    await log.add(mark("one"));
    await removeOpen(path);
    await turning(clock, looks[0].promise);
    await log.add(mark("two"));
    await Deno.truncate(path, HEADER.length);
    await turning(clock, looks[1].promise);
    await log.add(mark("three"));
    assert.deepEqual(told, [true, false]);
    assert.equal(await Deno.readTextFile(path), HEADER + markRow(mark("three")));
    await removeOpen(path);
    await Deno.mkdir(path);
    await assert.rejects(log.add(mark("four")), RecordingError);
    assert.deepEqual([log.unwritten, log.written], [[mark("four")], 3]);
    assert.equal(log.cause?.message, en.isDirectory(path));
  }));

Deno.test("MarkLog refuses more than the memory for marks that wait", () =>
  inFolder(async (folder) => {
    using _ = failWrites(Infinity);
    await using log = await MarkLog.open(`${folder}/r`);
    const long = mark("x".repeat(6 << 20));
    for (let i = 0; i < 3; i++) await assert.rejects(log.add(long), RecordingError);
    assert.equal(log.unwritten.length, 2);
  }));

Deno.test("MarkLog writes nothing when its guard refuses", () =>
  inFolder(async (folder) => {
    const refusal = new RecordingError((t) => t.outputInUse("r", 7), { final: true });
    await using log = await MarkLog.open(`${folder}/r`, () => Promise.reject(refusal));
    await assert.rejects(log.add(mark("one")), (error) => error === refusal);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("MarkLog.open() refuses a foreign file and leaves it untouched", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.marks.csv`;
    await Deno.writeTextFile(path, "my own marks\n");
    await assert.rejects(MarkLog.open(`${folder}/r`), RecordingError);
    assert.equal(await Deno.readTextFile(path), "my own marks\n");
  }));

Deno.test("repairMarks() moves a torn end away, and keeps whole rows", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.marks.csv`;
    const whole = HEADER + markRow(mark('a "b"\r\nc'));
    await Deno.writeTextFile(path, `${whole}2026-11-24T00:00:00.000Z,"torn\r\n`);
    const torn = await repairMarks(`${folder}/r`);
    assert.equal(torn?.tornPath, `${path}.torn`);
    assert.equal(await Deno.readTextFile(path), whole);
    assert.equal(await Deno.readTextFile(`${path}.torn`), '2026-11-24T00:00:00.000Z,"torn\r\n');
    assert.equal(await repairMarks(`${folder}/r`), undefined);
  }));
