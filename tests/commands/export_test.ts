import assert from "node:assert/strict";
import { EXPORT_FLAGS } from "../../lib/export/export_flags.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import { bytes, concat, fileOf, message, START } from "../support/arbitrary.ts";
import { inFolder, programCommand, run, startCommand } from "../support/program.ts";

const { csv, json } = FORMATS;
const MESSAGES = ["1", "2.5", "ON", '{"a":1,"b":"x"}'].map((payload, i) =>
  message(`home/${i % 2 ? "a" : "b"}`, payload, START + i * 1000)
);
const CSV = fileOf(csv, MESSAGES), JSON_FILE = fileOf(json, MESSAGES);
const LONG = "timestamp,topic,field,value,text,unit\r\n" +
  "2026-11-23T10:00:00.123Z,home/b,,1,,\r\n" +
  "2026-11-23T10:00:01.123Z,home/a,,2.5,,\r\n" +
  "2026-11-23T10:00:02.123Z,home/b,,,ON,\r\n" +
  "2026-11-23T10:00:03.123Z,home/a,a,1,,\r\n" +
  "2026-11-23T10:00:03.123Z,home/a,b,,x,\r\n";
const FILES = { "x.csv": CSV, "x.json": JSON_FILE };

/** The files of a folder as texts. */
async function contents(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name } of Deno.readDir(folder)) {
    files[name] = new TextDecoder().decode(await Deno.readFile(`${folder}/${name}`));
  }
  return files;
}

/** The zone of the tests, said by a flag on Windows: a program asks the system there, and not TZ. */
function inUtc(flags: readonly string[]): string[] {
  return Deno.build.os !== "windows" || flags.includes("--time-zone") ? [] : ["--time-zone", "UTC"];
}

/** Runs `mqttrec export …` in a folder with these files; returns the files after it. */
async function exportIn(files: Record<string, Uint8Array | string>, ...flags: string[]) {
  let left: Record<string, string> = {};
  let ended: Awaited<ReturnType<typeof run>> | undefined;
  await inFolder(async (cwd) => {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(
        `${cwd}/${name}`,
        typeof content === "string" ? bytes(content) : content,
      );
    }
    ended = await run(["export", ...flags, ...inUtc(flags)], { cwd, env: { TZ: "UTC" } });
    left = await contents(cwd);
  });
  return { ...ended!, left };
}

Deno.test("export makes a table of a recording, and leaves the recording as it is", async () => {
  for (const operand of ["x", "x.csv", "x.json", "."]) {
    const { code, stdout, stderr, left } = await exportIn(FILES, operand, "-o", "t.csv");
    assert.deepEqual([code, stdout], [0, ""]);
    assert.match(stderr, /^t\.csv: 5 rows, 6 columns \(one row for each value\), in \d+ m?s\n$/);
    const { "t.csv": table, ...others } = left;
    assert.equal(table, LONG);
    assert.deepEqual(Object.keys(others).sort(), ["x.csv", "x.json"]);
  }
});

Deno.test("export has a default shape for each kind of table, and says it", async () => {
  const shown = async (...flags: string[]) => {
    const { code, stderr, left } = await exportIn(FILES, "x", ...flags);
    assert.equal(code, 0, stderr);
    return [/\((.*)\)/.exec(stderr)![1], left["t.csv"] ?? left["t.ndjson"] ?? left["t.json"]];
  };
  const [wide, table] = await shown("-o", "t.csv", "--excel", "fr", "--time-zone", "Europe/Paris");
  assert.equal(wide, "one column for each topic or field");
  assert.equal(
    table,
    "timestamp;home/a;home/a/a;home/a/b;home/b;home/b.text\r\n" +
      "2026-11-23 11:00:00,123;;;;1;\r\n" +
      "2026-11-23 11:00:01,123;2,5;;;;\r\n" +
      "2026-11-23 11:00:02,123;;;;;ON\r\n" +
      "2026-11-23 11:00:03,123;;1;x;;\r\n",
  );
  const [every] = await shown("-o", "t.csv", "--every", "2s");
  assert.equal(every, "one column for each topic or field");
  assert.equal((await shown("-o", "t.ndjson"))[0], "one row for each value");
  const [rows, same] = await shown("-o", "t.json", "--shape", "rows");
  assert.equal(rows, "one row for each message, as recorded");
  assert.deepEqual(JSON.parse(same!), JSON.parse(new TextDecoder().decode(JSON_FILE)));
});

