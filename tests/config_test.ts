import assert from "node:assert/strict";
import { makeConfig } from "../lib/config.ts";
import { parseFlags } from "../lib/flags.ts";
import { config, en, refusal } from "./configured.ts";

Deno.test("makeConfig() has the documented defaults", () => {
  assert.deepEqual({ ...config() }, {
    host: "localhost",
    port: 1883,
    topics: ["sensors/#"],
    qos: 1,
    formats: ["csv", "json"],
    output: "exports/mqtt_data",
    clientId: undefined,
    sessionExpiryS: 3600,
    keepSession: false,
    keepaliveS: 30,
    exitOnError: false,
    simulate: false,
    sensors: 7,
    intervalMs: 3_000,
    seed: undefined,
    durationMs: undefined,
    count: undefined,
    embeddedBroker: false,
    lang: "en",
    quiet: false,
    verbose: false,
  });
});

Deno.test("makeConfig() gives what nobody can change", () => {
  const made = config();
  assert.ok(Object.isFrozen(made) && Object.isFrozen(made.topics) && Object.isFrozen(made.formats));
});

Deno.test("makeConfig() reads a broker's address in every notation", () => {
  const cases: Record<string, [host: string, port: number]> = {
    "localhost": ["localhost", 1883],
    "example.com:1884": ["example.com", 1884],
    "mqtt://example.com": ["example.com", 1883],
    "MQTT://example.com:1884/": ["example.com", 1884],
    "192.0.2.7:1": ["192.0.2.7", 1],
    "::1": ["::1", 1883],
    "[::1]": ["::1", 1883],
    "[::1]:1885": ["::1", 1885],
    "mqtt://[2001:db8::1]:1885": ["2001:db8::1", 1885],
    "my_broker-1.local": ["my_broker-1.local", 1883],
  };
  for (const [typed, [host, port]] of Object.entries(cases)) {
    const made = config("--broker", typed);
    assert.deepEqual([made.host, made.port], [host, port], typed);
  }
});

Deno.test("makeConfig() takes --port, and refuses one that contradicts --broker", () => {
  assert.equal(config("--port", "65535").port, 65_535);
  assert.equal(config("--broker", "::1", "--port", "1884").port, 1884);
  assert.equal(config("--broker", "a:1884", "--port", "1884").port, 1884);
  assert.equal(refusal("--broker", "a:1", "--port", "2"), en.portTwice("a:1", "2"));
});

Deno.test("makeConfig() refuses what is no address", () => {
  for (
    const typed of [
      "",
      " ",
      "a b",
      "a:",
      "a:x",
      "a:0",
      "a:65536",
      ":1883",
      "[::1",
      "mqtt://",
      "a/b",
    ]
      .concat("mqtt://a/path", "mqtt://a?x", "a#b", "[localhost]", "a\0", "[::1]x", ":::")
  ) assert.match(refusal("--broker", typed), /^Cannot/, typed);
});

Deno.test("makeConfig() refuses other schemes as not supported yet", () => {
  for (const scheme of ["mqtts", "ws", "wss", "http"]) {
    assert.equal(refusal("--broker", `${scheme}://a:1`), en.schemeLater(scheme));
  }
});

Deno.test("makeConfig() refuses credentials in the address without echoing them", () => {
  for (
    const typed of ["mqtt://user:secret@a", "user:secret@a", "mqtts://u:secret@a:1", "secret@a"]
      .concat("mqtt://u:sec/secret@a", "mqtt://u:secret@secret@a", "mqtt://u:a?secret@b")
  ) assert.doesNotMatch(refusal("--broker", typed), /secret/, typed);
});

Deno.test("makeConfig() takes whole numbers in their range only", () => {
  const ranges: [flag: string, min: string, max: string, tooMuch: string][] = [
    ["port", "1", "65535", "65536"],
    ["sensors", "1", "100000", "100001"],
    ["seed", "0", "4294967295", "4294967296"],
    ["count", "1", "9007199254740991", "9007199254740993"],
  ];
  for (const [flag, min, max, tooMuch] of ranges) {
    config("--simulate", `--${flag}`, min);
    config("--simulate", `--${flag}`, max);
    for (
      const bad of [tooMuch, "-1", "", "1.5", "1e3", "0x10", "x", " 1", "NaN", "Infinity", "١"]
    ) {
      assert.equal(
        refusal("--simulate", `--${flag}`, bad),
        en.badValue(`--${flag}`, bad, en.wanted[flag]!),
      );
    }
  }
  for (const flag of ["port", "sensors", "count"]) refusal("--simulate", `--${flag}`, "0");
});

