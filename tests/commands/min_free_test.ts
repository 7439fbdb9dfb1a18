/** `--min-free` as a user runs it, with a minimum that no disk has. */

import assert from "node:assert/strict";
import { freePort, inFolder, programPermissions, readCsv, start } from "../support/program.ts";

const flags = () => [
  ...["--simulate", "--embedded-broker", "--broker", `localhost:${freePort()}`, "--output", "r"],
  ...["--sensors", "20", "--interval", "0.1", "--count", "40", "--min-free", "1000TB"],
];

Deno.test("--min-free holds the broker back while less is free, says so, and writes it down", () =>
  inFolder(async (cwd) => {
    const running = start(flags(), { cwd });
    await running.waitForOutput(/^Cannot write to .*1,000 TB are to stay free \(--min-free\)/m);
    await running.type("q");
    assert.equal((await running.ended).code, 1);
    assert.deepEqual(await readCsv(`${cwd}/r.csv`), []);
    assert.match(await Deno.readTextFile(`${cwd}/r.gaps.csv`), /,write stall,/);
  }));

Deno.test("--min-free is off without the permission to look, which is said", () =>
  inFolder(async (cwd) => {
    const permissions = programPermissions(flags(), cwd)
      .map((flag) => flag.replace(",statfs", ""));
    const { code, stderr } = await start(flags(), { cwd, permissions }).ended;
    assert.equal(code, 0);
    assert.match(stderr, /^Nothing of the disk is kept free \(--min-free\): /m);
    assert.equal((await readCsv(`${cwd}/r.csv`)).length, 40);
  }));
