/** Settings in the environment and in a file, in the whole program. */

import assert from "node:assert/strict";
import { freePort, inFolder, readCsv, run } from "../support/program.ts";

/** The text of every file below a folder. */
async function textsIn(folder: string): Promise<string> {
  let all = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    all += name + (isDirectory ? await textsIn(path) : await Deno.readTextFile(path));
  }
  return all;
}

Deno.test("mqttrec combines settings of a file, variables and flags", () =>
  inFolder(async (cwd) => {
    const settings = {
      "embedded-broker": true,
      simulate: true,
      sensors: 3,
      interval: 0.05,
      topic: ["sensors/temperature", "sensors/humidity"],
      count: 1_000,
      quiet: true,
      output: "data/house",
    };
    await Deno.writeTextFile(`${cwd}/c.json`, JSON.stringify(settings));
    const env = { MQTTREC_CONFIG: "c.json", MQTTREC_COUNT: "500", MQTTREC_FORMAT: "csv" };
    const flags = ["--count", "6", "--port", String(freePort())];
    assert.deepEqual(await run(flags, { cwd, env }), { code: 0, stdout: "", stderr: "" });
    const rows = await readCsv(`${cwd}/data/house.csv`);
    assert.equal(rows.length, 6);
    assert.deepEqual(new Set(rows.map(({ topic }) => topic)), new Set(settings.topic));
    await assert.rejects(Deno.stat(`${cwd}/data/house.json`));
  }));

Deno.test("--print-config shows where each value comes from, and opens nothing", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/c.json`, '{"qos": 2, "output": "x/y"}');
    const { code, stdout, stderr } = await run(["--print-config", "--config", "c.json"], {
      cwd,
      env: { MQTTREC_PORT: "1884" },
    });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^broker +localhost:1884 +default\nport +1884 +MQTTREC_PORT\n/);
    assert.match(stdout, /\nqos +2 +c\.json\n/);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(cwd))).map(({ name }) => name), [
      "c.json",
    ]);
  }));

/** Errors outside the command line: variables, the text of c.json, the first words printed. */
const WRONG: readonly (readonly [Record<string, string>, string, string])[] = [
  [{ MQTTREC_PORT: "0" }, "{}", 'Cannot use MQTTREC_PORT "0": '],
  [{ MQTTREC_QUIET: "maybe" }, "{}", 'Cannot use MQTTREC_QUIET "maybe": true or false is expected'],
  [{ MQTTREC_CONFIG: "none.json" }, "{}", 'Cannot read "none.json": no such file or folder'],
  [{}, '{"port": 70000}', 'Cannot use port (c.json) "70000": a whole number from 1 to 65535'],
  [{}, '{"prot": 1}', "Cannot use prot (c.json): no such setting exists\nDid you mean"],
  [{}, '{\n  "port": 1,\n}', 'Cannot read "c.json": it is not JSON at line 3, column 1\n'],
  [{}, "[]", 'Cannot use "c.json": one JSON object is expected\n'],
  [
    { MQTTREC_LANG: "fr" },
    "[]",
    "Impossible d'utiliser «\u00a0c.json\u00a0»\u00a0: il faut un objet JSON\n",
  ],
  [
    {},
    '{"lang": "fr", "qos": 3}',
    "Impossible d'utiliser qos (c.json) «\u00a03\u00a0»\u00a0: il faut 0, 1 ou 2",
  ],
];

Deno.test("mqttrec exits 2 on an invalid variable or settings file", () =>
  inFolder(async (cwd) => {
    const results = WRONG.map(async ([env, text, output], index) => {
      const folder = `${cwd}/${index}`;
      await Deno.mkdir(folder);
      await Deno.writeTextFile(`${folder}/c.json`, text);
      const around = { MQTTREC_CONFIG: "c.json", ...env };
      // --print-config, which records nothing, fails the same.
      const flags = index % 2 === 0 ? [] : ["--print-config"];
      return [output, await run(flags, { cwd: folder, env: around })] as const;
    });
    for (const [output, { code, stdout, stderr }] of await Promise.all(results)) {
      assert.ok(stderr.startsWith(output), `${output}\n${stderr}`);
      assert.equal(stderr.split("\n").length, 3, stderr);
      assert.deepEqual([code, stdout], [2, ""], output);
    }
  }));

Deno.test("--lang sets the language of every error", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/c.json`, "{");
    for (const flags of [["--config", "c.json"], ["--bogus"]]) {
      const { stderr } = await run([...flags, "--lang", "fr"], { cwd });
      assert.match(stderr, /^Impossible /);
    }
  }));

/** Every way to give a password: flags, variables, settings in c.json. */
const WAYS: readonly (readonly [string[], Record<string, string>, Record<string, string>])[] = [
  [["-u", "anna", "-P", "s3cret"], {}, {}],
  [["-u", "anna", "--password-file", "pw"], {}, {}],
  [["--broker", "mqtt://anna:s3cret@localhost"], {}, {}],
  [["-u", "anna"], { MQTT_PASSWORD: "s3cret" }, {}],
  [[], { MQTTREC_USERNAME: "anna", MQTTREC_PASSWORD: "s3cret" }, {}],
  [[], { MQTTREC_BROKER: "mqtt://anna:s3cret@localhost" }, {}],
  [[], {}, { username: "anna", password: "s3cret" }],
  [[], {}, { broker: "anna:s3cret@localhost" }],
];

Deno.test("mqttrec shows no password in --print-config, errors, output or files", () =>
  inFolder(async (cwd) => {
    await Promise.all(WAYS.map(async ([flags, env, settings], index) => {
      const folder = `${cwd}/${index}`;
      await Deno.mkdir(folder);
      await Deno.writeTextFile(`${folder}/c.json`, JSON.stringify(settings));
      await Deno.writeTextFile(`${folder}/pw`, "s3cret\n");
      const go = (...more: string[]) =>
        run([...flags, "--config", "c.json", "--port", String(freePort()), ...more], {
          cwd: folder,
          env,
        });
      const printed = await go("--print-config");
      assert.equal(printed.code, 0, printed.stderr);
      assert.match(printed.stdout, /\nusername +anna +\S+\npassword +\*\*\* +\S+\n/);
      const recording = await go(
        ...["--simulate", "--embedded-broker", "--interval", "0.05", "--count", "3", "--verbose"],
      );
      assert.equal(recording.code, 0, recording.stderr);
      // An unreachable broker is named by its address.
      const output = [printed, recording];
      if (/@localhost/.test(JSON.stringify([flags, env, settings]))) {
        output.push(await go("--verbose"));
      }
      assert.doesNotMatch(JSON.stringify(output), /s3cret/);
      assert.doesNotMatch(await textsIn(`${folder}/exports`), /s3cret/);
    }));
  }));
