import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { isWell, renderSet } from "../../lib/check/check_report.ts";
import { checkSet } from "../../lib/check/check_set.ts";
import { isIndexMendable, repairIndex } from "../../lib/check/repair_index.ts";
import { settleAll } from "../../lib/check/repair.ts";
import { FileIndex, indexPath, readIndex } from "../../lib/files/file_index.ts";
import { finishedFiles, finishedSuffix, outputOf } from "../../lib/files/finished_name.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { Finisher } from "../../lib/recording/finisher.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { namedRecordings, withoutFolders } from "../../lib/reading/named_recordings.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { countCalls } from "../support/count_calls.ts";
import { failWrites } from "../support/fake_disk.ts";
import { inFolder, start } from "../support/program.ts";

const NAMES = ["csv", "json"] as const;
const en = sentences("en");
const BEGIN = Date.UTC(2026, 10, 24);
const rowsOf = (number: number) =>
  [0, 1, 2].map((i) => message("t", `${i}`, BEGIN + number * 60_000 + i));

/** Writes a set of three finished numbers and the open files, with its index. */
async function writeSet(output: string): Promise<void> {
  for (const number of [1, 2, 3]) {
    for (const name of NAMES) {
      const base = `${output}${finishedSuffix(number, BEGIN + number * 60_000)}`;
      await Deno.writeFile(`${base}.${name}`, fileOf(FORMATS[name], rowsOf(number)));
    }
  }
  for (const name of NAMES) {
    await Deno.writeFile(`${output}.${name}`, fileOf(FORMATS[name], rowsOf(4)));
  }
  await repairIndex(output);
}

async function problemsOf(output: string, live = false) {
  const [named] = await namedRecordings([output], assert.fail);
  return await checkSet(named!, isWell, live);
}

Deno.test("finishedFiles() finds those of one recording only, in order", () =>
  inFolder(async (folder) => {
    for (const name of ["r", "r_2", "other"]) await writeSet(`${folder}/${name}`);
    const files = await finishedFiles(`${folder}/r`);
    assert.deepEqual(files.map(({ number }) => number), [1, 1, 2, 2, 3, 3]);
    assert.equal(files[0]!.name, "r_00001_20261124T000100Z.csv");
    assert.equal(outputOf(`${folder}/${files[0]!.name}`), `${folder}/r`);
    assert.equal(outputOf(`${folder}/r`), undefined);
    assert.deepEqual(
      await withoutFolders([folder]),
      ["other", "r", "r_2"].map((n) => `${folder}/${n}`),
    );
  }));

Deno.test("checkSet() adds up a whole set", () =>
  inFolder(async (folder) => {
    await writeSet(`${folder}/r`);
    const set = await problemsOf(`${folder}/r`);
    assert.deepEqual(set, {
      count: 3,
      rows: 9,
      back: [],
      deleted: 0,
      findings: [],
      problems: [],
      twins: [],
    });
    assert.deepEqual(renderSet(set, en), ["3 finished files with 9 rows in all"]);
  }));

Deno.test("checkSet() looks at each file as often, however many there are", () =>
  inFolder(async (folder) => {
    const callsFor = async (count: number) => {
      const output = `${folder}/r${count}`;
      for (let number = 1; number <= count; number++) {
        const base = `${output}${finishedSuffix(number, BEGIN + number * 60_000)}`;
        for (const name of NAMES) {
          await Deno.writeFile(`${base}.${name}`, fileOf(FORMATS[name], rowsOf(number)));
        }
      }
      await repairIndex(output);
      using counted = countCalls();
      assert.deepEqual((await problemsOf(output)).problems, []);
      return counted.calls.length;
    };
    const few = await callsFor(5);
    assert.ok(few > 0);
    assert.equal(await callsFor(50), 10 * few);
  }));

/** Runs `act` once, just before a file of a number is opened. */
function beforeOpen(number: number, act: () => Promise<void>): Disposable {
  const { open } = Deno;
  let isDone = false;
  Deno.open = async (path, options) => {
    if (!isDone && String(path).includes(`_0000${number}_`)) {
      isDone = true;
      await act();
    }
    return await open(path, options);
  };
  return { [Symbol.dispose]: () => void (Deno.open = open) };
}

