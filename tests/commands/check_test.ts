import assert from "node:assert/strict";
import { CHECK_FLAGS } from "../../lib/check/check_flags.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { arbitraryMessage, bytes, concat, fileOf, message, seeded } from "../support/arbitrary.ts";
import { inFolder, run } from "../support/program.ts";

const { csv, json } = FORMATS;
const random = seeded(61);
const MESSAGES = Array.from({ length: 30 }, () => arbitraryMessage(random));
const CSV = fileOf(csv, MESSAGES), JSON_FILE = fileOf(json, MESSAGES);

/** Every file of a folder with its content, to compare. */
async function contents(folder: string): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for await (const { name } of Deno.readDir(folder)) {
    files[name] = await Deno.readFile(`${folder}/${name}`);
  }
  return files;
}

/** Runs `mqttrec check …` in a folder with these files; returns the files after it. */
async function check(files: Record<string, Uint8Array>, ...flags: string[]) {
  let left: Record<string, Uint8Array> = {};
  let ended: Awaited<ReturnType<typeof run>> | undefined;
  await inFolder(async (cwd) => {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(`${cwd}/${name}`, content);
    }
    ended = await run(["check", ...flags], { cwd });
    left = await contents(cwd);
  });
  return { ...ended!, left };
}

Deno.test("check finds a good recording well, writes nothing and exits 0", async () => {
  const files = { "x.csv": CSV, "x.json": JSON_FILE };
  for (const operands of [["x"], ["x.csv", "x.json"], ["x.json"], ["--lang", "en", "x.csv"]]) {
    const { code, stdout, stderr, left } = await check(files, ...operands);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^x\.\w+: 30 rows/);
    assert.match(stdout, /\nAll is well\n$/);
    const both = operands[0] === "x" || operands[1] === "x.json";
    assert.equal(stdout.includes("CSV and JSON hold the same 30 rows"), both);
    assert.deepEqual(left, files);
  }
});

Deno.test("check --lang fr prints only French", async () => {
  const { code, stdout } = await check(
    { "x.csv": CSV.subarray(0, -4), "x.json": JSON_FILE.subarray(0, -2) },
    ...["x", "--lang", "fr"],
  );
  assert.equal(code, 1);
  assert.match(stdout, /ABÎMÉ[^]+NON FERMÉ[^]+DÉCALÉS[^]+Tout ne va pas bien\n$/);
  const ours = stdout.replace(/^ {4}.*$/gm, ""); // But for the topics.
  assert.doesNotMatch(ours, /\b(rows?|TORN|bytes|from|the)\b/);
});

Deno.test("check reports findings, exits 1 and writes nothing", async () => {
  const other = fileOf(json, MESSAGES.with(11, message("other", "1")));
  const cases: readonly (readonly [Record<string, Uint8Array>, RegExp])[] = [
    [{ "x.csv": CSV.subarray(0, -5) }, /TORN: /],
    [{ "x.json": JSON_FILE.subarray(0, -9) }, /TORN: /],
    [{ "x.json": JSON_FILE.subarray(0, -3) }, /NOT CLOSED: /],
    [{ "x.csv": CSV, "x.json": other }, /DIFFERENT: CSV and JSON differ from row 12 on/],
    [{ "x.csv": CSV, "x.json": fileOf(json, MESSAGES.slice(0, 28)) }, /NOT LEVEL: x.json lacks 2/],
  ];
  for (const [files, wanted] of cases) {
    const { code, stdout, stderr, left } = await check(files, "x");
    assert.deepEqual([code, stderr], [1, ""], stdout);
    assert.match(stdout, wanted);
    assert.match(stdout, /\nNot all is well\n$/);
    assert.deepEqual(left, files);
  }
});

Deno.test("check --repair moves torn ends aside, reconciles both files and exits 0", async () => {
  const torn = { "x.csv": CSV.subarray(0, -5), "x.json": JSON_FILE.subarray(0, -900) };
  const { code, stdout, stderr, left } = await check(torn, "x", "--repair");
  assert.deepEqual([code, stderr], [0, ""], stdout);
  assert.match(stdout, /moved to "x\.csv\.torn"\n[^]*added to "x\.json"[^]*All is well\n$/);
  const kept = MESSAGES.slice(0, 29);
  assert.deepEqual(Object.keys(left).sort(), ["x.csv", "x.csv.torn", "x.json", "x.json.torn"]);
  assert.deepEqual(left["x.csv"], fileOf(csv, kept));
  assert.deepEqual(left["x.json"], fileOf(json, kept));
  assert.deepEqual(concat(left["x.csv"]!, left["x.csv.torn"]!), torn["x.csv"]);
});

