import assert from "node:assert/strict";
import { namedRecordings } from "../../lib/check/check_files.ts";
import { inFolder } from "../support/program.ts";

Deno.test("namedRecordings() sorts files by recording and expands base paths", () =>
  inFolder(async (folder) => {
    for (const name of ["a.csv", "a.json", "b.json", "c.txt", "d.csv.torn"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    const find = async (...operands: string[]) => {
      const refused: string[] = [];
      const named = await namedRecordings(
        operands.map((operand) => `${folder}/${operand}`),
        (error) => refused.push(error.message),
      );
      const shown = named.map(({ base, paths }) =>
        [base, ...paths.values()].map((path) => path.slice(folder.length + 1)).join(" ")
      );
      return { shown, refused };
    };
    assert.deepEqual(await find("a.csv", "a.json"), { shown: ["a a.csv a.json"], refused: [] });
    assert.deepEqual(await find("a"), { shown: ["a a.csv a.json"], refused: [] });
    assert.deepEqual(await find("b"), { shown: ["b b.json"], refused: [] });
    assert.deepEqual(await find("a.json", "b.json", "./a.csv"), {
      shown: ["a a.json ./a.csv", "b b.json"],
      refused: [],
    });
    assert.deepEqual((await find("a", "a.csv", "a")).shown, ["a a.csv a.json"]);
    // Opening the file will show whether it exists.
    assert.deepEqual(await find("none.csv"), { shown: ["none none.csv"], refused: [] });
    for (const nothing of ["none", "c.txt", "d.csv.torn", "."]) {
      const { shown, refused } = await find(nothing);
      assert.deepEqual([shown, refused.length], [[], 1], nothing);
      assert.match(refused[0]!, nothing === "none" ? /no such file/ : /is expected/);
    }
  }));
