import assert from "node:assert/strict";
import { RecordingError } from "../lib/errors.ts";
import { OutputLock } from "../lib/lock.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a second lock on the same output is refused, naming the process that has it", () =>
  inFolder(async (folder) => {
    await using _ = await OutputLock.take(`${folder}/r`);
    await assert.rejects(OutputLock.take(`${folder}/r`), (error: Error) => {
      assert.ok(error instanceof RecordingError);
      if (Deno.build.os !== "windows") assert.match(error.message, new RegExp(`\\b${Deno.pid}\\b`));
      return true;
    });
    await using _other = await OutputLock.take(`${folder}/other`);
  }));

Deno.test("a lock given back leaves nothing behind and can be taken again", () =>
  inFolder(async (folder) => {
    for (let i = 0; i < 3; i++) {
      await using _ = await OutputLock.take(`${folder}/r`);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("a lock file that a crash left behind does not keep anybody out", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/r.lock`, "4194999\nleft behind by a crash\n");
    await using _ = await OutputLock.take(`${folder}/r`);
    if (Deno.build.os !== "windows") {
      assert.equal(await Deno.readTextFile(`${folder}/r.lock`), `${Deno.pid}\n`);
    }
  }));

Deno.test("many that want the same lock at once: one has it", () =>
  inFolder(async (folder) => {
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, () => OutputLock.take(`${folder}/r`)),
    );
    const taken = tries.filter(({ status }) => status === "fulfilled");
    assert.equal(taken.length, 1);
    for (const one of tries) {
      if (one.status === "fulfilled") await one.value[Symbol.asyncDispose]();
    }
  }));

Deno.test({
  name: "a lock file that is a link is refused",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/precious`, "precious");
      await Deno.symlink(`${folder}/precious`, `${folder}/r.lock`);
      await assert.rejects(OutputLock.take(`${folder}/r`), RecordingError);
      assert.equal(await Deno.readTextFile(`${folder}/precious`), "precious");
    }),
});