Deno.test("export chooses by topic and time, and makes switches numbers", async () => {
  const { left } = await exportIn(
    FILES,
    ...["x", "-o", "t.csv", "-t", "+/b", "--from", "2026-11-23T10:00:01Z", "--on-off-as-numbers"],
  );
  assert.equal(
    left["t.csv"],
    "timestamp,topic,field,value,text,unit\r\n2026-11-23T10:00:02.123Z,home/b,,1,,\r\n",
  );
});

Deno.test("export replaces a file only with --force, and never one of the recording", async () => {
  const there = { ...FILES, "t.csv": "mine" };
  const refused = await exportIn(there, "x", "-o", "t.csv");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^Cannot write "t\.csv": it exists already\n.*--force\n$/);
  assert.equal(refused.left["t.csv"], "mine");
  const forced = await exportIn(there, "x", "-o", "t.csv", "--force");
  assert.deepEqual([forced.code, forced.left["t.csv"]], [0, LONG]);
  const beside = { ...FILES, "y.csv": CSV, "y.lock": "" };
  const { code, stderr } = await exportIn(beside, "x", "-o", "y.json", "--force");
  assert.deepEqual([code, stderr.split("\n")[0]], [
    2,
    'Cannot write "y.json": it belongs to a recording',
  ]);
  for (const own of ["x.csv", "./x.json", "x.ndjson"]) {
    const files = own === "x.ndjson" ? { "x.csv": CSV } : FILES;
    const { code, stderr, left } = await exportIn(files, "x", "-o", own, "--force");
    assert.equal(code, 2, own);
    assert.match(stderr, /^Cannot write ".*": it belongs to a recording\n/);
    assert.equal(left["x.csv"], new TextDecoder().decode(CSV));
  }
});

Deno.test("export never replaces the notes, gaps or index of a recording, its own or another's", async () => {
  for (const name of ["marks", "gaps", "files"]) {
    const files = { ...FILES, [`x.${name}.csv`]: "kept", [`y.${name}.csv`]: "kept", "y.lock": "" };
    for (const base of ["x", "y"]) {
      const { code, stderr, left } = await exportIn(
        files,
        ...["x", "-o", `${base}.${name}.csv`, "--force"],
      );
      assert.equal(code, 2, `${base}.${name}`);
      assert.match(stderr, /^Cannot write ".*": it belongs to a recording\n/);
      assert.equal(left[`${base}.${name}.csv`], "kept");
    }
  }
});

Deno.test("export writes what is whole of a torn or damaged recording, says so and exits 1", async () => {
  const torn = await exportIn({ "x.csv": CSV.subarray(0, -9) }, "x", "-o", "t.csv");
  assert.equal(torn.code, 1);
  assert.match(torn.stderr, /^"x\.csv" is torn: its last \d+ bytes are no whole row, all before/);
  assert.equal(torn.left["t.csv"], LONG.split("\r\n").slice(0, 4).join("\r\n") + "\r\n");
  const damaged = concat(CSV.subarray(0, 180), bytes("@"), CSV.subarray(181));
  const malformed = await exportIn({ "x.csv": damaged }, "x", "-o", "t.csv");
  assert.equal(malformed.code, 1);
  assert.match(
    malformed.stderr,
    /^"x\.csv" is damaged: 56 bytes after row 2 are no row of mqttrec, all others/,
  );
  const expected = LONG.split("\r\n").toSpliced(3, 1).join("\r\n");
  assert.equal(malformed.left["t.csv"], expected);
  // Its other file is whole: nothing is missing.
  const other = await exportIn({ ...FILES, "x.csv": CSV.subarray(0, -9) }, "x", "-o", "t.csv");
  assert.deepEqual([other.code, other.left["t.csv"]], [0, LONG]);
});

Deno.test("export of a recording in progress takes what is there, and exits 0", () =>
  inFolder(async (cwd) => {
    await Deno.writeFile(`${cwd}/x.csv`, CSV.subarray(0, -9));
    await using _lock = await OutputLock.take(`${cwd}/x`);
    const { code, stderr } = await run(["export", "x", "-o", "t.csv"], { cwd, env: { TZ: "UTC" } });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^t\.csv: 3 rows/);
  }));