Deno.test("check --repair leaves unknown content alone", async () => {
  const malformed = CSV.slice();
  malformed.set(bytes("20x"), csv.header.length);
  const cases: readonly Record<string, Uint8Array>[] = [
    { "x.csv": malformed, "x.json": JSON_FILE.subarray(0, -9) },
    { "x.csv": bytes("a,b\r\n1,2\r\n"), "x.json": JSON_FILE.subarray(0, -9) },
    { "x.csv": CSV, "x.json": fileOf(json, MESSAGES.with(3, message("other", "1"))) },
  ];
  for (const files of cases) {
    const { code, stdout, left } = await check(files, "x", "--repair");
    assert.equal(code, 1);
    assert.match(stdout, /Nothing was repaired/);
    assert.deepEqual(left, files);
  }
});

Deno.test({
  name: "check --repair that cannot write says why, and leaves the files as they were",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (cwd) => {
      const messages = Array.from({ length: 100 }, (_, i) => message("t", `${i}`.padEnd(100)));
      const files = { "x.csv": fileOf(csv, messages.slice(9)), "x.json": fileOf(json, messages) };
      for (const [name, file] of Object.entries(files)) {
        await Deno.writeFile(`${cwd}/${name}`, file);
      }
      // No file may grow beyond 4 or 8 KB: shells count in 512 or 1,024 bytes.
      const through = ["sh", "-c", `trap "" XFSZ; ulimit -f 8; exec "$@"`, "sh"];
      const { code, stdout, stderr } = await run(["check", "x", "--repair"], { cwd, through });
      assert.equal(code, 1);
      const [says, remedy] = stderr.split("\n");
      assert.equal(says, 'Cannot repair "x": the file may not grow any further');
      assert.match(remedy!, /^Mend that and repair it again: nothing is lost$/);
      assert.doesNotMatch(stdout, /Nothing was repaired/);
      assert.match(stdout, /NOT LEVEL: x\.csv lacks 9 rows that x\.json has, the first as row 1;/);
      const left = await Array.fromAsync(Deno.readDir(cwd), ({ name }) => name);
      assert.deepEqual(left.sort(), ["x.csv", "x.json"]);
      for (const [name, file] of Object.entries(files)) {
        assert.deepEqual(await Deno.readFile(`${cwd}/${name}`), file);
      }
    }),
});

Deno.test("check --repair refuses while a recorder runs; check reports the recorder", () =>
  inFolder(async (cwd) => {
    await Deno.writeFile(`${cwd}/x.csv`, CSV.subarray(0, -5));
    await using _lock = await OutputLock.take(`${cwd}/x`);
    const refused = await run(["check", "x", "--repair"], { cwd });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Cannot repair "x": it is being recorded at this moment\n/);
    assert.deepEqual(await Deno.readFile(`${cwd}/x.csv`), CSV.subarray(0, -5));
    const { code, stdout } = await run(["check", "x"], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /being recorded at this moment/);
    assert.doesNotMatch(stdout, /TORN/);
  }));

Deno.test("check reports an unreadable file on standard error and checks the others", async () => {
  const files = {
    "x.csv": CSV,
    "y.csv": bytes("a,b\r\n1,2\r\n"),
    "x.gaps.csv": bytes(
      "from,to,seconds,cause,session,at_risk\r\n" +
        "2026-11-24T06:32:34.874Z,2026-11-24T06:32:41.874Z,7.000,overload,kept,no\r\n",
    ),
  };
  const operands = ["none", "y.csv", "x.gaps.csv", "x.csv"];
  const { code, stdout, stderr } = await check(files, ...operands);
  assert.equal(code, 1);
  assert.match(stderr, /"none": no such file[^]*"y\.csv": it was not written by mqttrec/);
  assert.match(stderr, /"x\.gaps\.csv": it is the list of a recording's gaps/);
  assert.match(stdout, /^x\.csv: 30 rows[^]*x\.gaps\.csv: 1 gap, 7 s in total\nNot all is well\n$/);
});

Deno.test("check exits 2 on an invalid command line", async () => {
  for (const line of [[], ["--repare", "x"], ["x", "--lang", "de"], ["x", "--repair=1"]]) {
    const { code, stdout, stderr } = await check({ "x.csv": CSV }, ...line);
    assert.deepEqual([code, stdout], [2, ""], line.join(" "));
    assert.match(stderr, /^Cannot /);
  }
});

Deno.test("check names a missing permission; only --repair needs write access", () =>
  inFolder(async (cwd) => {
    await Deno.writeFile(`${cwd}/x.csv`, CSV);
    const ask = (permissions: readonly string[], ...flags: string[]) =>
      run(["check", "x.csv", ...flags], { cwd, permissions: ["--no-prompt", ...permissions] });
    const unreadable = await ask([]);
    assert.equal(unreadable.code, 2);
    assert.match(unreadable.stderr, /--allow-read=\./);
    assert.equal((await ask(["--allow-read=."])).code, 0);
    const unwritable = await ask(["--allow-read=."], "--repair");
    assert.equal(unwritable.code, 2);
    assert.match(unwritable.stderr, /--allow-write=\./);
  }));

Deno.test("check --help names every flag of check, and --help names check", async () => {
  for (const lang of ["en", "fr"]) {
    const { code, stdout, stderr } = await check({}, "--help", "--lang", lang);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const { name, help } of CHECK_FLAGS) {
      assert.ok(stdout.includes(`--${name}`));
      assert.ok(stdout.replaceAll(/[ \n]+/g, " ").includes(help[lang as "en" | "fr"]));
    }
    for (const line of stdout.split("\n")) assert.ok(line.length <= 80, line);
    await inFolder(async (cwd) => {
      assert.match((await run(["--help", "--lang", lang], { cwd })).stdout, /mqttrec check FI/);
    });
  }
});

