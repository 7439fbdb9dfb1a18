/** The names of version 0.1.0 on the command line, in the environment and in files still exist. */

import assert from "node:assert/strict";
import { BASE, type Contents, contents, FILES, gapsOf, text } from "../support/files_of_0_1_0.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { freePort, inFolder, run } from "../support/program.ts";

type Settings = Readonly<Record<string, string>>;

const contract = (name: string) => Deno.readTextFile(new URL(`contract/${name}`, FILES));
/** Groups of compatible settings: every setting allowed outside the command line. */
const GROUPS: readonly Settings[] = JSON.parse(await contract("settings.json"));
const variableOf = (name: string) => `MQTTREC_${name.toUpperCase().replaceAll("-", "_")}`;

/** The flags in a help text of 0.1.0: long name, and short name if it has one. */
async function flagsOf(help: string): Promise<(readonly [name: string, short: string])[]> {
  const lines = (await contract(help)).matchAll(/^ {2}(?:-(\w), )?--([\w-]+)/gm);
  return [...lines].map(([, short = "", name]) => [name!, short]);
}

/** What `--print-config` prints, line by line, by the name of the setting. */
async function printed(
  argv: readonly string[],
  cwd: string,
  env: Settings = {},
): Promise<ReadonlyMap<string, string>> {
  const { code, stdout, stderr } = await run([...argv, "--print-config"], { cwd, env });
  assert.equal(code, 0, stderr);
  return new Map(stdout.trimEnd().split("\n").map((line) => [line.split(" ")[0]!, line]));
}

/** Asserts that each setting came from the place that `placeOf` names. */
function assertPlaces(
  lines: ReadonlyMap<string, string>,
  settings: Settings,
  placeOf: (name: string) => string,
): void {
  for (const name of Object.keys(settings)) {
    assert.match(lines.get(name) ?? "", new RegExp(` ${placeOf(name)}(?![\\w-])`), name);
  }
}

/** A group as a command line; 0.1.0's switches take no value. */
function argvOf(settings: Settings, spell = (name: string) => `--${name}`): string[] {
  return Object.entries(settings).flatMap(([name, value]) =>
    value === "true" ? [spell(name)] : [spell(name), value]
  );
}

Deno.test("GROUPS holds every setting of 0.1.0", async () => {
  const all = (await flagsOf("help.txt")).map(([name]) => name);
  const elsewhere = ["config", "print-config", "help", "version"];
  const grouped = new Set(GROUPS.flatMap((settings) => Object.keys(settings)));
  assert.deepEqual([...grouped, ...elsewhere].sort(), all.sort());
});

Deno.test("mqttrec accepts every flag of 0.1.0 by its long and its short name", async () => {
  const flags = new Map(await flagsOf("help.txt"));
  const short = (name: string) => flags.get(name) ? `-${flags.get(name)}` : `--${name}`;
  await inFolder(async (cwd) => {
    await Promise.all(GROUPS.flatMap((settings) =>
      [undefined, short].map(async (spell) => {
        assertPlaces(await printed(argvOf(settings, spell), cwd), settings, (name) => `--${name}`);
      })
    ));
  });
});

Deno.test("mqttrec accepts every variable of 0.1.0", async () => {
  await inFolder(async (cwd) => {
    await Promise.all(GROUPS.map(async (settings, i) => {
      const env = Object.fromEntries(
        Object.entries(settings).map(([name, value]) => [variableOf(name), value]),
      );
      assertPlaces(await printed([], cwd, env), settings, variableOf);
      // The help text of 0.1.0 itself, so that this list cannot differ from it.
      const before = await contract(`settings_${i}.txt`);
      for (const variable of Object.keys(env)) assert.ok(before.includes(` ${variable}`), variable);
    }));
    const login = { MQTT_USERNAME: "anna", MQTT_PASSWORD: "secret" };
    const lines = await printed([], cwd, login);
    assertPlaces(lines, { username: "", password: "" }, (name) => `MQTT_${name.toUpperCase()}`);
  });
});

