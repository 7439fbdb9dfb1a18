import assert from "node:assert/strict";
import { FORMATS } from "../../lib/formats/mod.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import type { Message } from "../../lib/message/message.ts";
import { namedRecordings } from "../../lib/reading/named_recordings.ts";
import { RecordingSet } from "../../lib/reading/recording_set.ts";
import {
  arbitraryMessage,
  bytes,
  concat,
  fileOf,
  message,
  seeded,
  START,
} from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

/** The set of the recordings in a folder with these files. */
async function setOf(
  folder: string,
  files: Record<string, Uint8Array>,
  ...operands: string[]
): Promise<RecordingSet> {
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeFile(`${folder}/${name}`, content);
  }
  const named = await namedRecordings(operands.map((name) => `${folder}/${name}`), (error) => {
    throw error;
  });
  return await RecordingSet.open(named);
}

async function all(set: RecordingSet): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const { batch, from, to } of set.runs()) {
    for (let i = from; i < to; i++) messages.push(batch.at(i));
  }
  return messages;
}

const random = seeded(21);
const MESSAGES = Array.from({ length: 300 }, () => arbitraryMessage(random));

Deno.test("RecordingSet gives the same messages in every pass, of either format", () =>
  inFolder(async (folder) => {
    for (const format of Object.values(FORMATS)) {
      const name = `x.${format.extension}`;
      const set = await setOf(folder, { [name]: fileOf(format, MESSAGES) }, name);
      for (let pass = 0; pass < 2; pass++) {
        assert.deepEqual(await all(set), MESSAGES);
        assert.deepEqual(set.problems, []);
        assert.equal(set.bytesRead, set.bytes - format.header.length - format.footer.length);
      }
    }
  }));

Deno.test("RecordingSet prefers CSV, unless only JSON is whole", () =>
  inFolder(async (folder) => {
    const csv = fileOf(FORMATS.csv, MESSAGES), json = fileOf(FORMATS.json, MESSAGES);
    const path = async (files: Record<string, Uint8Array>) =>
      (await setOf(folder, files, "x")).files.map(({ path }) => path.slice(-4));
    assert.deepEqual(await path({ "x.csv": csv, "x.json": json }), [".csv"]);
    assert.deepEqual(await path({ "x.csv": csv.subarray(0, -3), "x.json": json }), ["json"]);
    assert.deepEqual(await path({ "x.json": json.subarray(0, -5) }), [".csv"]);
  }));

Deno.test("RecordingSet passes over damage in the middle, and says where it was", () =>
  inFolder(async (folder) => {
    const plain = Array.from({ length: 50 }, (_, i) => message(`t/${i}`, `${i}`, START + i));
    for (const format of Object.values(FORMATS)) {
      const whole = fileOf(format, plain), name = `x.${format.extension}`;
      const text = new TextDecoder().decode(whole);
      const damaged = whole.slice();
      for (const topic of ["t/7", "t/20", "t/21"]) {
        damaged[text.lastIndexOf("T", text.indexOf(topic))] = 0x21;
      }
      const set = await setOf(folder, { [name]: damaged }, name);
      const left = plain.filter((_, i) => ![7, 20, 21].includes(i));
      for (let pass = 0; pass < 2; pass++) {
        assert.deepEqual(await all(set), left);
        assert.deepEqual(set.problems.map(({ type, row }) => [type, row]), [
          ["malformed", 7],
          ["malformed", 19],
        ]);
      }
      // A torn end behind damage, and damage up to the end.
      const torn = await setOf(folder, { [name]: damaged.slice(0, -20) }, name);
      assert.deepEqual(await all(torn), left.slice(0, -1));
      assert.deepEqual(torn.problems.map(({ type }) => type), ["malformed", "malformed", "torn"]);
      const noise = concat(whole.subarray(0, text.indexOf("t/40")), bytes("!".repeat(2000)));
      const ended = await setOf(folder, { [name]: noise }, name);
      assert.equal((await all(ended)).length, 40);
      assert.equal(ended.problems.length, 1);
    }
  }));

Deno.test("RecordingSet takes a recording in progress up to where it stood, without a problem", () =>
  inFolder(async (folder) => {
    const csv = fileOf(FORMATS.csv, MESSAGES);
    const set = await setOf(folder, { "x.csv": csv.subarray(0, -10) }, "x");
    {
      await using _lock = await OutputLock.take(`${folder}/x`);
      assert.deepEqual(await all(set), MESSAGES.slice(0, -1));
      assert.deepEqual(set.problems, []);
      await Deno.writeFile(`${folder}/x.csv`, csv);
      assert.deepEqual(await all(set), MESSAGES.slice(0, -1));
    }
    assert.deepEqual(set.problems, []);
  }));
