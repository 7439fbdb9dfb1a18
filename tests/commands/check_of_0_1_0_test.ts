/** `check` reports on and repairs recordings of version 0.1.0, tested from outside. */

import assert from "node:assert/strict";
import {
  assertKept,
  assertTornMoved,
  BASE,
  contents,
  EXTENSIONS,
  type Folder,
  messagesOf,
  untorn,
  withFiles,
} from "../support/files_of_0_1_0.ts";
import { run } from "../support/program.ts";

/** Whole recordings: messages in both files, gaps. */
const WHOLE: readonly (readonly [Folder, messages: number, gaps: number])[] = [
  ["clean", 38, 1],
  ["properties", 11, 0],
  ["killed_away", 12, 1],
  ["session_kept", 10, 0],
  ["gaps", 6, 26],
  ["torn/after", 8, 1],
];
/** Recordings torn or diverged by a crash: messages in both together, whole rows in each. */
const BROKEN: readonly (readonly [Folder, messages: number, csv: number, json: number])[] = [
  ["killed", 42, 42, 41],
  ["torn/before", 8, 8, 7],
];

/** Asserts that a report names this number of rows of a file; its words may change. */
function assertTells(report: string, extension: string, rows: number): void {
  assert.match(report, new RegExp(`${BASE}\\.${extension}\\D+${rows}\\b`));
}

for (const [folder, messages, gaps] of WHOLE) {
  Deno.test(`check finds ${folder} of 0.1.0 well and writes nothing`, () =>
    withFiles(folder, async (cwd, original) => {
      const { code, stdout, stderr } = await run(["check", BASE], { cwd });
      assert.deepEqual([code, stderr], [0, ""], stdout);
      for (const extension of EXTENSIONS) assertTells(stdout, extension, messages);
      if (gaps > 0) assertTells(stdout, "gaps.csv", gaps);
      assert.equal(messagesOf(original).length, messages);
      assert.deepEqual(await contents(cwd), original);
    }));
}

for (const [folder, , csv, json] of BROKEN) {
  Deno.test(`check finds ${folder} of 0.1.0 broken and writes nothing`, () =>
    withFiles(folder, async (cwd, original) => {
      const { code, stdout, stderr } = await run(["check", BASE], { cwd });
      assert.deepEqual([code, stderr], [1, ""], stdout);
      assertTells(stdout, "csv", csv);
      assertTells(stdout, "json", json);
      assert.equal(/torn/i.test(stdout), folder === "torn/before", stdout);
      assert.deepEqual(await contents(cwd), original);
    }));
}

Deno.test("check --repair changes no row of whole files of 0.1.0", async () => {
  await Promise.all(WHOLE.map(([folder]) =>
    withFiles(folder, async (cwd, original) => {
      const { code, stdout, stderr } = await run(["check", BASE, "--repair"], { cwd });
      assert.deepEqual([code, stderr], [0, ""], `${folder}\n${stdout}`);
      const after = await contents(cwd);
      for (const [name, bytes] of original) {
        // A later version may write the state of the run differently.
        if (!name.endsWith(".lock")) assert.deepEqual(after.get(name), bytes, `${folder}/${name}`);
      }
    })
  ));
});

for (const [folder, messages] of BROKEN) {
  Deno.test(`check --repair makes ${folder} of 0.1.0 whole and keeps every row`, () =>
    withFiles(folder, async (cwd, original) => {
      const { code, stdout, stderr } = await run(["check", BASE, "--repair"], { cwd });
      assert.deepEqual([code, stderr], [0, ""], stdout);
      const after = await contents(cwd);
      assert.equal(messagesOf(after).length, messages);
      const torn = folder === "torn/before";
      assertKept(after, torn ? await untorn(original) : original);
      if (torn) await assertTornMoved(after);
      assert.equal((await run(["check", BASE], { cwd })).code, 0);
    }));
}
