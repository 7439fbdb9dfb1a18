/** The tasks of deno.json, deno.lock, and how `jsr:` imports resolve without jsr.io (.jsr/). */

import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { copyFolder } from "../support/checkout.ts";

const ROOT = new URL("../../", import.meta.url);

/** Runs the task `jsr` in a copy of the project where jsr.io is `jsrUrl`; returns its stderr. */
async function prepare(project: string, jsrUrl: string, lang = "en_US.UTF-8"): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: config.tasks.jsr.command.split(" ").slice(1), // With its permissions, not all of them.
    cwd: project,
    env: { JSR_URL: jsrUrl, NO_COLOR: "1", LANG: lang, LC_ALL: lang },
  }).output();
  const said = new TextDecoder().decode(stderr);
  assert.ok(success, said);
  return said;
}

async function withProject(use: (project: string) => Promise<void>): Promise<void> {
  const project = await Deno.makeTempDir();
  try {
    await copyFolder(new URL(".jsr/", ROOT), `${project}/.jsr`);
    await Deno.copyFile(new URL("deno.lock", ROOT), `${project}/deno.lock`);
    await use(project);
  } finally {
    await Deno.remove(project, { recursive: true });
  }
}

/** What `project` has in vendor/. */
async function vendored(project: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(`${project}/vendor/jsr.io/@std`)) names.push(name);
  } catch { /* There is none. */ }
  return names.sort();
}

Deno.test("where jsr.io answers nothing is laid in its place", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ scope: "std", name: "csv" }),
  );
  await withProject(async (project) => {
    assert.equal(await prepare(project, `http://127.0.0.1:${server.addr.port}/`), "");
    assert.deepEqual(await vendored(project), []);
  });
});

Deno.test("where a captive portal answers for jsr.io, std comes from npm, and that is said once", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<h1>Please log in</h1>"),
  );
  await withProject(async (project) => {
    const url = `http://127.0.0.1:${server.addr.port}/`;
    assert.match(await prepare(project, url), /^jsr\.io does not answer: [^\n]+\n$/);
    assert.deepEqual(await vendored(project), ["cli", "csv", "fs", "internal"]);
    assert.equal(await prepare(project, url), "");
  });
});

Deno.test({
  name: "what .jsr says is French where the system is",
  ignore: Deno.build.os !== "linux", // Elsewhere a variable does not change the system's language.
  fn: () =>
    withProject(async (project) => {
      const said = await prepare(project, "http://127.0.0.1:9/", "fr_FR.UTF-8");
      assert.match(said, /^jsr\.io ne répond pas\u00a0: [^\n]+\n$/);
    }),
});

Deno.test("a machine that moved to a network with jsr.io drops what came from npm", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ scope: "std", name: "csv" }),
  );
  await withProject(async (project) => {
    await prepare(project, "http://127.0.0.1:9/");
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    await Deno.utime(`${project}/vendor/std_from_npm`, twoDaysAgo, twoDaysAgo);
    assert.equal(await prepare(project, `http://127.0.0.1:${server.addr.port}/`), "");
    assert.deepEqual(await vendored(project), []);
  });
});

Deno.test("deno.lock holds what the real @std/fs depends on, though the stand-in needs none of it", async () => {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  assert.deepEqual(lock.jsr["@std/fs@1.0.24"].dependencies, [
    "jsr:@std/internal",
    "jsr:@std/path",
  ]);
  assert.deepEqual(lock.jsr["@std/path@1.1.5"].dependencies, ["jsr:@std/internal"]);
  assert.equal(lock.specifiers["jsr:@std/internal@^1.0.14"], "1.0.14");
  assert.equal(lock.specifiers["jsr:@std/path@^1.1.5"], "1.1.5");
});

Deno.test("every import in deno.json is pinned to one version", () => {
  for (const specifier of Object.values(config.imports)) {
    assert.match(specifier, /^(jsr|npm):.+@\d+\.\d+\.\d+$/);
  }
});

Deno.test("start and simulate run with the same permissions, and none is unlimited but the network and reading", () => {
  const flags = (command: string) => command.split(" main.ts")[0];
  assert.equal(flags(config.tasks.simulate.command), flags(config.tasks.start.command));
  const unlimited = config.tasks.start.command.match(/--allow-\w+(?= )/g);
  assert.deepEqual(unlimited, ["--allow-net", "--allow-read"]);
});

Deno.test("the tasks that run the program keep Deno from drawing over its lines", () => {
  for (const { command } of Object.values(config.tasks)) {
    // It fetches the registry's data of each npm package while the program runs, with a progress
    // bar, even where deno.lock and the cache need none. As one letter it is not taken for one of
    // the permissions, which all begin with two dashes.
    if (command.includes(" main.ts")) {
      assert.match(command, /^(MQTTREC_LAUNCHER="[^"]+" )?deno run -q /);
    }
  }
});

Deno.test("deno task is a menu: each task says what it does", () => {
  for (const [name, task] of Object.entries(config.tasks)) {
    assert.match(task.description, /^[A-Z].{20,}/, name);
  }
});