Deno.test("mqttrec accepts every setting of 0.1.0 in a file, also named by a variable", async () => {
  await inFolder(async (cwd) => {
    await Promise.all(GROUPS.map(async (settings, i) => {
      const file = Object.entries(settings).map(([name, value]) =>
        [name, value === "true" ? true : value] as const
      );
      await Deno.writeTextFile(`${cwd}/${i}.json`, JSON.stringify(Object.fromEntries(file)));
      for (
        const lines of [
          await printed(["--config", `${i}.json`], cwd),
          await printed([], cwd, { MQTTREC_CONFIG: `${i}.json` }),
        ]
      ) assertPlaces(lines, settings, () => `${i}.json`);
    }));
  });
});

Deno.test("--help names every flag of 0.1.0, and so does check --help", async () => {
  await inFolder(async (cwd) => {
    for (
      const [argv, recorded] of [
        [["--help"], "help.txt"],
        [["-h"], "help.txt"],
        [["check", "--help"], "check_help.txt"],
      ] as const
    ) {
      const { code, stdout } = await run(argv, { cwd });
      assert.equal(code, 0);
      for (const [name] of await flagsOf(recorded)) {
        assert.match(stdout, new RegExp(`--${name}(?![\\w-])`));
      }
    }
    assert.match((await run(["--version"], { cwd })).stdout, /^mqttrec \d+\.\d+\.\d+/);
  });
});

Deno.test("mqttrec exits with the codes of 0.1.0", async () => {
  await inFolder(async (cwd) => {
    const codes: readonly (readonly [readonly string[], number])[] = [
      [["check", "nothing"], 1],
      [["check"], 2],
      [["--unheard-of"], 2],
      [["--broker", `127.0.0.1:${freePort()}`], 3],
    ];
    await Promise.all(codes.map(async ([argv, code]) => {
      const ended = await run(argv, { cwd });
      assert.equal(ended.code, code, ended.stderr);
    }));
  });
});

/** The columns of the CSV and the keys of the first JSON object. */
function namesIn(files: Contents): [columns: string[], keys: string[]] {
  const [header] = text(files.get(`${BASE}.csv`)!).split("\r\n");
  const [object] = JSON.parse(text(files.get(`${BASE}.json`)!));
  return [header!.split(","), Object.keys(object)];
}

Deno.test({
  name: "mqttrec begins a new recording with the columns and keys of 0.1.0",
  ignore: withoutMosquitto,
  fn: () =>
    inFolder(async (cwd) => {
      await using broker = await Mosquitto.start(cwd);
      await broker.publish(["-t", "sensors/a", "-m", "21.5", "-r"]);
      for (const [folder, flags] of [["clean", []], ["properties", ["--properties"]]] as const) {
        const address = ["--broker", `127.0.0.1:${broker.port}`, "--count", "1"];
        const limits = ["--duration", "15s", "--output", `${folder}/${BASE}`];
        const { code, stderr } = await run([...address, ...limits, ...flags], { cwd });
        assert.equal(code, 0, stderr);
        const now = namesIn(await contents(`${cwd}/${folder}`));
        const before = namesIn(await contents(new URL(`${folder}/`, FILES)));
        assert.deepEqual(now.map((names, i) => names.slice(0, before[i]!.length)), before);
      }
    }),
});

/** The program's text: every TypeScript file below `folder`. */
async function sourceOf(folder: URL): Promise<string> {
  let source = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) source += await sourceOf(new URL(`${name}/`, folder));
    else if (name.endsWith(".ts")) source += await Deno.readTextFile(new URL(name, folder));
  }
  return source;
}

Deno.test("the gap logs of 0.1.0 hold only known causes, sessions and risks", async () => {
  const gaps = gapsOf(await contents(new URL("gaps/", FILES)));
  const words = new Set(
    gaps.flatMap(({ cause, session, at_risk }) => [cause!.split(":")[0]!, session!, at_risk!]),
  );
  assert.equal(words.size, 10 + 4 + 3, [...words].join());
  const source = await sourceOf(new URL("../../lib/", import.meta.url));
  for (const word of words) assert.ok(source.includes(`"${word}"`), word);
});
