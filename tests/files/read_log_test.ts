import assert from "node:assert/strict";
import { readLog } from "../../lib/files/read_log.ts";
import { describe, RecordingError } from "../../lib/locale/errors.ts";
import { type Sentences, sentences } from "../../lib/locale/mod.ts";
import { ascii } from "../../lib/message/utf8.ts";
import { inFolder } from "../support/program.ts";

const HEADER = ascii("timestamp,text\r\n");
const read = (path: string) =>
  readLog(path, HEADER, async (file) => (await new Response(file.readable).text()).length);

Deno.test("readLog() reads a file from its start, also a torn header, and finds none", () =>
  inFolder(async (folder) => {
    assert.equal(await read(`${folder}/none`), undefined);
    for (const text of ["", "timest", "timestamp,text\r\nrow"]) {
      await Deno.writeTextFile(`${folder}/log`, text);
      assert.equal(await read(`${folder}/log`), text.length);
    }
  }));

Deno.test("readLog() tells a folder, another file and one that cannot be read in one line", () =>
  inFolder(async (folder) => {
    const path = `${folder}/log`;
    const wanted = async (say: (t: Sentences) => string) => {
      const error = await read(path).catch((error: unknown) => error);
      assert.ok(error instanceof RecordingError);
      for (const t of [sentences("en"), sentences("fr")]) {
        assert.equal(describe(error, t), say(t));
      }
      await Deno.remove(path);
    };
    await Deno.mkdir(path);
    await wanted((t) => t.check.unreadableLog(path, t.causes["EISDIR"]!));
    await Deno.writeTextFile(path, "garbage");
    await wanted((t) => t.check.foreignLog(path));
    if (Deno.build.os === "windows") return;
    await Deno.symlink(path, path);
    await assert.rejects(read(path), (error) => {
      return error instanceof RecordingError && /^Cannot read ".*": .*$/.test(error.message);
    });
  }));