Deno.test("export refuses in one line with a remedy, and leaves nothing behind", async () => {
  const cases: [string[], number, RegExp][] = [
    [["-o", "t.csv"], 2, /^Cannot export: no recording is named\nExample: mqttrec export/],
    [["x"], 2, /^Cannot export: the file to write is not named\nExample:/],
    [
      ["x", "-o", "t.xls"],
      2,
      /^Cannot write "t\.xls": its extension .*\nKinds: \.xlsx \.csv \.par/,
    ],
    [["x", "-o", "t"], 2, /^Cannot write "t": its extension says no kind of table\n/],
    [["y", "-o", "t.csv"], 1, /^Cannot read "y": no such file or folder\n/],
    [
      ["x.txt", "-o", "t.csv"],
      1,
      /^Cannot read "x\.txt": a \.csv, \.json or \.ndjson recording is expected\n/,
    ],
    [["other.csv", "-o", "t.csv"], 1, /^Cannot read "other\.csv": it was not written by mqttrec\n/],
    [["empty.csv", "-o", "t.csv"], 1, /^Cannot export "empty\.csv": it has no message, or none/],
    [["empty.csv", "-o", "t.xlsx"], 1, /^Cannot export "empty\.csv": it has no message, or none/],
    [["x", "-o", "t.csv", "-t", "no"], 1, /^Cannot export "x\.csv": it has no message, or none/],
    [["x", "-o", "folder.csv"], 1, /^Cannot write "folder\.csv": it is a folder\n/],
    [["x", "-o", "t.csv", "-t", "a#"], 2, /^Cannot choose "a#": /],
    [["x", "-o", "t.csv", "-t", "'a/b'"], 2, /^Cannot use --topic "'a\/b'": [^]*a\/b/],
    [["x", "-o", "t\x1b.csv"], 2, /^Cannot use --output "t\\x1b\.csv": /],
    [["x", "-o", "t.csv", "--lang", "xx"], 2, /^Cannot use --lang "xx": fr or en/],
    [
      ["x", "-o", "t.csv", "--shape", "tall"],
      2,
      /^Cannot use --shape "tall": rows, long or wide is/,
    ],
    [["x", "-o", "t.csv", "--every", "0"], 2, /^Cannot use --every "0": a time such as/],
    [
      ["x", "-o", "t.csv", "--every", "1s", "--shape", "long"],
      2,
      /^Cannot use --every with another/,
    ],
    [["x", "-o", "t.csv", "--aggregate", "min"], 2, /^Cannot use --aggregate with another shape/],
    [["x", "-o", "t.xlsx", "--aggregate", "min"], 2, /^Cannot use --aggregate on its own: /],
    [["x", "-o", "t.xlsx", "--excel", "fr"], 2, /^Cannot use --excel with this file: /],
    [["x", "-o", "t.csv", "--excel", "xx"], 2, /^Cannot use --excel "xx": .*: en fr de/],
    [["x", "-o", "t.csv", "--time-zone", "Paris"], 2, /^Cannot use --time-zone "Paris": /],
    [["x", "-o", "t.csv", "--from", "soon"], 2, /^Cannot use --from "soon": a time such as/],
    [
      ["x", "-o", "t.csv", "--from", "today", "--to", "-9d"],
      2,
      /^Cannot use --from "today" with --to/,
    ],
    [
      ["x", "-o", "t.csv", "--shap", "long"],
      2,
      /^Cannot use flag "--shap": .*\nDid you mean --shape\?/,
    ],
  ];
  await inFolder(async (cwd) => {
    for (const [name, content] of Object.entries({ ...FILES, "other.csv": bytes("a,b\n1,2\n") })) {
      await Deno.writeFile(`${cwd}/${name}`, content);
    }
    await Deno.writeFile(`${cwd}/empty.csv`, csv.header);
    await Deno.writeTextFile(`${cwd}/x.txt`, "");
    await Deno.mkdir(`${cwd}/folder.csv`);
    for (const [flags, expected, pattern] of cases) {
      const { code, stdout, stderr } = await run(["export", ...flags], { cwd });
      assert.match(stderr, pattern);
      assert.deepEqual(
        [code, stdout, stderr.split("\n").length <= 3],
        [expected, "", true],
        stderr,
      );
    }
    const left = (await Array.fromAsync(Deno.readDir(cwd))).map(({ name }) => name).sort();
    assert.deepEqual(left, ["empty.csv", "folder.csv", "other.csv", "x.csv", "x.json", "x.txt"]);
  });
});

