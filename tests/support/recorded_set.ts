/** Reads the whole set of a recording: its finished files and the open ones. */

import assert from "node:assert/strict";
import { finishedFiles, outputOf } from "../../lib/files/finished_name.ts";
import { type FormatName, FORMATS } from "../../lib/formats/mod.ts";
import { RowReader } from "../../lib/reading/row_reader.ts";

/** Rows of one file, as JSON texts of their messages. */
async function rowsIn(path: string, name: FormatName): Promise<string[]> {
  using file = await Deno.open(path);
  const reader = new RowReader(file, FORMATS[name]);
  const rows: string[] = [];
  while (await reader.read()) {
    for (let i = 0; i < reader.batch.count; i++) {
      const { topic, payload, ...others } = reader.batch.at(i);
      rows.push(JSON.stringify({ ...others, topic, payload: payload.toHex() }));
    }
  }
  assert.equal(reader.ending, "whole", path);
  const { size } = await file.stat();
  assert.equal(reader.position + FORMATS[name].footer.length, size, `${path} is closed`);
  return rows;
}

/**
 * The rows of each file of a set, in order, the open one last; asserts that every format holds the
 * same, file by file, and that the numbers have no hole.
 */
export async function readSet(output: string, formats: readonly FormatName[]): Promise<string[][]> {
  const all = await finishedFiles(output);
  const numbers = [...new Set(all.map(({ number }) => number))];
  assert.deepEqual(numbers, numbers.map((_, i) => i + 1), "numbers");
  const folder = output.slice(0, output.lastIndexOf("/") + 1);
  const files: string[][] = [];
  for (const number of numbers) {
    const own = all.filter((file) => file.number === number);
    assert.deepEqual(own.map(({ format }) => format).sort(), [...formats].sort(), `${number}`);
    assert.ok(own.every(({ name }) => outputOf(folder + name) === output));
    files.push(await same(own.map(({ name, format }) => [folder + name, format])));
  }
  files.push(await same(formats.map((name) => [`${output}.${name}`, name])));
  return files;
}

async function same(files: readonly (readonly [string, FormatName])[]): Promise<string[]> {
  const [first, ...others] = await Promise.all(
    files.map(async ([path, name]) => await rowsIn(path, name)),
  );
  for (const [i, other] of others.entries()) assert.deepEqual(other, first, files[i + 1]![0]);
  return first!;
}
