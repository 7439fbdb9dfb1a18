import assert from "node:assert/strict";
import { isWell } from "../../lib/check/check_report.ts";
import { checkSet } from "../../lib/check/check_set.ts";
import { reconcileFinished } from "../../lib/check/reconcile_finished.ts";
import { repairIndex } from "../../lib/check/repair_index.ts";
import { restoreFinished } from "../../lib/check/restore_finished.ts";
import { readIndex } from "../../lib/files/file_index.ts";
import { finishedFiles, finishedSuffix } from "../../lib/files/finished_name.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import { sentences } from "../../lib/locale/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { finishedParts, namedRecordings } from "../../lib/reading/named_recordings.ts";
import { Finisher } from "../../lib/recording/finisher.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { failRenames } from "../support/fake_disk.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inFolder, run } from "../support/program.ts";

const NAMES = ["csv", "json", "ndjson"] as const;
const BEGIN = Date.UTC(2026, 10, 24);
const ROWS = Array.from({ length: 40 }, (_, i) => message("t", `${i}`, BEGIN + i));
const BASE = finishedSuffix(1, BEGIN);

/** One finished number whose formats hold these rows, listed as the recorder does it. */
async function writeNumber(
  output: string,
  held: Readonly<Record<typeof NAMES[number], readonly Message[]>>,
  { compress = false, rows }: { readonly compress?: boolean; readonly rows?: number } = {},
): Promise<void> {
  await using finisher = await Finisher.open(
    { output, clock: new FakeClock(), onEvent() {}, compress },
    0,
  );
  const base = `${output}${BASE}`;
  for (const name of NAMES) {
    await Deno.writeFile(`${base}.${name}`, fileOf(FORMATS[name], held[name]));
  }
  finisher.add({ number: 1, base, formats: NAMES, rows, begin: BEGIN, end: BEGIN + 39 });
}

async function find(output: string) {
  const [named] = await namedRecordings([output], assert.fail);
  return await checkSet(named!, isWell, false);
}

async function reconcile(output: string) {
  return await reconcileFinished(output, await find(output), await finishedParts(output));
}

const SHORT = { csv: ROWS.slice(30), json: ROWS, ndjson: ROWS.toSpliced(5, 20) };

for (const compress of [false, true]) {
  Deno.test(`reconcileFinished() fills ${compress ? "compressed" : "finished"} files from one that has all rows, and the index names them`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`, gz = compress ? ".gz" : "";
      await writeNumber(output, SHORT, { compress });
      const path = (name: string) => `${output}${BASE}.${name}${gz}`;
      const before = await Deno.readFile(path("csv"));
      const reconciled = await reconcile(output);
      const added = (name: string, added: number) => {
        return { type: "filled" as const, path: path(name), added, kept: `${path(name)}.damaged` };
      };
      assert.deepEqual(reconciled, [added("ndjson", 20), added("csv", 30)]);
      const { findings, problems, rows } = await find(output);
      assert.deepEqual([findings, problems, rows], [[], [], 40]);
      assert.deepEqual(await Deno.readFile(`${path("csv")}.damaged`), before);
      if (!compress) assert.deepEqual(await Deno.readFile(path("csv")), fileOf(FORMATS.csv, ROWS));
      const last = (await readIndex(output))!.rows.at(-1)!;
      assert.deepEqual([last.rows, last.begin, last.end], [40, BEGIN, BEGIN + 39]);
      assert.equal((await finishedFiles(output)).length, 3);
      assert.deepEqual(await reconcile(output), []);
    }));
}

for (const compress of [false, true]) {
  const kind = compress ? "compressed file" : "file";
  Deno.test(`reconcileFinished() keeps the mode of a ${kind}, and what has the names it once used`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`, path = `${output}${BASE}.csv${compress ? ".gz" : ""}`;
      await writeNumber(output, { ...SHORT, ndjson: ROWS }, { compress });
      const others = [`${output}${BASE}.csv.restored`, `${path}.part`];
      for (const other of others) await Deno.writeTextFile(other, "mine");
      if (Deno.build.os !== "windows") await Deno.chmod(path, 0o600);
      assert.equal((await reconcile(output)).length, 1);
      for (const other of others) assert.equal(await Deno.readTextFile(other), "mine");
      if (Deno.build.os !== "windows") assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
      const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(left.filter((name) => name.startsWith(".")), []);
    }));
}

