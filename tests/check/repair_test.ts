import assert from "node:assert/strict";
import type { Named } from "../../lib/reading/named_recordings.ts";
import { checkRecording } from "../../lib/check/check_recording.ts";
import { isWell } from "../../lib/check/check_report.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { FRESH } from "../../lib/files/run_state.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import { sentences } from "../../lib/locale/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { forgetDiverged, isMendable, readCheckpoints, repair } from "../../lib/check/repair.ts";
import { arbitraryMessage, fileOf, message, type Random, seeded } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const { csv, json } = FORMATS;
const t = sentences("en");

/** Writes a recording with files changed by `damage`; returns their paths. */
async function damaged(
  folder: string,
  messages: Parameters<typeof fileOf>[1],
  damage: (file: Uint8Array) => Uint8Array,
): Promise<Named> {
  const base = `${folder}/x`;
  const paths = new Map([["csv", `${base}.csv`], ["json", `${base}.json`]] as const);
  for (const [name, path] of paths) {
    await Deno.writeFile(path, damage(fileOf(FORMATS[name], messages)));
    await Deno.remove(`${path}.torn`).catch(() => {});
  }
  return { base, paths };
}

const cut = (random: Random) => (file: Uint8Array) =>
  file.subarray(0, file.length - random(random(3) === 0 ? file.length : 300));

Deno.test("repair() restores every whole row of two files cut anywhere", () =>
  inFolder(async (folder) => {
    const random = seeded(71);
    for (let round = 0; round < 150; round++) {
      const messages = Array.from({ length: random(12) }, () => arbitraryMessage(random));
      const named = await damaged(folder, messages, cut(random));
      const before = await checkRecording(named);
      if (isMendable(before)) await repair(named, before, t);
      const after = await checkRecording(named);
      assert.ok(isWell(after), `round ${round}`);
      const rows = Math.max(...before.files.map(({ contents }) => contents.rows));
      const kept = messages.slice(0, rows);
      assert.deepEqual(await Deno.readFile(`${folder}/x.csv`), fileOf(csv, kept));
      assert.deepEqual(await Deno.readFile(`${folder}/x.json`), fileOf(json, kept));
    }
  }));

Deno.test("repair() loses none of the changed bytes and leaves nothing to repair", () =>
  inFolder(async (folder) => {
    const random = seeded(72);
    let mended = 0, refused = 0;
    for (let round = 0; round < 300; round++) {
      const messages = Array.from({ length: 1 + random(9) }, () => arbitraryMessage(random));
      const named = await damaged(folder, messages, (file) => {
        const changed = cut(random)(file).slice();
        for (let k = random(3); k > 0 && changed.length > 0; k--) {
          changed[random(changed.length)]! ^= 1 << random(8);
        }
        return changed;
      });
      const originals = new Map<string, Uint8Array>();
      for (const path of named.paths.values()) originals.set(path, await Deno.readFile(path));
      const before = await checkRecording(named);
      if (!isMendable(before)) {
        refused++;
        continue;
      }
      mended++;
      await repair(named, before, t);
      for (const { contents: { path, rows }, problem } of before.files) {
        const original = originals.get(path)!;
        const now = await Deno.readFile(path);
        const torn = await Deno.readFile(`${path}.torn`).catch(() => new Uint8Array());
        const kept = problem?.type === "torn" ? original.subarray(0, problem.at) : original;
        const footer = path.endsWith("json") ? json.footer.length : 0;
        const rowBytes = kept.subarray(0, Math.max(0, kept.length - footer));
        assert.deepEqual(
          now.subarray(0, rowBytes.length),
          rowBytes,
          `round ${round}: ${path}, ${rows}`,
        );
        if (problem?.type === "torn") assert.deepEqual(torn, original.subarray(problem.at));
      }
      assert.equal(isMendable(await checkRecording(named)), false, `round ${round}`);
    }
    assert.ok(mended > 50 && refused > 50, `${mended} mended, ${refused} not`);
  }));

Deno.test("repair() cuts at the tear behind the checkpoint of a killed run, as its next start does", () =>
  inFolder(async (folder) => {
    const random = seeded(73);
    const messages = Array.from({ length: 200 }, () => arbitraryMessage(random));
    const sizes = (count: number) => ({
      csv: fileOf(csv, messages.slice(0, count)).length,
      json: fileOf(json, messages.slice(0, count)).length,
    });
    for (const [checkpoint, mendable] of [[100, true], [190, false]] as const) {
      // A page in the middle of the last commit was never written.
      const named = await damaged(folder, messages, (file) => {
        const at = file.length === sizes(200).csv ? sizes(150).csv : sizes(150).json;
        return file.slice().fill(0, at, at + 500);
      });
      const state = { ...FRESH, alive: 5, committed: sizes(checkpoint) };
      await Deno.writeTextFile(`${folder}/x.lock`, JSON.stringify(state));
      const before = await checkRecording(named);
      assert.equal(isMendable(before, await readCheckpoints(named)), mendable);
      assert.equal(isMendable(before), false);
      if (!mendable) continue;
      await repair(named, before, t);
      assert.ok(isWell(await checkRecording(named)));
      const kept = messages.slice(0, 150);
      assert.deepEqual(await Deno.readFile(`${folder}/x.json`), fileOf(json, kept));
    }
  }));

