import assert from "node:assert/strict";
import { finishedFiles, finishedSuffix } from "../../lib/files/finished_name.ts";
import { INDEX_COLUMNS, indexPath, type IndexRow, readIndex } from "../../lib/files/file_index.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import type { CapLimits } from "../../lib/recording/caps.ts";
import { Finisher } from "../../lib/recording/finisher.ts";
import type { FinisherEvent } from "../../lib/recording/recorder_events.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { countCalls } from "../support/count_calls.ts";
import { failWrites } from "../support/fake_disk.ts";
import { renameOverOpen } from "../support/file_system.ts";
import { inFolder } from "../support/program.ts";

const NAMES = ["csv", "json"] as const;
const BEGIN = Date.UTC(2026, 10, 24);

/** Writes the files of a number, as a switch leaves them. */
async function finish(output: string, number: number) {
  const rows = [0, 1].map((i) => message("t", `${i}`, BEGIN + number * 60_000 + i));
  const base = `${output}${finishedSuffix(number, rows[0]!.time)}`;
  for (const name of NAMES) await Deno.writeFile(`${base}.${name}`, fileOf(FORMATS[name], rows));
  return { number, base, formats: NAMES, begin: rows[0]!.time, end: rows[1]!.time, rows: 2 };
}

/** Bytes of the files of one number. */
const BYTES = NAMES.reduce(
  (sum, name) =>
    sum + fileOf(FORMATS[name], [0, 1].map((i) => message("t", `${i}`, BEGIN + i))).length,
  0,
);

function bench(output: string, limits?: CapLimits, compress = false) {
  const events: FinisherEvent[] = [];
  const clock = new FakeClock();
  const onEvent = (event: FinisherEvent) => void events.push(event);
  const open = (noted = 0) =>
    Finisher.open({ output, clock, onEvent, compress, ...(limits && { limits }) }, noted);
  return { events, clock, open };
}

const numbersOf = async (
  output: string,
) => [...new Set((await finishedFiles(output)).map(({ number }) => number))];
const eventsOf = (rows: readonly IndexRow[]) =>
  rows.map(({ event, number }) => `${event} ${number}`);

Deno.test("Finisher sums large files that fill fast after the burst, at the end, or on a free core", () =>
  inFolder(async (folder) => {
    for (const how of ["after", "at the end", "free core"]) {
      const output = `${folder}/${how}`, clock = new FakeClock(), told: string[] = [];
      const onEvent = (event: FinisherEvent) => void told.push(event.type);
      const parts = { output, clock, onEvent, cores: how === "free core" ? 3 : 2 };
      await using finisher = await Finisher.open(parts, 0);
      const finished = await finish(output, 1);
      await Deno.writeFile(`${finished.base}.csv`, new Uint8Array(9 << 20));
      finisher.add(finished);
      if (how === "free core") {
        await finisher.idle();
        assert.deepEqual(told, ["finished"]);
        continue;
      }
      await clock.asleep(250);
      assert.deepEqual(told, []);
      if (how === "after") await clock.advance(1_250); // Looks every 250 ms.
      else await finisher[Symbol.asyncDispose]();
      await finisher.idle();
      assert.deepEqual(told, ["finished"], how);
    }
  }));

Deno.test("Finisher writes a row for each format, and tells the names once they are there", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const { events, open } = bench(output);
    let one;
    {
      await using finisher = await open();
      finisher.add(one = await finish(output, 1));
      finisher.add(await finish(output, 2));
      assert.equal(finisher.count, 4);
    }
    const { rows } = (await readIndex(output))!;
    assert.deepEqual(eventsOf(rows), ["finished 1", "finished 1", "finished 2", "finished 2"]);
    const { begin, end, bytes, file } = rows[0]!;
    assert.deepEqual([begin, end, rows[0]!.rows], [one.begin, one.end, 2]);
    assert.equal(bytes, (await Deno.stat(`${folder}/${file}`)).size);
    const paths = NAMES.map((name) => `${one.base}.${name}`);
    assert.deepEqual(events[0], { type: "finished", paths, rows: 2 });
  }));

Deno.test("Finisher lists what a killed run has left, and numbers on after the highest", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const { open } = bench(output);
    await finish(output, 1);
    await finish(output, 2);
    await using finisher = await open(7);
    await finisher.idle();
    assert.equal(finisher.lastNumber, 7);
    const { rows } = (await readIndex(output))!;
    assert.deepEqual(rows.map((row) => [row.number, row.rows]), [[1, 2], [1, 2], [2, 2], [2, 2]]);
    await using again = await open();
    assert.equal(again.lastNumber, 2);
  }));