Deno.test("reconcileFinished() mends files whose rows the index counts wrong", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeNumber(output, { ...SHORT, ndjson: ROWS }, { rows: 40 });
    assert.deepEqual((await find(output)).problems.map(({ type }) => type), ["changed"]);
    assert.equal((await reconcile(output)).length, 1);
    const { findings, problems } = await find(output);
    assert.deepEqual([findings, problems], [[], []]);
  }));

Deno.test("reconcileFinished() fills nothing from a file that was changed since, nor one with rows of its own", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`, path = `${output}${BASE}`;
    const own = [...ROWS.slice(0, 10), message("other", "x", BEGIN + 10)];
    await writeNumber(output, { csv: ROWS.slice(0, 30), json: own, ndjson: ROWS.slice(0, 30) });
    const more = fileOf(FORMATS.ndjson, ROWS);
    await Deno.writeFile(`${path}.ndjson`, more);
    assert.deepEqual(await reconcile(output), [{ type: "left", path: `${path}.json` }]);
    assert.deepEqual(await Deno.readFile(`${path}.csv`), fileOf(FORMATS.csv, ROWS.slice(0, 30)));
    assert.deepEqual(await Deno.readFile(`${path}.json`), fileOf(FORMATS.json, own));
  }));

Deno.test("reconcileFinished() mends files that were torn before the index was lost", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`, path = `${output}${BASE}`;
    await writeNumber(output, { csv: ROWS, json: ROWS, ndjson: ROWS });
    await Deno.remove(`${output}.files.csv`);
    const csv = fileOf(FORMATS.csv, ROWS), json = fileOf(FORMATS.json, ROWS);
    await Deno.writeFile(`${path}.csv`, csv.slice(0, -50));
    await Deno.writeFile(`${path}.json`, json.slice(0, -2));
    await repairIndex(output);
    assert.deepEqual(
      (await reconcile(output)).map((file) => [file.path, file.type === "filled" && file.added]),
      [[`${path}.csv`, 1], [`${path}.json`, 0]],
    );
    assert.deepEqual(await Deno.readFile(`${path}.csv`), csv);
    assert.deepEqual(await Deno.readFile(`${path}.json`), json);
    const { findings, problems } = await find(output);
    assert.deepEqual([findings, problems], [[], []]);
  }));

Deno.test("restoreFinished() ends what a kill left of reconcileFinished()", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`, path = `${output}${BASE}.csv`;
    await writeNumber(output, { ...SHORT, ndjson: ROWS });
    {
      using _ = failRenames(Infinity);
      await assert.rejects(reconcile(output), /killed/);
    }
    const restored = await restoreFinished(output, await find(output), await finishedParts(output));
    assert.deepEqual(restored, [{ path, kept: `${path}.damaged` }]);
    const { findings, problems } = await find(output);
    assert.deepEqual([findings, problems], [[], []]);
  }));

for (const lang of ["en", "fr"] as const) {
  Deno.test(`check --repair says what it filled and what it cannot fill, and names no --repair again (${lang})`, () =>
    inFolder(async (folder) => {
      const t = sentences(lang), own = `r${BASE}`;
      await writeNumber(`${folder}/r`, {
        csv: ROWS.slice(0, 10),
        json: ROWS,
        ndjson: [message("other", "x", BEGIN)],
      });
      const repair = ["check", "r", "--repair", "--lang", lang];
      const { code, stdout } = await run(repair, { cwd: folder });
      assert.equal(code, 1);
      assert.ok(stdout.includes(t.rotate.reconciled(`${own}.csv`, 30)), stdout);
      assert.ok(stdout.includes(t.rotate.shortKept(`${own}.csv.damaged`)), stdout);
      assert.ok(stdout.includes(t.rotate.notReconciled(`${own}.ndjson`)), stdout);
      assert.doesNotMatch(stdout, /(see|voir) --repair/);
    }));
}