Deno.test({
  name: "export stopped by Ctrl+C leaves no half file, whatever kind it is",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (cwd) => {
      const rows = Array.from({ length: 20_000 }, (_, i) => message("a", `{"x":${i}}`, START + i));
      const file = await Deno.open(`${cwd}/x.csv`, { write: true, create: true });
      const whole = fileOf(csv, rows);
      await file.write(whole);
      for (let i = 0; i < 40; i++) await file.write(whole.subarray(csv.header.length));
      file.close();
      for (const extension of ["csv", "sqlite", "xlsx"]) {
        const output = `t.${extension}`;
        const running = startCommand(programCommand(["export", "x", "-o", output], cwd), { cwd });
        const temporary = `${cwd}/.${output}.${running.child.pid}.part`;
        // The program is at work once its file is there.
        while (await Deno.lstat(temporary).then(() => false, () => true)) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        running.child.kill("SIGINT");
        const { code, stderr } = await running.ended;
        assert.equal(stderr, `Cannot finish "${output}": it was stopped\nNothing was written\n`);
        assert.equal(code, 1);
        const left = (await Array.fromAsync(Deno.readDir(cwd))).map(({ name }) => name);
        assert.deepEqual(left, ["x.csv"]);
      }
    }),
});

Deno.test({
  name: "export to a full disk says so, and leaves no half file",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (cwd) => {
      await Deno.writeFile(`${cwd}/x.csv`, CSV);
      // As if the disk were full: no file may grow beyond one block.
      const many = Array.from({ length: 5000 }, (_, i) => message("a", `${i}`, START + i));
      await Deno.writeFile(`${cwd}/x.csv`, fileOf(csv, many));
      const command = programCommand(["export", "x", "-o", "t.csv"], cwd);
      const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$@"', "sh", ...command];
      const { code, stderr } = await startCommand(limited, { cwd }).ended;
      assert.match(stderr, /^Cannot write "t\.csv": .+\nChoose another place with --output\n$/);
      assert.equal(code, 1);
      const left = (await Array.fromAsync(Deno.readDir(cwd))).map(({ name }) => name);
      assert.deepEqual(left, ["x.csv"]);
    }),
});

Deno.test("export speaks French with --lang fr, and --quiet says only errors", async () => {
  const french = await exportIn(FILES, "x", "-o", "t.csv", "--lang", "fr");
  assert.match(
    french.stderr,
    /^t\.csv\s: 5 lignes, 6 colonnes \(une ligne par valeur\), en \d+ m?s\n$/,
  );
  assert.equal((await exportIn(FILES, "x", "-o", "t.csv", "--quiet")).stderr, "");
  const refused = await exportIn(FILES, "x", "-o", "t.pdf", "--lang", "fr", "--quiet");
  assert.match(refused.stderr, /^Impossible d'écrire «\s/);
});

Deno.test("export --help names every flag of export, and --help names export", async () => {
  for (const lang of ["en", "fr"] as const) {
    const { code, stdout, stderr } = await exportIn({}, "--help", "--lang", lang);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const { name, help } of EXPORT_FLAGS) {
      assert.ok(stdout.includes(`--${name}`));
      assert.ok(
        stdout.replaceAll(/[ \n]+/g, " ").includes(help[lang].replaceAll(/ +/g, " ")),
        name,
      );
    }
    for (const line of stdout.split("\n")) assert.ok(line.length <= 82, line);
    await inFolder(async (cwd) => {
      const { stdout } = await run(["--help", "--lang", lang], { cwd });
      assert.match(stdout, /mqttrec export (RECORDING|ENREGISTREMENT)… -o FI/);
    });
  }
});

Deno.test("the recorder loads nothing that only export needs", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL("../../lib/commands/record.ts", import.meta.url).href],
  }).output();
  const graph: { modules: { specifier?: string }[] } = JSON.parse(new TextDecoder().decode(stdout));
  const loaded = graph.modules.map(({ specifier }) => specifier ?? "");
  assert.ok(loaded.some((specifier) => specifier.endsWith("/lib/commands/record.ts")));
  const only = /\/lib\/(export|fields)\/|hyparquet|fflate|node:sqlite/;
  assert.deepEqual(loaded.filter((specifier) => only.test(specifier)), []);
  // And main.ts loads the command only when it is asked for.
  const main = await Deno.readTextFile(new URL("../../main.ts", import.meta.url));
  assert.doesNotMatch(main, /^import .*\/(export|fields)\b/m);
});