Deno.test("Finisher tries again while the index cannot be written, says it once, and tears no row", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const { events, clock, open } = bench(output);
    {
      await using finisher = await open();
      finisher.add(await finish(output, 1));
      await finisher.idle();
      const second = await finish(output, 2);
      using _ = failWrites(3);
      finisher.add(second);
      let idle = false;
      void finisher.idle().then(() => idle = true);
      while (!idle) {
        await clock.advance(1_000);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    assert.deepEqual(events.map(({ type }) => type), ["finished", "indexFailed", "finished"]);
    const { rows, alien, tornBytes } = (await readIndex(output))!;
    assert.deepEqual([rows.length, alien, tornBytes], [4, undefined, undefined]);
  }));

Deno.test("Finisher neither lists nor deletes what is no whole file of a recording, and lists the others", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const base = (number: number) => `${output}${finishedSuffix(number, BEGIN)}`;
    const note = `${base(1)}.csv`, packed = `${base(2)}.json.gz`, torn = `${base(3)}.json`;
    const { events, open } = bench(output, { keep: 1, maxTotal: undefined });
    {
      await using finisher = await open();
      finisher.add(await finish(output, 4));
    }
    await Deno.writeTextFile(note, "a note\n");
    await Deno.writeTextFile(packed, "not compressed");
    await Deno.writeFile(torn, fileOf(FORMATS.json, [message("t", "0", BEGIN)]).slice(0, -9));
    {
      await using finisher = await open();
      await finisher.idle();
      assert.deepEqual(await numbersOf(output), [1, 2, 3, 4], "they count for no cap");
      finisher.add(await finish(output, 5));
    }
    const told = events.filter(({ type }) => type === "notListed");
    assert.deepEqual(told, [note, packed, torn].map((path) => ({ type: "notListed", path })));
    const { rows } = (await readIndex(output))!;
    assert.deepEqual([...new Set(eventsOf(rows))], ["finished 4", "deleted 4", "finished 5"]);
    assert.deepEqual(await numbersOf(output), [1, 2, 3, 5]);
  }));

for (const [how, suffix] of [["in place", ""], ["as another file", ".new"]] as const) {
  Deno.test(`Finisher goes on with an index that a spreadsheet saved ${how}, and keeps that one`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`, path = indexPath(output);
      const { events, open } = bench(output);
      const save = async () => {
        const saved = `\ufeff${(await Deno.readTextFile(path)).replaceAll(",", ";")}`;
        await Deno.writeTextFile(`${path}${suffix}`, saved);
        if (suffix !== "") await renameOverOpen(`${path}${suffix}`, path);
        return saved;
      };
      const saved: string[] = [];
      {
        await using finisher = await open();
        finisher.add(await finish(output, 1));
        await finisher.idle();
        saved.push(await save());
        finisher.add(await finish(output, 2));
        await finisher.idle();
        saved.push(await save());
      }
      {
        await using finisher = await open();
        finisher.add(await finish(output, 3));
      }
      const kept = [`${path}.old`, `${path}.old2`];
      assert.deepEqual(
        events.filter(({ type }) => type === "indexRenewed"),
        kept.map((kept) => (
          { type: "indexRenewed", path, kept }
        )),
      );
      assert.deepEqual(await Promise.all(kept.map((path) => Deno.readTextFile(path))), saved);
      const { rows, resaved } = (await readIndex(output))!;
      assert.deepEqual([rows.map(({ number }) => number), resaved], [
        [1, 1, 2, 2, 3, 3],
        undefined,
      ]);
    }));
}

Deno.test("Finisher ends in the middle of older files, and not before its own are listed", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const { open } = bench(output);
    for (const number of [1, 2, 3]) await finish(output, number);
    {
      await using finisher = await open();
      finisher.add(await finish(output, 4));
    }
    const { rows } = (await readIndex(output))!;
    assert.equal(rows.filter(({ number }) => number === 4).length, 2);
  }));

Deno.test("Finisher writes down a file that somebody has taken away already, without a sum", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const { open } = bench(output);
    {
      await using finisher = await open();
      const one = await finish(output, 1);
      await Deno.remove(`${one.base}.json`);
      finisher.add(one);
    }
    const { rows } = (await readIndex(output))!;
    assert.deepEqual(rows.map(({ sha256 }) => sha256 === undefined), [false, true]);
  }));

for (
  const [name, limits, kept] of [
    ["--keep 2", { keep: 2, maxTotal: undefined }, [4, 5]],
    ["--max-total of three", { keep: undefined, maxTotal: 3 * BYTES + 1 }, [3, 4, 5]],
    ["both", { keep: 4, maxTotal: BYTES }, [5]],
    ["a --max-total that is too small", { keep: undefined, maxTotal: 10 }, []],
  ] as const
) {
  Deno.test(`Finisher deletes the oldest files beyond ${name}, each with a row`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`;
      const { open } = bench(output, limits);
      {
        await using finisher = await open();
        for (const number of [1, 2, 3, 4, 5]) finisher.add(await finish(output, number));
      }
      assert.deepEqual(await numbersOf(output), kept);
      const { rows } = (await readIndex(output))!;
      const deleted = rows.filter(({ event }) => event === "deleted");
      assert.equal(deleted.length, 2 * (5 - kept.length));
      await using again = await open();
      await again.idle();
      assert.equal(again.lastNumber, 5);
      assert.deepEqual(await numbersOf(output), kept);
    }));
}

