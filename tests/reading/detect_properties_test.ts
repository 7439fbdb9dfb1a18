/** Tests that recordings with and without properties are detected and never mixed. */

import assert from "node:assert/strict";
import { checkRecording } from "../../lib/check/check_recording.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import {
  type FormatName,
  FORMATS,
  FORMATS_WITH_PROPERTIES,
  formatsOf,
} from "../../lib/formats/mod.ts";
import { hasProperties } from "../../lib/reading/detect_properties.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { Recorder } from "../../lib/recording/recorder.ts";
import { repair } from "../../lib/check/repair.ts";
import { batchOf, bytes, fileOf, message, rowsOf, seeded } from "../support/arbitrary.ts";
import { arbitraryWithProperties } from "../support/with_properties.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inFolder } from "../support/program.ts";
import { record } from "../support/recording_fixture.ts";

const NAMES = ["csv", "json", "ndjson"] as const;
const PAIR = ["csv", "json"] as const;
const random = seeded(33);
const MESSAGES = Array.from({ length: 30 }, () => arbitraryWithProperties(random));
const en = sentences("en");

const open = (output: string, properties: boolean, formats: readonly FormatName[] = NAMES) =>
  Recorder.open({ output, formats, properties, clock: new FakeClock() });

function pathsOf(base: string) {
  return new Map(PAIR.map((name) => [name, `${base}.${name}`]));
}

/** Writes both files, whose contents may differ. */
async function write(base: string, contents: Readonly<Record<"csv" | "json", Uint8Array>>) {
  for (const name of PAIR) await Deno.writeFile(`${base}.${name}`, contents[name]);
}

for (const properties of [true, false]) {
  const [is, other] = properties ? ["with", "without"] : ["without", "with"];
  const formats = formatsOf(properties);

  Deno.test(`Recorder.open() continues a recording ${is} properties`, () =>
    inFolder(async (folder) => {
      for (const one of MESSAGES) {
        using recorder = await open(`${folder}/r`, properties);
        await record(recorder, batchOf([one]));
      }
      for (const name of NAMES) {
        const path = `${folder}/r.${name}`;
        assert.deepEqual(await Deno.readFile(path), fileOf(formats[name], MESSAGES));
        assert.equal(await hasProperties(path, name), properties);
      }
    }));

  for (const name of NAMES) {
    Deno.test(`Recorder.open() refuses to continue a ${name} file ${is} properties ${other} them`, () =>
      inFolder(async (folder) => {
        const path = `${folder}/r.${name}`;
        const rows = fileOf(formats[name], [message("t", '"properties":{}}\n}}'), ...MESSAGES]);
        const torn = rows.subarray(0, rows.length - 5);
        for (const file of [rows, torn]) {
          await Deno.writeFile(path, file);
          await assert.rejects(open(`${folder}/r`, !properties, [name]), (error) => {
            assert.ok(error instanceof RecordingError);
            assert.equal(error.message, en.otherProperties(path, properties));
            return true;
          });
          assert.deepEqual(await Deno.readFile(path), file);
          const there = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
          assert.deepEqual(there, [`r.${name}`]);
        }
      }));
  }
}

Deno.test("Recorder.open() continues a file without a whole row with or without properties", () =>
  inFolder(async (folder) => {
    for (
      const [name, text] of [
        ["json", "[\n]\n"],
        ["json", '[\n{"timest'],
        ["csv", "timest"],
        ["ndjson", ""],
        ["ndjson", '{"timest'],
      ]
    ) {
      for (const properties of [true, false]) {
        const path = `${folder}/r.${name}`;
        await Deno.writeTextFile(path, text!);
        assert.equal(await hasProperties(path, name as FormatName), undefined);
        using recorder = await open(`${folder}/r`, properties, [name as FormatName]);
        await record(recorder, batchOf(MESSAGES));
        const expected = fileOf(formatsOf(properties)[name as FormatName], MESSAGES);
        assert.deepEqual(await Deno.readFile(path), expected);
      }
    }
  }));

Deno.test("hasProperties() reads a first row of megabytes", () =>
  inFolder(async (folder) => {
    for (const properties of [true, false]) {
      const path = `${folder}/r.json`;
      const file = fileOf(formatsOf(properties).json, [message("t", "}}".repeat(3 << 20))]);
      await Deno.writeFile(path, file);
      assert.equal(await hasProperties(path, "json"), properties);
    }
  }));

Deno.test("checkRecording() compares properties and reports the row that differs", () =>
  inFolder(async (folder) => {
    const base = `${folder}/r`;
    const [csv, json] = [
      fileOf(FORMATS_WITH_PROPERTIES.csv, MESSAGES),
      fileOf(FORMATS_WITH_PROPERTIES.json, MESSAGES),
    ];
    await write(base, { csv, json });
    const found = await checkRecording({ base, paths: pathsOf(base) });
    assert.deepEqual(found.standings, [{ type: "same", rows: MESSAGES.length }]);
    assert.deepEqual(found.files.map(({ problem }) => problem), [undefined, undefined]);
    const changed = MESSAGES.with(6, { ...MESSAGES[6]!, propertiesText: '{"contentType":"?"}' });
    await write(base, { csv, json: fileOf(FORMATS_WITH_PROPERTIES.json, changed) });
    const { standings } = await checkRecording({ base, paths: pathsOf(base) });
    assert.deepEqual(standings, [{ type: "different", row: 7 }]);
  }));

Deno.test("repair() restores missing rows with their properties, also to an empty file", () =>
  inFolder(async (folder) => {
    const base = `${folder}/r`;
    const named = { base, paths: pathsOf(base) };
    const whole = {
      csv: fileOf(FORMATS_WITH_PROPERTIES.csv, MESSAGES),
      json: fileOf(FORMATS_WITH_PROPERTIES.json, MESSAGES),
    };
    const torn = whole.csv.subarray(
      0,
      whole.csv.length - rowsOf(FORMATS_WITH_PROPERTIES.csv, [MESSAGES[29]!]).length + 9,
    );
    for (
      const spoilt of [{ ...whole, json: bytes("[\n]\n") }, { ...whole, csv: torn }, {
        ...whole,
        csv: FORMATS_WITH_PROPERTIES.csv.header,
      }]
    ) {
      await write(base, spoilt);
      await repair(named, await checkRecording(named), en);
      for (const name of PAIR) {
        assert.deepEqual(await Deno.readFile(`${base}.${name}`), whole[name]);
      }
    }
  }));

Deno.test("checkRecording() reports a recording whose files disagree about properties", () =>
  inFolder(async (folder) => {
    const base = `${folder}/r`;
    const named = { base, paths: pathsOf(base) };
    await write(base, {
      csv: fileOf(FORMATS.csv, MESSAGES),
      json: fileOf(FORMATS_WITH_PROPERTIES.json, MESSAGES),
    });
    const found = await checkRecording(named);
    assert.deepEqual(found.standings, []);
    assert.deepEqual(
      found.errors.map((error) => (error as RecordingError).message),
      [en.check.mixed(base)],
    );
    assert.deepEqual(found.files.map(({ problem }) => problem), [undefined, undefined]);
    await assert.rejects(repair(named, found, en), RecordingError);
  }));
