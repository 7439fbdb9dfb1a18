import assert from "node:assert/strict";
import { isWell, renderFindings } from "../../lib/check/check_report.ts";
import { checkRecording } from "../../lib/check/check_recording.ts";
import { checkSet } from "../../lib/check/check_set.ts";
import { repairIndex } from "../../lib/check/repair_index.ts";
import { finishedFiles, finishedSuffix } from "../../lib/files/finished_name.ts";
import { FileIndex, indexPath, readIndex } from "../../lib/files/file_index.ts";
import { openRecorded } from "../../lib/files/gzip_file.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import { describe, RecordingError } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { namedRecordings } from "../../lib/reading/named_recordings.ts";
import { Compressor } from "../../lib/recording/compressor.ts";
import { Finisher } from "../../lib/recording/finisher.ts";
import type { FinisherEvent } from "../../lib/recording/recorder_events.ts";
import { FileWorker } from "../../lib/system/file_worker.ts";
import { arbitraryMessage, fileOf, message, seeded } from "../support/arbitrary.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inFolder } from "../support/program.ts";
import { until } from "../support/until.ts";

const NAMES = ["csv", "json", "ndjson"] as const;
const BEGIN = Date.UTC(2026, 10, 24);

async function finish(output: string, number: number) {
  const rows = [0, 1, 2].map((i) => message("t", `${i}`, BEGIN + number * 60_000 + i));
  const base = `${output}${finishedSuffix(number, rows[0]!.time)}`;
  for (const name of NAMES) await Deno.writeFile(`${base}.${name}`, fileOf(FORMATS[name], rows));
  return { number, base, formats: NAMES, begin: rows[0]!.time, end: rows[2]!.time, rows: 3 };
}

function opening(output: string, compress = true, insisted?: AbortSignal) {
  const events: FinisherEvent[] = [];
  const onEvent = (event: FinisherEvent) => void events.push(event);
  const clock = new FakeClock();
  const open = () => Finisher.open({ output, clock, onEvent, compress, insisted }, 0);
  return { events, open };
}

async function gunzip(path: string): Promise<Uint8Array> {
  const { readable } = await Deno.open(path);
  const contents = readable.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(contents).arrayBuffer());
}

async function problemsOf(output: string) {
  const [named] = await namedRecordings([output], assert.fail);
  const { problems, findings, rows } = await checkSet(named!, isWell, false);
  return { problems, findings, rows };
}

const namesIn = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();

Deno.test("Finisher compresses what it has finished, tells it then, and check reads it", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const { events, open } = opening(output);
    let one;
    {
      await using finisher = await open();
      finisher.add(one = await finish(output, 1));
      finisher.add(await finish(output, 2));
    }
    const files = await finishedFiles(output);
    assert.ok(files.length === 6 && files.every(({ compressed }) => compressed));
    for (const name of NAMES) {
      const rows = [0, 1, 2].map((i) => message("t", `${i}`, BEGIN + 60_000 + i));
      assert.deepEqual(await gunzip(`${one.base}.${name}.gz`), fileOf(FORMATS[name], rows));
    }
    const paths = NAMES.map((name) => `${one.base}.${name}.gz`);
    assert.deepEqual(events[0], { type: "finished", paths, rows: 3 });
    assert.deepEqual(await problemsOf(output), { problems: [], findings: [], rows: 6 });
    const [named] = await namedRecordings([output], assert.fail);
    const findings = await checkRecording(named!.finished![0]!);
    const lines = renderFindings(findings, undefined, sentences("en"));
    assert.equal(lines.at(-1), "CSV, JSON and NDJSON hold the same 3 rows");
  }));

Deno.test({
  name: "Finisher lists files by their whole names, and check finds them, also with a backslash",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      for (const [output, compress] of [["a\\b", false], ["c\\d", true]] as const) {
        const path = `${folder}/${output}`;
        {
          await using finisher = await opening(path, compress).open();
          finisher.add(await finish(path, 1));
        }
        const { rows } = (await readIndex(path))!;
        assert.ok(rows.every(({ file }) => file.startsWith(`${output}_00001_`)));
        assert.deepEqual(await problemsOf(path), { problems: [], findings: [], rows: 3 });
      }
    }),
});