/** A hole: rows that a file lacks at its beginning, in the middle or at several places. */
const HOLES: Readonly<Record<string, readonly [from: number, to: number][]>> = {
  "deleted and begun anew": [[0, 120]],
  "saved by an editor that had read it before": [[40, 90]],
  "both, and a row at the end": [[0, 3], [50, 51], [199, 200]],
};

for (const [name, holes] of Object.entries(HOLES)) {
  Deno.test(`repair() writes a file anew that was ${name}, and the next start tells nothing`, () =>
    inFolder(async (folder) => {
      const random = seeded(74);
      const all = Array.from({ length: 200 }, () => arbitraryMessage(random));
      const kept = all.filter((_, i) => !holes.some(([from, to]) => i >= from && i < to));
      for (const shorter of ["csv", "json"] as const) {
        const base = `${folder}/${shorter}`;
        const paths = new Map([["csv", `${base}.csv`], ["json", `${base}.json`]] as const);
        for (const [name, path] of paths) {
          await Deno.writeFile(path, fileOf(FORMATS[name], name === shorter ? kept : all));
        }
        const state = { ...FRESH, alive: 5, uneven: [shorter], committed: { csv: 49, json: 4 } };
        await Deno.writeTextFile(`${base}.lock`, JSON.stringify(state));
        const before = await checkRecording({ base, paths });
        assert.deepEqual(before.standings, [{
          type: "within",
          longer: `${base}.${shorter === "csv" ? "json" : "csv"}`,
          shorter: `${base}.${shorter}`,
          rows: all.length - kept.length,
          row: holes[0]![0] + 1,
        }]);
        assert.ok(!isWell(before) && isMendable(before));
        const [line] = await repair({ base, paths }, before, t);
        assert.match(
          line!,
          new RegExp(`^${all.length - kept.length} rows? added to .*level again`),
        );
        assert.ok(isWell(await checkRecording({ base, paths })));
        for (const [name, path] of paths) {
          assert.deepEqual(await Deno.readFile(path), fileOf(FORMATS[name], all));
        }
        await using lock = await OutputLock.take(base);
        assert.deepEqual(lock.diverged, []);
        assert.deepEqual(lock.checkpoints, {
          csv: fileOf(csv, all).length,
          json: fileOf(json, all).length,
        });
      }
      const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(names.filter((name) => name.includes(".part")), []);
    }));
}

Deno.test("repair() leaves files alone where each has a row that the other lacks", () =>
  inFolder(async (folder) => {
    const random = seeded(75);
    const all = Array.from({ length: 20 }, () => arbitraryMessage(random));
    const base = `${folder}/x`;
    const paths = new Map([["csv", `${base}.csv`], ["json", `${base}.json`]] as const);
    await Deno.writeFile(`${base}.csv`, fileOf(csv, all.toSpliced(3, 1)));
    await Deno.writeFile(`${base}.json`, fileOf(json, all.toSpliced(9, 4)));
    const before = await checkRecording({ base, paths });
    assert.deepEqual(before.standings, [{ type: "different", row: 4 }]);
    assert.equal(isMendable(before), false);
  }));

Deno.test("forgetDiverged() forgets what is noted of files that hold the same rows, and of no others", () =>
  inFolder(async (folder) => {
    const base = `${folder}/x`;
    const state = { ...FRESH, alive: 5, uneven: ["json"], committed: { csv: 4, json: 4 } };
    const rows = [message("a", "1"), message("a", "2")];
    const all = new Map([["csv", `${base}.csv`], ["json", `${base}.json`]] as const);
    const notedAfter = async (inJson: readonly Message[], paths: Named["paths"] = all) => {
      await Deno.writeFile(`${base}.csv`, fileOf(csv, rows));
      await Deno.writeFile(`${base}.json`, fileOf(json, inJson));
      await Deno.writeTextFile(`${base}.lock`, JSON.stringify(state));
      await forgetDiverged({ base, paths });
      await using lock = await OutputLock.take(base);
      return lock.diverged;
    };
    assert.deepEqual(await notedAfter(rows), []);
    assert.deepEqual(await notedAfter(rows.slice(1)), ["json"]);
    assert.deepEqual(await notedAfter(rows, new Map([["csv", `${base}.csv`]])), ["json"]);
  }));
