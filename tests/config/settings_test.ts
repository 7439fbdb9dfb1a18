import assert from "node:assert/strict";
import { FLAGS, variableOf } from "../../lib/config/flags.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { fromEnvironment, loadSettings } from "../../lib/config/settings.ts";
import { badValue } from "../support/configured.ts";
import { inFolder } from "../support/program.ts";

const en = sentences("en");

type Variables = Readonly<Record<string, string>>;

const reading = (variables: Variables) => (name: string) => variables[name];

/** Runs `loadSettings()`, with `file` as settings file if it is given. */
async function load(argv: readonly string[], variables: Variables = {}, file?: object) {
  let settings: Awaited<ReturnType<typeof loadSettings>> | undefined;
  await inFolder(async (folder) => {
    const path = `${folder}/c.json`;
    if (file) await Deno.writeTextFile(path, JSON.stringify(file));
    settings = await loadSettings(file ? [...argv, "--config", path] : argv, reading(variables));
  });
  const { flags: { config: _, ...flags }, origins: { config: __, ...origins } } = settings!;
  const places = Object.entries(origins).map(([name, { origin }]) => [name, origin]);
  return { flags, places: Object.fromEntries(places) as Variables };
}

Deno.test("loadSettings() prefers the flag to the variable, and that to the file", async () => {
  const file = { port: 3, qos: 2, topic: ["f"], keepalive: 9 };
  const variables = { MQTTREC_PORT: "2", MQTTREC_QOS: "1" };
  assert.deepEqual(await load(["--port", "1"], variables, file), {
    flags: { port: ["1"], qos: ["1"], topic: ["f"], keepalive: ["9"] },
    places: { port: "flag", qos: "environment", topic: "file", keepalive: "file" },
  });
});

Deno.test("loadSettings() replaces a list of topics instead of extending it", async () => {
  const { flags } = await load(["--topic", "a"], { MQTTREC_TOPIC: "b,c" }, { topic: ["d"] });
  assert.deepEqual(flags.topic, ["a"]);
});

Deno.test("loadSettings() lets a variable turn off a switch of the file", async () => {
  const off = await load([], { MQTTREC_QUIET: "no" }, { quiet: true });
  assert.deepEqual(off, { flags: {}, places: { quiet: "environment" } });
  const unset = await load([], { MQTTREC_QUIET: "" }, { quiet: true });
  assert.deepEqual(unset, { flags: { quiet: ["true"] }, places: { quiet: "file" } });
  const typed = await load(["--quiet"], { MQTTREC_QUIET: "0" });
  assert.deepEqual(typed, { flags: { quiet: ["true"] }, places: { quiet: "flag" } });
});

Deno.test("loadSettings() labels each setting as the user wrote it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/c.json`;
    await Deno.writeTextFile(path, '{"qos": 2}');
    const variables = { MQTTREC_CONFIG: path, MQTTREC_SESSION_EXPIRY: "1m" };
    const { flags, origins } = await loadSettings(["--port", "1"], reading(variables));
    assert.deepEqual(flags.config, [path]);
    const names = Object.entries(origins).map(([name, from]) => [name, from.name]);
    assert.deepEqual(Object.fromEntries(names), {
      port: "--port",
      "session-expiry": "MQTTREC_SESSION_EXPIRY",
      qos: `qos (${path})`,
      config: "MQTTREC_CONFIG",
    });
  }));

Deno.test("loadSettings() refuses an empty or invalid path of --config", async () => {
  for (const path of ["", "a\0b"]) {
    const shown = path.replace("\0", "\\x00");
    await assert.rejects(loadSettings(["--config", path], reading({})), {
      name: "UsageError",
      message: badValue("--config", shown),
    });
  }
});

Deno.test("loadSettings() ignores environment and files for --help and --version", async () => {
  const variables = { MQTTREC_CONFIG: "none.json", MQTTREC_QUIET: "maybe", MQTTREC_PORT: "1" };
  for (const name of ["help", "version"] as const) {
    const { flags } = await loadSettings([`--${name}`], reading(variables));
    assert.deepEqual(flags, { [name]: ["true"] });
  }
});

Deno.test("fromEnvironment() has a variable for every flag that is a setting, and for --config", () => {
  const never = ["print-config", "help", "version"];
  const everything = fromEnvironment((name) => name.startsWith("MQTTREC_") ? "1" : undefined);
  const names = FLAGS.map(({ name }) => name);
  assert.deepEqual(Object.keys(everything), names.filter((name) => !never.includes(name)));
  assert.deepEqual(fromEnvironment(() => undefined), {});
});

Deno.test("fromEnvironment() splits lists at commas, and no other values", () => {
  const env = reading({ MQTTREC_TOPIC: "a/#, b/+ ,c d", MQTTREC_OUTPUT: " x,y " });
  assert.deepEqual(fromEnvironment(env), { topic: ["a/#", "b/+", "c d"], output: [" x,y "] });
});

Deno.test("fromEnvironment() reads switches as on or off", () => {
  const quiet = (value: string) => fromEnvironment(reading({ MQTTREC_QUIET: value })).quiet;
  for (const on of ["true", "1", "yes", "on", "TRUE", "Yes"]) assert.deepEqual(quiet(on), ["true"]);
  for (const off of ["false", "0", "no", "off", "False"]) assert.deepEqual(quiet(off), []);
  assert.equal(quiet(""), undefined);
  for (const odd of ["maybe", "2", "truefalse", "\x1b"]) {
    const shown = odd.replace("\x1b", "\\x1b");
    assert.throws(() => quiet(odd), {
      message: en.badValue(
        variableOf("quiet"),
        shown,
        en.settings.types.switch,
        "MQTTREC_QUIET=yes",
      ),
    });
  }
});

Deno.test("loadSettings() takes wait as a switch or a time, wherever it stands", async () => {
  const wait = async (variables: Variables, file?: object) =>
    (await load([], variables, file)).flags.wait;
  for (const on of ["1", "yes", "true"]) {
    assert.deepEqual(await wait({ MQTTREC_WAIT: on }), ["yes"]);
  }
  assert.deepEqual(await wait({ MQTTREC_WAIT: "10m" }), ["10m"]);
  assert.deepEqual(await wait({}, { wait: true }), ["yes"]);
  assert.deepEqual(await wait({}, { wait: "10m" }), ["10m"]);
  assert.deepEqual(await wait({}, { wait: false }), undefined);
  assert.deepEqual(await wait({ MQTTREC_WAIT: "no" }, { wait: true }), undefined);
});