/** What a kill leaves, after the file of a format was listed. */
const LEFT: readonly (readonly [string, (path: string, output: string) => Promise<void>])[] = [
  ["in the middle of compressing", (path) => Deno.writeTextFile(`${path}.gz.part`, "a part")],
  ["before the row of the compressed file", async (path, output) => {
    const index = await Deno.readFile(indexPath(output));
    const plain = await Deno.readFile(path);
    {
      await using finisher = await opening(output).open();
      await finisher.idle();
    }
    await Deno.writeFile(indexPath(output), index);
    await Deno.writeFile(path, plain);
  }],
  ["before the plain file is removed", async (path, output) => {
    const plain = await Deno.readFile(path);
    {
      await using finisher = await opening(output).open();
      await finisher.idle();
    }
    await Deno.writeFile(path, plain);
  }],
];

for (const [when, leave] of LEFT) {
  Deno.test(`Finisher goes on after a kill ${when}`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`;
      let one;
      {
        await using finisher = await opening(output, false).open();
        finisher.add(one = await finish(output, 1));
      }
      await leave(`${one.base}.csv`, output);
      assert.deepEqual((await problemsOf(output)).problems, [], "check calls nothing wrong");
      {
        await using finisher = await opening(output).open();
        await finisher.idle();
      }
      const base = one.base.slice(folder.length + 1);
      assert.deepEqual(
        await namesIn(folder),
        ["r.files.csv", ...NAMES.map((name) => `${base}.${name}.gz`)].sort(),
      );
      assert.deepEqual(await problemsOf(output), { problems: [], findings: [], rows: 3 });
    }));
}

for (const when of ["before they are listed", "while one is compressed"] as const) {
  Deno.test(`Finisher leaves its files to the next start when the end is asked for twice, ${when}`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`;
      const insist = new AbortController();
      const one = await finish(output, 1);
      // It takes longer to compress than to see that it has begun.
      const large = message("t", crypto.getRandomValues(new Uint8Array(1 << 16)).toBase64());
      const rows = Array.from({ length: 100 }, () => ({ ...large, time: BEGIN }));
      await Deno.writeFile(`${one.base}.csv`, fileOf(FORMATS.csv, rows));
      const { open, events } = opening(output, true, insist.signal);
      {
        await using finisher = await open();
        finisher.add({ ...one, rows: undefined, formats: ["csv"] });
        assert.equal(finisher.busy, true);
        const isBegun = () => Deno.lstat(`${one.base}.csv.gz.part`).then(() => true, () => false);
        if (when === "while one is compressed") await until(isBegun);
        insist.abort();
      }
      assert.deepEqual(events, []);
      const left = (await namesIn(folder)).filter((name) => name.includes("csv.gz"));
      assert.deepEqual(left, [], "no part of a compressed file");
      {
        await using finisher = await opening(output).open();
        await finisher.idle();
      }
      const compressed = (await namesIn(folder)).filter((name) => name.endsWith(".gz"));
      assert.equal(compressed.length, 3);
      assert.deepEqual((await problemsOf(output)).problems, []);
    }));
}

Deno.test("Finisher removes what a cut off compression left of a file that is gone, or to be deleted", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`, bases: string[] = [];
    {
      await using finisher = await opening(output, false).open();
      for (const number of [1, 2]) {
        const one = await finish(output, number);
        bases.push(one.base);
        finisher.add(one);
      }
    }
    // A kill came between the row of the deletion and the deletion.
    const row = (await readIndex(output))!.rows.find(({ number }) => number === 1)!;
    using index = await FileIndex.open(output);
    await index.append([{ ...row, event: "deleted", sha256: undefined }]);
    await Deno.remove(`${bases[1]}.csv`);
    for (const base of bases) await Deno.writeTextFile(`${base}.csv.gz.part`, "cut");
    {
      await using finisher = await opening(output).open();
      await finisher.idle();
    }
    const names = await namesIn(folder);
    assert.deepEqual(names.filter((name) => name.includes(".csv.")), []);
    assert.equal(names.filter((name) => name.endsWith("json.gz")).length, 4);
    const { rows } = (await readIndex(output))!;
    assert.deepEqual(rows.filter(({ file }) => file.endsWith("csv.gz")), []);
  }));

Deno.test("Finisher removes no plain file beside a compressed one with other rows", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const { base } = await finish(output, 1);
    const fewer = new Blob([fileOf(FORMATS.csv, [message("t", "0", BEGIN + 60_000)]).slice()]);
    const other = fewer.stream().pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(`${base}.csv.gz`, other);
    const before = [await Deno.readFile(`${base}.csv`), await Deno.readFile(`${base}.csv.gz`)];
    // The first one makes the index that was not there, and each may be asked to compress.
    for (const compress of [false, true, false]) {
      await using finisher = await opening(output, compress).open();
      await finisher.idle();
    }
    const { rows } = await readIndex(output) ?? {};
    assert.ok(rows?.some(({ file, event }) => file.endsWith(".csv.gz") && event === "compressed"));
    const after = [await Deno.readFile(`${base}.csv`), await Deno.readFile(`${base}.csv.gz`)];
    assert.deepEqual(after, before);
  }));

for (const listed of [true, false]) {
  const which = listed ? "that the index names" : "without an index";
  Deno.test(`Finisher replaces no compressed file with other rows beside a plain one ${which}, and tells`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`;
      const one = await finish(output, 1);
      if (listed) {
        await using finisher = await opening(output, false).open();
        finisher.add(one);
      }
      const path = `${one.base}.csv`;
      const fewer = new Blob([fileOf(FORMATS.csv, [message("t", "9", BEGIN + 60_000)]).slice()]);
      await Deno.writeFile(`${path}.gz`, fewer.stream().pipeThrough(new CompressionStream("gzip")));
      const before = [await Deno.readFile(path), await Deno.readFile(`${path}.gz`)];
      for (let start = 0; start < 2; start++) {
        const { events, open } = opening(output);
        {
          await using finisher = await open();
          await finisher.idle();
        }
        assert.deepEqual([await Deno.readFile(path), await Deno.readFile(`${path}.gz`)], before);
        const told = events.filter(({ type }) => type === "twinDiffers");
        assert.deepEqual(told, [{ type: "twinDiffers", path }], `start ${start}`);
      }
    }));
}