for (const number of [1, 2, 3]) {
  Deno.test(`checkSet() finds nothing wrong where a recorder compresses and deletes meanwhile (${number})`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`, clock = new FakeClock();
      await writeSet(output);
      await using _ = await OutputLock.take(output);
      using _hook = beforeOpen(number, async () => {
        const limits = { keep: 2, maxTotal: undefined };
        const parts = { output, clock, onEvent() {}, compress: true, limits };
        await using finisher = await Finisher.open(parts, 0);
        await finisher.idle();
      });
      const { problems, findings } = await problemsOf(output, true);
      assert.deepEqual({ problems, findings }, { problems: [], findings: [] });
      const names = (await finishedFiles(output)).map(({ name }) => name);
      assert.ok(names.length === 4 && names.every((name) => name.endsWith(".gz")), `${names}`);
    }));
}

Deno.test("checkSet() finds what is missing, changed and not listed", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output);
    const names = (await finishedFiles(output)).map(({ name }) => name);
    await Deno.remove(`${folder}/${names[2]}`);
    await Deno.remove(`${folder}/${names[3]}`);
    // The same size, and another payload.
    const text = await Deno.readTextFile(`${folder}/${names[4]}`);
    await Deno.writeTextFile(`${folder}/${names[4]}`, text.replace(",2,utf-8", ",7,utf-8"));
    const { problems, findings } = await problemsOf(output);
    assert.deepEqual(problems, [
      { type: "hole", from: 2, to: 2 },
      { type: "changed", file: names[4] },
    ]);
    assert.equal(findings.length, 1);
  }));

Deno.test("checkSet() tells numbers of which nothing is left in one line, also the last", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output);
    const names = (await finishedFiles(output)).map(({ name }) => name);
    for (const name of names.slice(2)) await Deno.remove(`${folder}/${name}`);
    const set = await problemsOf(output);
    assert.deepEqual(set.problems, [{ type: "hole", from: 2, to: 3 }]);
    assert.deepEqual(renderSet(set, en), [
      "1 finished file with 3 rows in all",
      "  MISSING: numbers 2 to 3, whose deletion is not in the index",
    ]);
    await Deno.remove(`${folder}/${names[0]}`);
    assert.deepEqual((await problemsOf(output)).problems[1], { type: "missing", file: names[0] });
  }));

Deno.test("checkSet() says where the clock was set back between numbers, and finds nothing wrong", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`, HOUR = 3_600_000;
    for (const [i, begin] of [0, HOUR, HOUR / 2, 2 * HOUR].entries()) {
      const base = `${output}${finishedSuffix(i + 1, BEGIN + begin)}`;
      for (const name of NAMES) {
        await Deno.writeFile(
          `${base}.${name}`,
          fileOf(FORMATS[name], [message("t", `${i}`, BEGIN + begin)]),
        );
      }
    }
    await repairIndex(output);
    const set = await problemsOf(output);
    assert.deepEqual([set.problems, set.findings, set.back, set.rows], [[], [], [3], 4]);
    assert.equal(renderSet(set, en)[1], `  ${en.rotate.back(3)}`);
  }));

Deno.test("renderSet() names the first of many files that the index does not name", () => {
  const problems = Array.from(
    { length: 30 },
    (_, i) => ({ type: "unlisted", file: `${i}` } as const),
  );
  const lines = renderSet(
    {
      count: 30,
      rows: 30,
      back: [],
      deleted: 0,
      findings: [],
      twins: [],
      problems: [...problems, { type: "torn", bytes: 3 }],
    },
    en,
  );
  assert.equal(lines.length, 13);
  assert.deepEqual(lines.slice(-3, -1), [
    "  not in the index: 9; see --repair",
    "  and 20 more files",
  ]);
});

Deno.test("repairIndex() builds the index anew and keeps what it said", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`, path = indexPath(`${folder}/r`);
    await writeSet(output);
    const whole = await readIndex(output);
    const text = await Deno.readTextFile(path);
    const lines = text.split("\r\n");
    const without = (count: number) => lines.slice(0, -1 - count).join("\r\n") + "\r\n";
    const sums = async () =>
      (await readIndex(output))!.rows.map(({ file, sha256, rows, bytes, begin, end }) =>
        JSON.stringify([file, sha256, rows, bytes, begin, end])
      ).sort();
    const expected = whole!.rows.map(({ file, sha256, rows, bytes, begin, end }) =>
      JSON.stringify([file, sha256, rows, bytes, begin, end])
    ).sort();
    for (
      const damaged of [
        undefined,
        without(2),
        text.slice(0, -20),
        text.replace(lines[3]!, "a,b,c"),
        lines[0]!.slice(0, 10),
      ]
    ) {
      if (damaged === undefined) await Deno.remove(path);
      else await Deno.writeTextFile(path, damaged);
      assert.equal(isIndexMendable(await problemsOf(output)), true, `${damaged}`);
      const { moved } = await repairIndex(output);
      assert.equal(moved !== undefined, damaged?.includes("a,b,c") ?? false);
      assert.deepEqual(await sums(), expected, `${damaged}`);
      assert.deepEqual((await problemsOf(output)).problems, []);
    }
  }));

Deno.test("checkSet() reads an index that a spreadsheet or an editor saved, and repairIndex() renews it", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`, path = indexPath(`${folder}/r`);
    await writeSet(output);
    const text = await Deno.readTextFile(path);
    for (
      const saved of [
        text.replaceAll("\r\n", "\n"),
        `\ufeff${text}`,
        text.replaceAll(",", ";"),
        `\ufeff${text.replaceAll(",", ";")}`,
      ]
    ) {
      await Deno.writeTextFile(path, saved);
      const found = await problemsOf(output);
      assert.deepEqual(found.problems, [{ type: "resaved" }]);
      assert.equal(isIndexMendable(found), true);
      const { moved } = await repairIndex(output);
      assert.equal(await Deno.readTextFile(moved!), saved);
      assert.equal(await Deno.readTextFile(path), text);
      assert.deepEqual((await problemsOf(output)).problems, []);
    }
  }));

