import assert from "node:assert/strict";
import { isWell, renderSet } from "../../lib/check/check_report.ts";
import { checkSet } from "../../lib/check/check_set.ts";
import { restoreFinished } from "../../lib/check/restore_finished.ts";
import { readIndex } from "../../lib/files/file_index.ts";
import { finishedFiles, finishedSuffix } from "../../lib/files/finished_name.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { finishedParts, namedRecordings } from "../../lib/reading/named_recordings.ts";
import { Finisher } from "../../lib/recording/finisher.ts";
import { arbitraryMessage, fileOf, seeded } from "../support/arbitrary.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inFolder, run } from "../support/program.ts";

const NAMES = ["csv", "json", "ndjson"] as const;
const BEGIN = Date.UTC(2026, 10, 24);

/** Two finished numbers of hostile rows, listed as the recorder does it. */
async function writeSet(output: string, compress: boolean): Promise<void> {
  const random = seeded(8);
  await using finisher = await Finisher.open(
    { output, clock: new FakeClock(), onEvent() {}, compress },
    0,
  );
  for (const number of [1, 2]) {
    const rows = Array.from({ length: 200 }, () => arbitraryMessage(random));
    const base = `${output}${finishedSuffix(number, BEGIN)}`;
    for (const name of NAMES) await Deno.writeFile(`${base}.${name}`, fileOf(FORMATS[name], rows));
    const begin = rows[0]!.time, end = rows.at(-1)!.time;
    finisher.add({ number, base, formats: NAMES, rows: rows.length, begin, end });
  }
}

async function find(output: string) {
  const [named] = await namedRecordings([output], assert.fail);
  return await checkSet(named!, isWell, false);
}

async function restore(output: string) {
  return await restoreFinished(output, await find(output), await finishedParts(output));
}

const DAMAGE: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ["deleted", (path) => Deno.remove(path)],
  ["cut off", async (path) => await Deno.truncate(path, (await Deno.stat(path)).size - 30)],
  ["emptied", (path) => Deno.truncate(path)],
  ["changed in one byte", async (path) => {
    const bytes = await Deno.readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await Deno.writeFile(path, bytes);
  }],
];

for (const compress of [false, true]) {
  for (const [what, damage] of DAMAGE) {
    const kind = compress ? "a compressed file" : "a file";
    Deno.test(`restoreFinished() makes ${kind} that is ${what} from another format, byte for byte`, () =>
      inFolder(async (folder) => {
        const output = `${folder}/r`;
        await writeSet(output, compress);
        for (const { name } of (await finishedFiles(output)).slice(0, 3)) {
          const path = `${folder}/${name}`, whole = await Deno.readFile(path);
          await damage(path);
          assert.notDeepEqual((await find(output)).problems, []);
          const kept = what === "deleted" ? undefined : `${path}.damaged`;
          assert.deepEqual(await restore(output), [{ path, kept }]);
          assert.deepEqual(await Deno.readFile(path), whole);
          if (kept) await Deno.remove(kept);
        }
        assert.deepEqual((await find(output)).problems, []);
        const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
        assert.equal(names.length, 2 * 3 + 1, `${names}`);
      }));
  }
}

for (const compress of [false, true]) {
  for (const [what, damage] of DAMAGE.slice(0, 2)) {
    const kind = compress ? "compressed file" : "file";
    Deno.test({
      name:
        `restoreFinished() keeps the mode of a ${kind} that is ${what}, and links with the names it once used`,
      ignore: Deno.build.os === "windows",
      fn: () =>
        inFolder(async (folder) => {
          const output = `${folder}/r`;
          await writeSet(output, compress);
          const paths = (await finishedFiles(output)).map(({ name }) => `${folder}/${name}`);
          const [path] = paths as [string];
          for (const each of paths) await Deno.chmod(each, 0o640);
          const target = `${folder}/other`;
          await Deno.writeTextFile(target, "mine");
          const mine = [`${path.replace(/\.gz$/, "")}.restored`, `${path}.part`];
          for (const each of mine) await Deno.symlink(target, each);
          await damage(path);
          assert.equal((await restore(output)).length, 1);
          assert.equal(await Deno.readTextFile(target), "mine");
          for (const each of mine) assert.ok((await Deno.lstat(each)).isSymlink);
          assert.equal((await Deno.stat(path)).mode! & 0o777, 0o640);
          const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
          assert.deepEqual(left.filter((name) => name.startsWith(".")), []);
        }),
    });
  }
}