Deno.test("Compressor removes no plain file that was changed while it was compressed", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    {
      await using finisher = await opening(output, false).open();
      finisher.add(await finish(output, 1));
    }
    const { rows } = (await readIndex(output))!;
    using worker = new FileWorker();
    const left: string[] = [];
    const onLeft = (path: string) => void left.push(path);
    const edited = `${output}${finishedSuffix(1, BEGIN + 60_000)}.csv`;
    const compress: FileWorker["compress"] = async (path, to) => {
      const sum = await worker.compress(path, to);
      if (path === edited) await Deno.writeTextFile(path, "a note", { append: true });
      return sum;
    };
    const sum: FileWorker["sum"] = (path) => worker.sum(path);
    const compressor = new Compressor({
      ...{ output, now: () => BEGIN, onLeft, onDiffering: onLeft, worker: { compress, sum } },
    });
    await compressor.compress([...rows], { append: () => Promise.resolve() }, undefined);
    const plain = (await finishedFiles(output)).filter(({ compressed }) => !compressed);
    assert.deepEqual(plain.map(({ name }) => `${folder}/${name}`), [edited]);
    assert.ok((await Deno.readTextFile(edited)).endsWith("a note"));
    assert.deepEqual(left, [edited]);
  }));

Deno.test({
  name: "Finisher gives a compressed file the permissions of the plain one",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`;
      await using finisher = await opening(output).open();
      for (const [i, mode] of [0o640, 0o600, 0o666].entries()) {
        const one = await finish(output, i + 1);
        await Deno.chmod(`${one.base}.csv`, mode);
        finisher.add({ ...one, formats: ["csv"] });
        await finisher.idle();
        const compressed = await Deno.stat(`${one.base}.csv.gz`);
        assert.equal((compressed.mode! & 0o777).toString(8), mode.toString(8));
      }
    }),
});

Deno.test("Finisher removes a plain file beside its compressed one unless it was changed since", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    let one;
    {
      await using finisher = await opening(output).open();
      finisher.add(one = await finish(output, 1));
    }
    const [edited, untouched, damaged] = NAMES.map((name) => `${one.base}.${name}`);
    for (const path of [edited!, untouched!, damaged!]) {
      await Deno.writeFile(path, await gunzip(`${path}.gz`));
    }
    const text = await Deno.readTextFile(edited!);
    await Deno.writeTextFile(edited!, text.replace(",2,utf-8", ",7,utf-8"));
    const bytes = await Deno.readFile(`${damaged}.gz`);
    bytes[bytes.length - 8]! ^= 1; // Its checksum.
    await Deno.writeFile(`${damaged}.gz`, bytes);
    const { events, open } = opening(output);
    {
      await using finisher = await open();
      await finisher.idle();
    }
    const told = [{ type: "leftThere", path: edited }, { type: "twinDiffers", path: damaged }];
    assert.deepEqual(events, told);
    const plain = (await namesIn(folder)).filter((name) => /json$|\d.*csv$/.test(name));
    assert.deepEqual(plain.map((name) => `${folder}/${name}`), [edited, damaged].sort());
    assert.ok((await Deno.readTextFile(edited!)).includes(",7,utf-8"));
  }));

Deno.test("Finisher leaves a file as it is that is not as the index says", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    let one;
    {
      await using finisher = await opening(output, false).open();
      finisher.add(one = await finish(output, 1));
    }
    const path = `${one.base}.csv`;
    await Deno.writeTextFile(path, "a note", { append: true });
    const { events, open } = opening(output);
    {
      await using finisher = await open();
      await finisher.idle();
    }
    assert.deepEqual(events[0], { type: "leftThere", path });
    assert.ok((await Deno.readTextFile(path)).endsWith("a note"));
    assert.equal((await namesIn(folder)).filter((name) => name.endsWith(".gz")).length, 2);
  }));

Deno.test("Finisher tells and caps compressed files by their own names after a failed attempt", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`, clock = new FakeClock(), events: FinisherEvent[] = [];
    const onEvent = (event: FinisherEvent) => void events.push(event);
    const limits = { keep: 1, maxTotal: undefined };
    {
      await using finisher = await Finisher.open(
        { output, clock, onEvent, compress: true, limits },
        0,
      );
      const one = await finish(output, 1);
      const obstacle = `${one.base}.json.gz.part`;
      await Deno.mkdir(`${obstacle}/full`, { recursive: true });
      finisher.add(one);
      await until(() => events.length > 0);
      assert.equal(events[0]!.type, "indexFailed");
      await Deno.remove(obstacle, { recursive: true });
      await clock.advance(5_000);
      await finisher.idle();
      const paths = NAMES.map((name) => `${one.base}.${name}.gz`);
      assert.deepEqual(events[1], { type: "finished", paths, rows: 3 });
      finisher.add(await finish(output, 2));
      await finisher.idle();
    }
    const left = await namesIn(folder);
    assert.deepEqual(left.filter((name) => name.includes("_00001_")), [], "the cap deletes all");
  }));