Deno.test("check reports a torn or foreign row in a gap log, and --repair moves its end aside", async () => {
  const whole = "from,to,seconds,cause,session,at_risk\r\n" +
    "2026-11-24T06:32:34.874Z,2026-11-24T06:32:41.874Z,7.000,overload,kept,no\r\n";
  const torn = whole.slice(-74, -10);
  const files = (log: string) => ({ "x.csv": CSV, "x.json": JSON_FILE, "x.gaps.csv": bytes(log) });
  const found = await check(files(whole + torn), "x");
  assert.equal(found.code, 1);
  assert.match(
    found.stdout,
    /1 gap, 7 s in total\n {2}TORN: the last 64 bytes .*\nNot all is well\n$/,
  );
  assert.deepEqual(found.left, files(whole + torn));
  const mended = await check(files(whole + torn), "x", "--repair");
  assert.equal(mended.code, 0);
  assert.match(mended.stdout, /64 bytes moved to "x\.gaps\.csv\.torn"[^]*\nAll is well\n$/);
  assert.deepEqual(mended.left, { ...files(whole), "x.gaps.csv.torn": bytes(torn) });
  const alien = await check(files(`${whole}no row\r\n`), "x", "--repair");
  assert.equal(alien.code, 1);
  assert.match(alien.stdout, /MALFORMED: row 2 is no row of mqttrec/);
  assert.deepEqual(alien.left, files(`${whole}no row\r\n`));
});

Deno.test("check reports a torn or foreign row among the marks, and --repair moves its end aside", async () => {
  const header = "timestamp,text\r\n", mark = '2026-11-24T09:12:40.103Z,"a\r\nb"\r\n';
  const files = (marks: string) => ({
    "x.csv": CSV,
    "x.json": JSON_FILE,
    "x.marks.csv": bytes(marks),
  });
  const whole = await check(files(header + mark), "x");
  assert.equal(whole.code, 0);
  assert.match(whole.stdout, /x\.marks\.csv: 1 mark\n/);
  const torn = await check(files(`${header}${mark}2026`), "x", "--repair");
  assert.equal(torn.code, 0, torn.stdout);
  assert.deepEqual(torn.left["x.marks.csv"], bytes(header + mark));
  assert.deepEqual(torn.left["x.marks.csv.torn"], bytes("2026"));
  const foreign = await check(files(`${header}${mark}mine,1\n`), "x", "--repair");
  assert.equal(foreign.code, 1);
  assert.match(foreign.stdout, /MALFORMED: row 2 is no row of mqttrec/);
  assert.deepEqual(foreign.left["x.marks.csv"], bytes(`${header}${mark}mine,1\n`));
  const named = await check(files(header), "x.marks.csv");
  assert.equal(named.code, 1);
  assert.match(named.stderr, /it holds the marks of a recording/);
});

Deno.test("check tells a gap log or marks that are none in one line, in both languages", async () => {
  const files = { "x.csv": CSV, "x.json": JSON_FILE };
  for (const name of ["x.gaps.csv", "x.marks.csv"]) {
    for (const lang of ["en", "fr"] as const) {
      const t = sentences(lang);
      const { code, stdout, stderr } = await check(
        { ...files, [name]: bytes("garbage\r\nof others\r\n") },
        ...["x", "--lang", lang],
      );
      assert.deepEqual([code, stderr], [1, `${t.check.foreignLog(name)}\n`]);
      assert.ok(stdout.endsWith(`\n${t.check.notWell}\n`), stdout);
    }
  }
});