Deno.test("repairIndex() throws where the index cannot be written, instead of trying for ever", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output);
    await Deno.remove(indexPath(output));
    using _ = failWrites(1);
    await assert.rejects(repairIndex(output));
    assert.equal((await readIndex(output))?.rows.length ?? 0, 0, "it is not tried again");
  }));

Deno.test("check --repair ends where a finished file cannot be listed, and names no --repair again", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output);
    await Deno.remove(indexPath(output));
    const [first] = await finishedFiles(output), path = `${folder}/${first!.name}`;
    const packed = gzipSync(await Deno.readFile(path));
    await Deno.writeFile(`${path}.gz`, packed.subarray(0, -9));
    await Deno.remove(path);
    const { child, ended } = start(["check", "r", "--repair"], { cwd: folder, stdin: "null" });
    const hangs = setTimeout(() => child.kill("SIGKILL"), 20_000);
    const { code, stdout } = await ended;
    clearTimeout(hangs);
    assert.equal(code, 1, stdout);
    assert.ok(
      stdout.startsWith(`${en.rotate.notListed(`r${path.slice(output.length)}.gz`, undefined)}\n`),
    );
    assert.ok(stdout.includes(`  not in the index: ${first!.name}.gz\n`), stdout);
    assert.equal((await readIndex(output))!.rows.length, 5);
  }));

Deno.test("checkSet() takes a number that two files have for no missing one", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output);
    const names = (await finishedFiles(output)).map(({ name }) => name);
    const copies = names.slice(2, 4).map((name) => name.replace(/T\d+Z/, "T000000Z"));
    for (const [i, copy] of copies.entries()) {
      await Deno.copyFile(`${folder}/${names[2 + i]}`, `${folder}/${copy}`);
    }
    const unlisted = copies.map((file) => ({ type: "unlisted", file }));
    assert.deepEqual((await problemsOf(output)).problems, unlisted);
    await repairIndex(output);
    assert.deepEqual((await problemsOf(output)).problems, []);
    for (const name of names.slice(2, 4)) await Deno.remove(`${folder}/${name}`);
    const missing = names.slice(2, 4).map((file) => ({ type: "missing", file }));
    assert.deepEqual((await problemsOf(output)).problems, missing);
  }));

Deno.test("repairIndex() keeps every index that it replaced", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output);
    const path = indexPath(output);
    for (const note of ["first,note", "second,note"]) {
      await Deno.writeTextFile(path, `${note}\r\n`, { append: true });
      const { moved } = await repairIndex(output);
      assert.ok((await Deno.readTextFile(moved!)).endsWith(`${note}\r\n`));
    }
    assert.ok((await Deno.readTextFile(`${path}.old`)).endsWith("first,note\r\n"));
  }));

Deno.test("checkSet() takes a file that mqttrec deleted for no hole", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output);
    const { rows } = (await readIndex(output))!;
    {
      using index = await FileIndex.open(output);
      for (const row of rows.filter(({ number }) => number === 1)) {
        await Deno.remove(`${folder}/${row.file}`);
        await index.append([{ ...row, event: "deleted", sha256: undefined }]);
      }
    }
    const { problems, deleted, count } = await problemsOf(output);
    assert.deepEqual({ problems, deleted, count }, { problems: [], deleted: 1, count: 2 });
  }));

Deno.test("settleAll() finishes a switch that a killed recorder has begun", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const suffix = finishedSuffix(1, BEGIN), rows = rowsOf(0);
    const sizes = Object.fromEntries(
      NAMES.map((name) => [name, fileOf(FORMATS[name], rows).length]),
    );
    for (const name of NAMES) {
      await Deno.writeFile(`${output}.${name}`, fileOf(FORMATS[name], rows));
    }
    {
      await using lock = await OutputLock.take(output);
      await lock.replacePreviousRun({ alive: BEGIN, switch: { number: 1, suffix, sizes } });
      await lock.note({ sessionKept: true });
    }
    await Deno.rename(`${output}.csv`, `${output}${suffix}.csv`);
    await settleAll([output, `${folder}/other`]);
    const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    assert.deepEqual(names, ["r.lock", `r${suffix}.csv`, `r${suffix}.json`]);
    await using lock = await OutputLock.take(output);
    assert.deepEqual([lock.state.switch, lock.state.finished], [undefined, 1]);
  }));