Deno.test("repairIndex() lists compressed files too", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    {
      await using finisher = await opening(output).open();
      finisher.add(await finish(output, 1));
    }
    const before = (await readIndex(output))!.rows.filter(({ event }) => event === "compressed");
    await Deno.remove(indexPath(output));
    await repairIndex(output);
    const { rows } = (await readIndex(output))!;
    assert.deepEqual(
      rows.map(({ event, file, sha256, rows }) => [event, file, sha256, rows]),
      before.map(({ event, file, sha256, rows }) => [event, file, sha256, rows]),
    );
    assert.deepEqual((await problemsOf(output)).problems, []);
  }));

Deno.test("openRecorded() reads a compressed file anywhere, as the plain one", () =>
  inFolder(async (folder) => {
    const random = seeded(5);
    const all = Array.from({ length: 3_000 }, () => arbitraryMessage(random));
    const plain = fileOf(FORMATS.json, all), path = `${folder}/r.json.gz`;
    const stream = new Blob([plain]).stream().pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(path, stream);
    using file = await openRecorded(path);
    assert.equal((await file.stat()).size, plain.length);
    for (let i = 0; i < 60; i++) {
      const at = i % 3 === 0
        ? random(plain.length)
        : i % 3 === 1
        ? 0
        : plain.length - random(5_000);
      const bytes = new Uint8Array(1 + random(200_000));
      await file.seek(at, Deno.SeekMode.Start);
      let length = 0;
      for (
        let n;
        length < bytes.length && (n = await file.read(bytes.subarray(length))) !== null;
      ) {
        length += n;
      }
      assert.deepEqual(bytes.subarray(0, length), plain.subarray(at, at + bytes.length));
    }
    await assert.rejects(async () => {
      await Deno.writeFile(path, (await Deno.readFile(path)).slice(0, -50));
      (await openRecorded(path)).close();
    });
  }));

Deno.test("openRecorded() says of a damaged file that it is, and not that it may not be read", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.csv.gz`;
    for (const bytes of [new Uint8Array(), new Uint8Array(100).fill(7)]) {
      await Deno.writeFile(path, bytes);
      await assert.rejects(openRecorded(path), (error) => {
        assert.ok(error instanceof RecordingError);
        assert.equal(describe(error, sentences("en")), sentences("en").check.damagedGzip(path));
        return true;
      });
    }
    await assert.rejects(openRecorded(`${folder}/none.gz`), Deno.errors.NotFound);
  }));
