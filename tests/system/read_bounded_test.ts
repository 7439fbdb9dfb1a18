import assert from "node:assert/strict";
import { StateError } from "../../lib/locale/errors.ts";
import { readBounded } from "../../lib/system/read_bounded.ts";
import { inFolder } from "../support/program.ts";

Deno.test("readBounded() reads a file of up to its bound, and no larger one", () =>
  inFolder(async (folder) => {
    const path = `${folder}/f`;
    for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      const text = "é".repeat(size);
      const bytes = new TextEncoder().encode(text);
      await Deno.writeFile(path, bytes);
      assert.deepEqual(await readBounded(path, bytes.length), bytes);
      assert.deepEqual(await readBounded(path, 1e9), bytes);
      if (size > 0) await assert.rejects(readBounded(path, bytes.length - 1), StateError);
    }
    await assert.rejects(readBounded(`${folder}/none`, 9), Deno.errors.NotFound);
  }));

Deno.test({
  name: "readBounded() ends with a file that has no end, and reads a pipe",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await assert.rejects(readBounded("/dev/zero", 1 << 20), StateError);
      const path = `${folder}/pipe`;
      assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
      const writing = new Deno.Command("sh", {
        args: ["-c", `printf one >'${path}'; sleep 0.05`],
      }).output();
      assert.equal(new TextDecoder().decode(await readBounded(path, 100)), "one");
      await writing;
    }),
});
