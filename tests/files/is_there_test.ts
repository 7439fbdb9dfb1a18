import assert from "node:assert/strict";
import { isThere } from "../../lib/files/is_there.ts";
import { freeName } from "../../lib/files/new_file.ts";
import { inFolder } from "../support/program.ts";

Deno.test({
  name: "isThere() takes a link that leads nowhere for what has its name",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/link`;
      assert.equal(await isThere(path), false);
      await Deno.symlink(`${folder}/nowhere`, path);
      assert.equal(await isThere(path), true);
      assert.equal(await isThere(path, Deno.stat), false);
      assert.equal(await freeName(path), `${path}2`);
    }),
});

Deno.test({
  name: "isThere() says of nothing that is forbidden that it is not there",
  permissions: { read: false },
  fn: async () => {
    await assert.rejects(isThere("x"), Deno.errors.NotCapable);
  },
});