Deno.test("Finisher deletes nothing that is not as the index says, and nothing of others", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const files = [await finish(output, 1), await finish(output, 2)];
    await Deno.writeTextFile(`${folder}/other.csv`, "x");
    await Deno.writeTextFile(`${folder}/r_00001_note.csv`, "x");
    {
      await using finisher = await bench(output).open();
      await finisher.idle();
    }
    await Deno.writeTextFile(`${files[0]!.base}.csv`, "a note", { append: true });
    const { events, open } = bench(output, { keep: 1, maxTotal: undefined });
    {
      await using finisher = await open();
      await finisher.idle();
    }
    assert.deepEqual(events, [{ type: "leftThere", path: `${files[0]!.base}.csv` }]);
    const there = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    const [first, second] = files.map(({ base }) => base.slice(folder.length + 1));
    assert.deepEqual(
      there,
      [
        "other.csv",
        "r.files.csv",
        `${first}.csv`,
        `${second}.csv`,
        `${second}.json`,
        "r_00001_note.csv",
      ].sort(),
    );
  }));

for (
  const [name, limits] of Object.entries({
    "--keep": { keep: 3, maxTotal: undefined },
    "--max-total": { keep: undefined, maxTotal: 3 * BYTES },
  })
) {
  Deno.test(`Finisher deletes nothing beyond ${name} for files that were moved away`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`;
      await using finisher = await bench(output, limits).open();
      for (let number = 1; number <= 5; number++) {
        finisher.add(await finish(output, number));
        await finisher.idle();
        if (number === 1) continue;
        // As a hook of --print-files does with all but the first.
        for (const { name, number: own } of await finishedFiles(output)) {
          if (own === number) await Deno.rename(`${folder}/${name}`, `${folder}/moved.${name}`);
        }
      }
      assert.deepEqual(await numbersOf(output), [1]);
      for (const number of [6, 7, 8]) finisher.add(await finish(output, number));
      await finisher.idle();
      assert.deepEqual(await numbersOf(output), [6, 7, 8]);
    }));
}

Deno.test("Finisher finishes a deletion that was written down before a kill", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const { open } = bench(output);
    {
      await using finisher = await open();
      finisher.add(await finish(output, 1));
      finisher.add(await finish(output, 2));
    }
    const [line] = (await Deno.readTextFile(indexPath(output))).split("\r\n").slice(1);
    const fields = line!.split(",");
    const deleted = [fields[0], "deleted", ...fields.slice(2, -1), ""].join();
    await Deno.writeTextFile(indexPath(output), `${deleted}\r\n`, { append: true });
    await using finisher = await open();
    await finisher.idle();
    const names = (await finishedFiles(output)).map(({ number, format }) => `${number} ${format}`);
    assert.deepEqual(names, ["1 json", "2 csv", "2 json"]);
    assert.equal((await readIndex(output))!.rows.length, 5);
  }));

for (const compress of [false, true]) {
  Deno.test(`Finisher.open() looks at no file of a year of daily ones${compress ? ", compressed" : ""}`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`;
      const row = fileOf(FORMATS.csv, [message("t", "1", BEGIN)]);
      const lines = [INDEX_COLUMNS.join()];
      for (let number = 1; number <= 365; number++) {
        const time = new Date(BEGIN + 86_400_000 * number).toISOString();
        const name = `r${finishedSuffix(number, Date.parse(time))}.csv`;
        const about = [time, time, 1, row.length, "0".repeat(64)];
        lines.push([time, "finished", number, name, ...about].join());
        if (compress) lines.push([time, "compressed", number, `${name}.gz`, ...about].join());
        await Deno.writeFile(`${folder}/${name}${compress ? ".gz" : ""}`, row);
      }
      await Deno.writeTextFile(indexPath(output), lines.join("\r\n") + "\r\n");
      const limits = { keep: 1_000, maxTotal: 1_000_000 };
      using counted = countCalls();
      {
        await using finisher = await bench(output, limits, compress).open();
        await finisher.idle();
        assert.equal(finisher.lastNumber, 365);
      }
      assert.deepEqual([counted.calls, counted.workers], [[], []]);
    }));
}
