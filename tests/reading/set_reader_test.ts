import assert from "node:assert/strict";
import { finishedSuffix } from "../../lib/files/finished_name.ts";
import { type FormatName, FORMATS } from "../../lib/formats/mod.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import type { Message } from "../../lib/message/message.ts";
import { namedRecordings } from "../../lib/reading/named_recordings.ts";
import { SetReader } from "../../lib/reading/set_reader.ts";
import { arbitraryMessage, fileOf, seeded } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const random = seeded(7);
const ALL = Array.from({ length: 400 }, () => arbitraryMessage(random));
const BEGIN = Date.UTC(2026, 10, 24);

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

async function openSet(output: string): Promise<SetReader> {
  const [named] = await namedRecordings([output], assert.fail);
  return await SetReader.open(named!);
}

async function messagesOf(reader: SetReader): Promise<Message[]> {
  const all: Message[] = [];
  while (await reader.read()) {
    for (let i = 0; i < reader.batch.count; i++) all.push(reader.batch.at(i));
  }
  return all;
}

Deno.test("SetReader reads every message of a set in order, whatever the format", async () => {
  for (const names of [["csv"], ["json"], ["ndjson"], ["csv", "json", "ndjson"]] as const) {
    await inFolder(async (folder) => {
      const [first, second] = await writeSet(`${folder}/r`, names);
      for (const name of names) await gzip(`${first}.${name}`);
      using reader = await openSet(`${folder}/r`);
      // Compressed after it was opened.
      for (const name of names) await gzip(`${second}.${name}`);
      assert.deepEqual(await messagesOf(reader), ALL);
      assert.deepEqual(reader.problems, []);
    });
  }
});

Deno.test("SetReader reads the file that was open although it is finished meanwhile", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    await writeSet(output, ["csv"]);
    using reader = await openSet(output);
    await Deno.rename(`${output}.csv`, `${output}${finishedSuffix(4, BEGIN + 4)}.csv`);
    await Deno.writeFile(`${output}.csv`, FORMATS.csv.header);
    assert.deepEqual(await messagesOf(reader), ALL);
  }));

Deno.test("SetReader tells of a torn end, and goes on behind it", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const [first] = await writeSet(output, ["ndjson"]);
    const path = `${first}.ndjson`;
    await Deno.truncate(path, (await Deno.stat(path)).size - 5);
    using reader = await openSet(output);
    const expected = [...ALL.slice(0, 99), ...ALL.slice(100)];
    assert.deepEqual(await messagesOf(reader), expected);
    assert.deepEqual(reader.problems.map(({ path, problem: { type } }) => [path, type]), [
      [path, "torn"],
    ]);
  }));

Deno.test("SetReader reads a set without open files, and refuses a file that is gone", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const bases = await writeSet(output, ["csv"]);
    await Deno.remove(`${output}.csv`);
    {
      using reader = await openSet(output);
      assert.deepEqual(await messagesOf(reader), ALL.slice(0, 300));
    }
    using reader = await openSet(output);
    await Deno.remove(`${bases[1]}.csv`);
    await assert.rejects(messagesOf(reader), RecordingError);
  }));
