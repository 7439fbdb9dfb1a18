import assert from "node:assert/strict";
import { finishedSuffix } from "../../lib/files/finished_name.ts";
import { type FormatName, FORMATS } from "../../lib/formats/mod.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import type { Message } from "../../lib/message/message.ts";
import { namedRecordings } from "../../lib/reading/named_recordings.ts";
import { RecordingSet } from "../../lib/reading/recording_set.ts";
import { arbitraryMessage, fileOf, seeded } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const random = seeded(7);
const BEGIN = Date.UTC(2026, 10, 24);
const ALL = Array.from(
  { length: 400 },
  (_, i) => ({ ...arbitraryMessage(random), time: BEGIN + i }),
);

async function gzip(path: string): Promise<void> {
  const stream = new Blob([await Deno.readFile(path)]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  await Deno.writeFile(`${path}.gz`, stream);
  await Deno.remove(path);
}

/** Four parts of 100 messages, the last one open. */
async function writeSet(output: string, names: readonly FormatName[]): Promise<string[]> {
  const bases = [1, 2, 3].map((number) => output + finishedSuffix(number, BEGIN + number));
  for (const [i, base] of [...bases, output].entries()) {
    for (const name of names) {
      const data = fileOf(FORMATS[name], ALL.slice(100 * i, 100 * i + 100));
      await Deno.writeFile(`${base}.${name}`, data);
    }
  }
  return bases;
}

async function openSet(...outputs: string[]): Promise<RecordingSet> {
  return await RecordingSet.open(await namedRecordings(outputs, assert.fail));
}

async function messagesOf(set: RecordingSet): Promise<Message[]> {
  const all: Message[] = [];
  for await (const { batch, from, to } of set.runs()) {
    for (let i = from; i < to; i++) all.push(batch.at(i));
  }
  return all;
}

Deno.test("RecordingSet reads every message of a set in order, whatever the format", async () => {
  for (const names of [["csv"], ["json"], ["ndjson"], ["csv", "json", "ndjson"]] as const) {
    await inFolder(async (folder) => {
      const [first, second] = await writeSet(`${folder}/r`, names);
      for (const name of names) await gzip(`${first}.${name}`);
      const reader = await openSet(`${folder}/r`);
      // Compressed after it was opened.
      for (const name of names) await gzip(`${second}.${name}`);
      assert.deepEqual(await messagesOf(reader), ALL);
      assert.deepEqual(reader.problems, []);
    });
  }
});

Deno.test("RecordingSet reads the file that was open although it is finished meanwhile", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output, ["csv"]);
    const reader = await openSet(output);
    await Deno.rename(`${output}.csv`, `${output}${finishedSuffix(4, BEGIN + 4)}.csv`);
    await Deno.writeFile(`${output}.csv`, FORMATS.csv.header);
    assert.deepEqual(await messagesOf(reader), ALL);
  }));

Deno.test("RecordingSet tells of a torn end, and goes on behind it", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const [first] = await writeSet(output, ["ndjson"]);
    const path = `${first}.ndjson`;
    await Deno.truncate(path, (await Deno.stat(path)).size - 5);
    const reader = await openSet(output);
    const expected = [...ALL.slice(0, 99), ...ALL.slice(100)];
    assert.deepEqual(await messagesOf(reader), expected);
    assert.deepEqual(reader.problems.map(({ path, type }) => [path, type]), [[path, "torn"]]);
  }));

Deno.test("RecordingSet reads a set without open files, and refuses a file that is gone", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const bases = await writeSet(output, ["csv"]);
    await Deno.remove(`${output}.csv`);
    {
      const reader = await openSet(output);
      assert.deepEqual(await messagesOf(reader), ALL.slice(0, 300));
    }
    const reader = await openSet(output);
    await Deno.remove(`${bases[1]}.csv`);
    await assert.rejects(messagesOf(reader), RecordingError);
  }));

Deno.test("RecordingSet merges a recording in parts with another in order of time", () =>
  inFolder(async (folder) => {
    await writeSet(`${folder}/r`, ["csv", "json"]);
    const other = ALL.map((one) => ({ ...one, topic: "other" }));
    await Deno.writeFile(`${folder}/o.json`, fileOf(FORMATS.json, other));
    const set = await openSet(`${folder}/r`, `${folder}/o`);
    const expected = ALL.flatMap((one, i) => [one, other[i]!]);
    for (let pass = 0; pass < 2; pass++) {
      assert.deepEqual(await messagesOf(set), expected);
      assert.ok(set.bytesRead > 0 && set.bytesRead <= set.bytes);
    }
  }));
