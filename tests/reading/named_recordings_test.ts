import assert from "node:assert/strict";
import { namedRecordings, withoutFolders } from "../../lib/reading/named_recordings.ts";
import { FORMATS, FORMATS_WITH_PROPERTIES } from "../../lib/formats/mod.ts";
import { fileOf, message } from "../support/arbitrary.ts";
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

Deno.test("withoutFolders() puts the recordings of a folder in its place", () =>
  inFolder(async (folder) => {
    for (
      const name of [
        "b.csv",
        "b.json",
        "b.gaps.csv",
        "b.marks.csv",
        "a.JSON",
        "c.csv.torn",
        "d.lock",
        "e",
      ]
    ) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    await Deno.mkdir(`${folder}/f.csv`);
    const bases = [`${folder}/a`, `${folder}/b`];
    assert.deepEqual(await withoutFolders([folder, `${folder}/`]), [...bases, ...bases]);
    const others = [`${folder}/e`, `${folder}/none`];
    assert.deepEqual(await withoutFolders(others, folder), others);
    assert.deepEqual(await withoutFolders([], folder), bases);
    assert.deepEqual(await withoutFolders([]), []);
    for (const [operands, folders] of [[[`${folder}/f.csv`]], [[], `${folder}/none`]] as const) {
      await assert.rejects(withoutFolders(operands, folders), /there is no recording in it/);
    }
  }));

Deno.test("withoutFolders() passes over the tables of export, and over nothing else", () =>
  inFolder(async (folder) => {
    const messages = [message("a", "1"), message('b"', "[\n{")];
    const files: Record<string, string | Uint8Array> = {
      "a.csv": fileOf(FORMATS.csv, messages),
      "b.json": fileOf(FORMATS.json, messages),
      "c.csv": fileOf(FORMATS_WITH_PROPERTIES.csv, messages),
      // Saved anew by a spreadsheet, damaged, foreign: what reads them says so.
      "d.csv": "\ufefftimestamp;topic;payload;encoding;qos;retain;dup\r\n",
      "e.csv": "timestXmp,topic,payload,encoding,qos,retain,dup\r\n",
      "f.json": '[\n{"timestamp":"2026-11-23T10:00:00.123Z","topic":"\\"","payload":"',
      "g.csv": "x,y\n",
      "long.csv": "timestamp,topic,field,value,text,unit\r\n",
      "wide.csv": "\ufefftimestamp;a;b\r\n",
      "long.json":
        '[\n{"timestamp":"2026-11-23T10:00:00.123Z","topic":"a","field":"","value":1}\n]\n',
      "wide.json": '[\n{"timestamp":"2026-11-23T10:00:00.123+01:00","a":1}\n]\n',
    };
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(
        `${folder}/${name}`,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    const expected = [..."abcdefg"].map((name) => `${folder}/${name}`);
    assert.deepEqual(await withoutFolders([folder]), expected);
  }));
