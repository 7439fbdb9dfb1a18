/** The rooms of `lib/` as `lib/README.md` orders them, held against every import of the code. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";

const ROOT = new URL("../../", import.meta.url);
/** The most entries that the top of `lib/` may have. */
const MAX_ENTRIES = 22;
/** The longest file, but for the tables of sentences and flags. */
const MAX_LINES = 250;
const TABLES = /^lib\/(locale|config\/flag_tables)\//;

/** The rooms, lowest first: the first column of the table in `lib/README.md`. */
async function roomsOf(readme: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(readme, ROOT));
  return [...text.matchAll(/^\| `([a-z_/]+)\/` +\|/gm)].map(([, room]) => room!);
}

/** Every TypeScript file of a folder and below, as a path from the root. */
async function filesOf(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await filesOf(path));
    else if (name.endsWith(".ts")) files.push(path);
  }
  return files.sort();
}

/** The files that a source text imports, types and `import()` included. */
function importsOf(path: string, text: string): string[] {
  const relative = /(?:\bfrom\s+|\bimport\s*\(?\s*)"(\.\.?\/[^"]+)"/g;
  return [...text.matchAll(relative)].map(([, to]) => join(dirname(path), to!));
}

/** The room of a file: the deepest folder of the table that it lies in. */
function roomOf(path: string, rooms: readonly string[]): string | undefined {
  const within = rooms.filter((room) => path.startsWith(`lib/${room}/`));
  return within.sort((a, b) => b.length - a.length)[0];
}

/** What breaks the order of the rooms, a line each. */
function violations(
  graph: ReadonlyMap<string, readonly string[]>,
  rooms: readonly string[],
): string[] {
  const found: string[] = [];
  for (const [from, targets] of graph) {
    const room = roomOf(from, rooms);
    if (room === undefined) {
      found.push(`${from} lies in no room`);
      continue;
    }
    for (const to of targets) {
      const other = roomOf(to, rooms);
      const upward = other === undefined || rooms.indexOf(other) > rooms.indexOf(room);
      if (upward) found.push(`${from} imports ${to}, which is above it`);
    }
  }
  return [...found, ...circles(graph)];
}

/** Files that import each other in a circle, a line a circle. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) found.push(`circle: ${[...way.slice(at), file].join(" → ")}`);
    if (at >= 0 || done.has(file)) return;
    for (const to of graph.get(file) ?? []) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

async function graphOf(files: readonly string[]): Promise<Map<string, string[]>> {
  const graph = new Map<string, string[]>();
  for (const path of files) {
    graph.set(path, importsOf(path, await Deno.readTextFile(new URL(path, ROOT))));
  }
  return graph;
}

Deno.test("lib/ imports only downwards, and no files import each other in a circle", async () => {
  const rooms = await roomsOf("lib/README.md");
  assert.deepEqual(violations(await graphOf(await filesOf("lib")), rooms), []);
});

Deno.test("lib/README.md names every room there is, and no other", async () => {
  const rooms = await roomsOf("lib/README.md");
  const used = new Set((await filesOf("lib")).map((path) => roomOf(path, rooms)));
  assert.deepEqual(rooms.filter((room) => !used.has(room)), []);
  const entries = (await Array.fromAsync(Deno.readDir(new URL("lib", ROOT)))).map(({ name }) =>
    name
  );
  assert.ok(entries.length <= MAX_ENTRIES, `lib/ has ${entries.length} entries`);
  const tops = new Set(rooms.map((room) => room.split("/")[0]));
  assert.deepEqual(entries.filter((name) => !tops.has(name)), ["README.md"]);
});

Deno.test("tests/ mirrors lib/: each folder of unit tests is a room", async () => {
  const rooms = await roomsOf("lib/README.md");
  const others = /^tests\/(bench|docs|faults|interop|support|testdata)\//;
  const strays = (await filesOf("tests")).filter((path) => !others.test(path))
    .filter((path) => roomOf(path.replace(/^tests/, "lib"), rooms) === undefined);
  assert.deepEqual(strays, []);
});

Deno.test(`no file of lib/ is longer than ${MAX_LINES} lines, tables excepted`, async () => {
  for (const path of (await filesOf("lib")).filter((path) => !TABLES.test(path))) {
    const lines = (await Deno.readTextFile(new URL(path, ROOT))).split("\n").length - 1;
    assert.ok(lines <= MAX_LINES, `${path} has ${lines} lines`);
  }
});

Deno.test("violations() finds an arrow upward, a circle and a stray file", () => {
  const rooms = ["low", "low/inner", "high"];
  const graph = new Map([
    ["lib/low/a.ts", ["lib/high/b.ts"]],
    ["lib/high/b.ts", ["lib/low/inner/c.ts"]],
    ["lib/low/inner/c.ts", ["lib/low/a.ts"]],
    ["lib/stray.ts", []],
  ]);
  assert.deepEqual(violations(graph, rooms), [
    "lib/low/a.ts imports lib/high/b.ts, which is above it",
    "lib/stray.ts lies in no room",
    "circle: lib/low/a.ts → lib/high/b.ts → lib/low/inner/c.ts → lib/low/a.ts",
  ]);
  assert.deepEqual(importsOf("lib/a/b.ts", 'import { x } from "../c/d.ts";\nimport("./e.ts")'), [
    "lib/c/d.ts",
    "lib/a/e.ts",
  ]);
});