Deno.test("restoreFinished() leaves everything where no format leads to what the index says", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output, false);
    for (const { name } of (await finishedFiles(output)).slice(0, 3)) {
      await DAMAGE[1]![1](`${folder}/${name}`);
    }
    const files = async () =>
      (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    const before = await files();
    assert.deepEqual(await restore(output), []);
    assert.deepEqual(await files(), before);
  }));

Deno.test("restoreFinished() touches no file that is right where the index was edited", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output, false);
    const index = await Deno.readTextFile(`${output}.files.csv`);
    await Deno.writeTextFile(`${output}.files.csv`, index.replace(",200,", ",201,"));
    assert.equal((await find(output)).problems[0]?.type, "changed");
    assert.deepEqual(await restore(output), []);
  }));

Deno.test("checkSet() takes files that somebody compressed or decompressed for what they are", () =>
  inFolder(async (folder) => {
    for (const compress of [false, true]) {
      const output = `${folder}/${compress}`;
      await writeSet(output, compress);
      const { name } = (await finishedFiles(output))[0]!;
      const path = `${folder}/${name}`;
      const { readable } = await Deno.open(path);
      const other = compress ? path.slice(0, -3) : `${path}.gz`;
      const stream = readable.pipeThrough(
        compress ? new DecompressionStream("gzip") : new CompressionStream("gzip"),
      );
      const content = new Uint8Array(await new Response(stream).arrayBuffer());
      await Deno.writeFile(other, content);
      const both = await find(output);
      const twins = [{ kept: name, spare: /[^/]*$/.exec(other)![0] }];
      assert.deepEqual([both.problems, both.twins], [[], twins]);
      for (const t of [sentences("en"), sentences("fr")]) {
        const lines = renderSet(both, t);
        assert.ok(lines.includes(`  ${t.rotate.twins(name, twins[0]!.spare)}`), lines.join("\n"));
      }
      await Deno.truncate(other, 20);
      if (!compress) {
        const { problems, twins } = await find(output);
        assert.deepEqual([problems, twins], [[{ type: "otherRows", file: `${name}.gz` }], []]);
      }
      await Deno.remove(other);
      await Deno.writeFile(other, content);
      await Deno.remove(path);
      assert.deepEqual((await find(output)).twins, []);
      assert.deepEqual((await find(output)).problems, [], path);
    }
    assert.equal((await readIndex(`${folder}/true`))!.rows.length, 12);
  }));

const LASTING: readonly (readonly [string, string, (paths: string[]) => Promise<void>])[] = [
  ["a twin with other rows", "DIFFERENT: ", async ([first]) => {
    const { readable } = await Deno.open(first!);
    await Deno.writeFile(`${first}.gz`, readable.pipeThrough(new CompressionStream("gzip")));
    await Deno.writeTextFile(first!, "a note", { append: true });
  }],
  ["a last number that is gone", "MISSING: number 2", async (paths) => {
    for (const path of paths.slice(3)) await Deno.remove(path);
  }],
];

for (const [what, told, damage] of LASTING) {
  Deno.test(`check exits with 1 over ${what}, also with --repair, which cannot mend it`, () =>
    inFolder(async (folder) => {
      const output = `${folder}/r`;
      await writeSet(output, false);
      await damage((await finishedFiles(output)).map(({ name }) => `${folder}/${name}`));
      for (const flags of [[], ["--repair"]]) {
        const { code, stdout, stderr } = await run(["check", "r", ...flags], { cwd: folder });
        assert.deepEqual([code, stderr], [1, ""], stdout);
        assert.ok(stdout.includes(told), stdout);
        assert.match(stdout, /\nNot all is well\n$/);
      }
    }));
}
