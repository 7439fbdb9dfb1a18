import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { holeStart, openRegular, syncDirectory } from "../../lib/files/regular_file.ts";
import { writeAll } from "../../lib/system/write_all.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { bytes, concat } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const en = sentences("en");
const onPosix = Deno.build.os !== "windows";

/** The message of the error for opening `path`. */
async function refusal(path: string): Promise<string> {
  try {
    (await openRegular(path)).close();
  } catch (error) {
    assert.ok(error instanceof RecordingError, String(error));
    return error.message;
  }
  assert.fail(`opened: ${path}`);
}

Deno.test("openRegular() creates a missing file and opens an existing one unchanged", () =>
  inFolder(async (folder) => {
    for (const text of ["", "there"]) {
      if (text !== "") await Deno.writeTextFile(`${folder}/r`, text);
      using file = await openRegular(`${folder}/r`);
      assert.equal(await Deno.readTextFile(`${folder}/r`), text);
      await writeAll(file, bytes("more "));
      assert.equal((await Deno.readTextFile(`${folder}/r`)).slice(0, 5), "more ");
    }
  }));

Deno.test({
  name: "openRegular() lets the umask decide the mode of a new file",
  ignore: !onPosix,
  fn: () =>
    inFolder(async (folder) => {
      for (const [umask, mode] of [[0o077, 0o600], [0o022, 0o644], [0o002, 0o664]] as const) {
        const before = Deno.umask(umask);
        try {
          (await openRegular(`${folder}/${umask}`)).close();
        } finally {
          Deno.umask(before);
        }
        assert.equal((await Deno.stat(`${folder}/${umask}`)).mode! & 0o777, mode);
      }
    }),
});

Deno.test("openRegular() refuses a folder and names what is missing on the path", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    assert.equal(await refusal(folder), en.isDirectory(folder));
    const missing = `${folder}/none/r`;
    assert.equal(await refusal(missing), en.cannotWrite(missing, en.causes["ENOENT"]!));
    if (!onPosix) return;
    const through = `${folder}/file/r`;
    assert.equal(await refusal(through), en.cannotWrite(through, en.causes["ENOTDIR"]!));
  }));

Deno.test({
  name: "openRegular() refuses every link and does not follow it",
  ignore: !onPosix,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/target`, "precious");
      await Deno.mkdir(`${folder}/folder`);
      for (const target of ["target", "folder", "nowhere", "/dev/null"]) {
        const link = `${folder}/to_${target.replaceAll("/", "_")}`;
        await Deno.symlink(target, link);
        assert.equal(await refusal(link), en.isLink(link));
      }
      assert.equal(await Deno.readTextFile(`${folder}/target`), "precious");
      await assert.rejects(Deno.lstat(`${folder}/nowhere`), Deno.errors.NotFound);
    }),
});

Deno.test({
  name: "openRegular() refuses pipes, sockets and devices",
  ignore: !onPosix,
  fn: () =>
    inFolder(async (folder) => {
      const fifo = `${folder}/pipe`, socket = `${folder}/socket`;
      assert.ok((await new Deno.Command("mkfifo", { args: [fifo] }).output()).success);
      using _ = Deno.listen({ transport: "unix", path: socket });
      for (const path of [fifo, socket, "/dev/null", "/dev/zero"]) {
        assert.equal(await refusal(path), en.notRegular(path));
      }
    }),
});

Deno.test({
  name: "openRegular() refuses a file that a link replaces during the check",
  ignore: !onPosix,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/r`, { lstat } = Deno;
      await Deno.writeTextFile(path, "looked at");
      await Deno.writeTextFile(`${folder}/target`, "precious");
      const looked = await lstat(path);
      await Deno.remove(path);
      await Deno.symlink("target", path);
      Object.defineProperty(Deno, "lstat", { value: () => Promise.resolve(looked) });
      try {
        assert.equal(await refusal(path), en.isLink(path));
      } finally {
        Object.defineProperty(Deno, "lstat", { value: lstat });
      }
    }),
});

Deno.test("holeStart() finds the first of any number of zeros", () =>
  inFolder(async (folder) => {
    const block = 64 * 1024;
    for (const before of [0, 1, 7, block - 1, block, block + 1]) {
      for (const zeros of [0, 1, block - 1, block, 2 * block + 5]) {
        const text = new Uint8Array(before).fill(65);
        await Deno.writeFile(`${folder}/r`, concat(text, new Uint8Array(zeros), bytes("rest")));
        using file = await openRegular(`${folder}/r`);
        assert.equal(await holeStart(file, before + zeros), before, `${before} and ${zeros}`);
      }
    }
  }));

Deno.test("syncDirectory() succeeds if the folder cannot be opened", () =>
  inFolder(async (folder) => {
    await syncDirectory(`${folder}/r`);
    await syncDirectory(`${folder}/none/r`);
  }));
