import assert from "node:assert/strict";
import { FORMATS } from "../../lib/formats/mod.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";
import { FixedRows } from "./fixed_rows.ts";
import { assertRows } from "./rows.ts";

async function write(base: string, payloads: readonly string[]): Promise<void> {
  const messages = payloads.map((payload) => message("a/b", payload));
  for (const format of Object.values(FORMATS)) {
    await Deno.writeFile(`${base}.${format.extension}`, fileOf(format, messages));
  }
}

Deno.test("assertRows() counts rows by lines, without the line feeds in payloads", () =>
  inFolder(async (folder) => {
    await write(`${folder}/r`, ["1", "two\nlines\r\n", "3"]);
    await assertRows(`${folder}/r`, 3, 2);
    await assert.rejects(assertRows(`${folder}/r`, 4, 2), /CSV has 6 lines, not 7/);
    await Deno.writeFile(`${folder}/r.json`, fileOf(FORMATS.json, [message("a/b", "1")]));
    await assert.rejects(assertRows(`${folder}/r`, 3, 2), /JSON has 3 lines, not 5/);
  }));

Deno.test("FixedRows.inBoth() counts rows of one length by the sizes of both files", () =>
  inFolder(async (folder) => {
    const rows = new FixedRows(`${folder}/r`);
    const sizes = [];
    for (const count of [0, 1, 2]) {
      await write(`${folder}/r`, Array(count).fill("21.5"));
      sizes.push(rows.sizes());
    }
    assert.ok(rows.grownSince(sizes[0]!) && !rows.grownSince(sizes[2]!));
    rows.learn(sizes[1]!, sizes[2]!);
    await write(`${folder}/r`, Array(9).fill("21.5"));
    assert.equal(rows.inBoth(), 9);
    await Deno.writeFile(
      `${folder}/r.csv`,
      fileOf(FORMATS.csv, Array(8).fill(message("a/b", "21.5"))),
    );
    assert.equal(rows.inBoth(), 8);
  }));

Deno.test("FixedRows.inBoth() counts on over files that are finished", () =>
  inFolder(async (folder) => {
    const base = `${folder}/r`;
    const rows = new FixedRows(base, 3);
    const write = (count: number) =>
      Promise.all(
        [".csv", ".json"].map((extension) =>
          Deno.writeTextFile(base + extension, "head" + "row\n".repeat(count))
        ),
      );
    rows.learn([8, 8], [12, 12]);
    for (const [there, counted] of [[1, 1], [3, 3], [0, 3], [1, 4], [3, 6], [2, 8]] as const) {
      await write(there);
      assert.equal(rows.inBoth(), counted);
    }
    await Deno.remove(`${base}.csv`);
    assert.equal(rows.inBoth(), 8);
  }));