Deno.test("makeConfig() reads the interval in seconds", () => {
  for (const [typed, ms] of [["3", 3_000], ["0.5", 500], [".25", 250], ["0,5", 500]] as const) {
    assert.equal(config("--simulate", "--interval", typed).intervalMs, ms);
  }
  for (
    const bad of ["0", "-1", "0.0", "", "3s", "x", "NaN", "Infinity", "1e999", "9".repeat(400)]
  ) {
    assert.match(refusal("--simulate", "--interval", bad), /^Cannot use --interval/, bad);
  }
});

Deno.test("makeConfig() reads durations with and without a unit", () => {
  const cases = {
    "10": 10_000,
    "10s": 10_000,
    "5m": 300_000,
    "2h": 7_200_000,
    "1.5h": 5_400_000,
    "500ms": 500,
  };
  for (const [typed, ms] of Object.entries(cases)) {
    assert.equal(config("--duration", typed).durationMs, ms, typed);
  }
  for (const bad of ["0", "0s", "-5", "", "s", "5x", "5 m", "1h30", "Infinity", "9".repeat(400)]) {
    assert.match(refusal("--duration", bad), /^Cannot use --duration/, bad);
  }
});

Deno.test("makeConfig() takes the choices of a flag and nothing else", () => {
  assert.deepEqual(config("--format", "csv").formats, ["csv"]);
  assert.deepEqual(config("--format", "json").formats, ["json"]);
  for (const qos of ["0", "1", "2"]) assert.equal(config("--qos", qos).qos, Number(qos));
  assert.equal(config("--lang", "fr").lang, "fr");
  for (
    const [flag, bad] of [["format", "xml"], ["format", "CSV"], ["qos", "3"], [
      "lang",
      "de",
    ]] as const
  ) {
    assert.equal(refusal(`--${flag}`, bad), en.badValue(`--${flag}`, bad, en.wanted[flag]!));
  }
});

Deno.test("makeConfig() takes the language from the environment", () => {
  const french = (name: string) => name === "LANG" ? "fr_FR.UTF-8" : undefined;
  assert.equal(makeConfig(parseFlags([]), french).lang, "fr");
  assert.equal(makeConfig(parseFlags(["--lang", "en"]), french).lang, "en");
});

Deno.test("makeConfig() checks every topic filter", () => {
  assert.deepEqual(config("--topic", "a/+", "--topic", "$share/g/#").topics, ["a/+", "$share/g/#"]);
  assert.equal(
    refusal("--topic", "a", "--topic", "b/#/c"),
    en.badFilter("b/#/c", en.filterProblems["hash"]!),
  );
  assert.equal(refusal("--topic", ""), en.badFilter("", en.filterProblems["empty"]!));
  assert.equal(refusal("--topic", "a+"), en.badFilter("a+", en.filterProblems["plus"]!));
});

Deno.test("makeConfig() wants a base path with a file name and without extension", () => {
  for (const good of ["data", "a/b", "C:\\data\\mqtt", "a.b", "../x", ".hidden"]) {
    assert.equal(config("--output", good).output, good);
  }
  for (const bad of ["", "a/", "a\\", ".", "..", "a/..", "a\0b"]) {
    assert.match(refusal("--output", bad), /^Cannot use --output/, bad);
  }
  assert.equal(refusal("--output", "a/b.csv"), en.outputWithExtension("a/b.csv", "a/b"));
  assert.equal(refusal("--output", "x.JSON"), en.outputWithExtension("x.JSON", "x"));
  assert.match(refusal("--output", "exports/.csv"), /^Cannot use --output/);
});

Deno.test("makeConfig() refuses flags that contradict or need each other", () => {
  for (const flag of ["--sensors", "--interval", "--seed"]) {
    assert.equal(refusal(flag, "3"), en.needsSimulate(flag));
  }
  assert.equal(refusal("--quiet", "--verbose"), en.quietAndVerbose);
  assert.equal(refusal("--keep-session", "--session-expiry", "0s"), en.keepForNoTime);
  assert.equal(config("--keep-session", "--session-expiry", "1").keepSession, true);
});

Deno.test("makeConfig() shows no value raw", () => {
  for (const flag of ["--broker", "--port", "--topic", "--format", "--output", "--duration"]) {
    const said = refusal(flag, "\x1b[2J/#/\u202e.csv");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(said.replace("\n", ""), /[\x00-\x1f\u202e]/, said);
  }
});
