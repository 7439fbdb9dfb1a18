import assert from "node:assert/strict";
import { FORMATS } from "../../lib/formats/mod.ts";
import { rebuild, temporaryFor } from "../../lib/recording/rebuild.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const { csv, json } = FORMATS;
const ROWS = Array.from({ length: 20 }, (_, i) => message("t", `${i}`));
const ignore = Deno.build.os === "windows";

Deno.test({
  name: "rebuild() keeps the mode of the file, and follows no link that has its temporary name",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const shorter = { path: `${folder}/r.csv`, format: csv };
      const longer = { path: `${folder}/r.json`, format: json };
      await Deno.writeFile(shorter.path, fileOf(csv, ROWS.slice(5)), { mode: 0o600 });
      await Deno.writeFile(longer.path, fileOf(json, ROWS));
      await Deno.writeTextFile(`${folder}/other`, "mine");
      await Deno.symlink(`${folder}/other`, await temporaryFor(shorter.path));
      assert.equal(await rebuild(shorter, longer), 5);
      assert.deepEqual(await Deno.readFile(shorter.path), fileOf(csv, ROWS));
      assert.equal((await Deno.stat(shorter.path)).mode! & 0o777, 0o600);
      assert.equal(await Deno.readTextFile(`${folder}/other`), "mine");
      const left = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(left.sort(), ["other", "r.csv", "r.json"]);
    }),
});
