import assert from "node:assert/strict";
import { langOf, makeConfig } from "../../lib/config/config.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { badValue, config, en, refusal } from "../support/configured.ts";

Deno.test("makeConfig() has the documented defaults", () => {
  assert.deepEqual({ ...config() }, {
    scheme: "mqtt",
    host: "localhost",
    port: 1883,
    path: "",
    username: undefined,
    password: undefined,
    passwordFile: undefined,
    passwordVisible: false,
    trimmed: [],
    tls: {
      cafile: undefined,
      cert: undefined,
      key: undefined,
      keyPasswordFile: undefined,
      insecure: false,
      alpn: undefined,
      servername: undefined,
    },
    topics: ["sensors/#"],
    qos: 1,
    qosGiven: false,
    topicQos: new Map(),
    colonFilters: [],
    filterOut: [],
    retained: "all",
    maxPayload: undefined,
    mqttVersion: undefined,
    statusTopic: undefined,
    formats: ["csv", "json"],
    properties: false,
    print: undefined,
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
    waitMs: 0,
    durationMs: undefined,
    idleMs: undefined,
    rotate: undefined,
    keep: undefined,
    maxTotal: undefined,
    minFree: undefined,
    compress: false,
    printFiles: false,
    count: undefined,
    embeddedBroker: false,
    lang: "en",
    quiet: false,
    verbose: false,
  });
});

Deno.test("makeConfig() returns a frozen object", () => {
  const made = config();
  assert.ok(Object.isFrozen(made) && Object.isFrozen(made.topics) && Object.isFrozen(made.formats));
});

Deno.test("makeConfig() refuses TLS and WebSocket for the built-in broker", () => {
  for (const scheme of ["mqtts", "ws"]) {
    assert.equal(
      refusal("--embedded-broker", "--broker", `${scheme}://localhost`),
      en.connect.embeddedIsPlain(scheme),
    );
  }
});

Deno.test("makeConfig() accepts only whole numbers within their range", () => {
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
        badValue(`--${flag}`, bad),
      );
    }
  }
  for (const flag of ["port", "sensors", "count"]) refusal("--simulate", `--${flag}`, "0");
});

Deno.test("makeConfig() reads the interval in seconds, 0 for unlimited speed", () => {
  const SECONDS = [
    ["3", 3_000],
    ["0.5", 500],
    [".25", 250],
    ["0,5", 500],
    ["0", 0],
    ["3s", 3_000],
    ["5m", 3e5],
    ["2592000", 2592e6],
  ] as const;
  for (const [typed, ms] of SECONDS) {
    assert.equal(config("--simulate", "--interval", typed).intervalMs, ms);
  }
  for (
    const bad of ["-1", "-0", "", "3x", "x", "NaN", "Infinity", "1e999", "9".repeat(400)]
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
    "1h30m": 5_400_000,
    "30d": 2_592_000_000,
    "2592000": 2_592_000_000,
  };
  for (const [typed, ms] of Object.entries(cases)) {
    assert.equal(config("--duration", typed).durationMs, ms, typed);
  }
  for (
    const bad of [
      "0",
      "0s",
      "-5",
      "",
      "s",
      "5x",
      "5 m",
      "1h3",
      "Infinity",
      "9".repeat(400),
      "40000d",
    ]
  ) {
    assert.match(refusal("--duration", bad), /^Cannot use --duration/, bad);
  }
});

Deno.test("makeConfig() accepts only the listed values of a flag", () => {
  assert.deepEqual(config("--format", "csv").formats, ["csv"]);
  assert.deepEqual(config("--format", "json").formats, ["json"]);
  for (const qos of ["0", "1", "2"]) assert.equal(config("--qos", qos).qos, Number(qos));
  assert.equal(config("--lang", "fr").lang, "fr");
  assert.equal(config("--lang", "FR").lang, "fr");
  assert.deepEqual(config("--format", "CSV").formats, ["csv"]);
  assert.equal(config("-V", "MQTTv311").mqttVersion, 4);
  for (
    const [flag, bad] of [["format", "xml"], ["qos", "3"], [
      "lang",
      "de",
    ]] as const
  ) {
    assert.equal(refusal(`--${flag}`, bad), badValue(`--${flag}`, bad));
  }
});

Deno.test("langOf() prefers --lang to MQTTREC_LANG, and that to the system's language", () => {
  const env = (name: string) => ({ LANG: "fr_FR.UTF-8", MQTTREC_LANG: "en" })[name];
  assert.equal(langOf({ lang: ["fr"] }, env), "fr");
  assert.equal(langOf({ lang: ["FR"] }, env), "fr");
  assert.equal(langOf({}, env), "en");
  assert.equal(langOf({ lang: ["de"] }, (name) => name === "LANG" ? "fr" : undefined), "fr");
});

Deno.test("makeConfig() reads the language from the environment", () => {
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

Deno.test("makeConfig() requires an output path with a file name and no extension", () => {
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
  assert.equal(refusal("--quiet", "--verbose"), en.quietAndVerbose("--quiet", "--verbose"));
});

Deno.test("makeConfig() prefers --quiet or --verbose to its opposite in the environment", () => {
  const from = (name: string) => ({ origin: "environment", name } as const);
  const flags = parseFlags(["--quiet", "--verbose"]);
  const loud = makeConfig(flags, () => undefined, { quiet: from("MQTTREC_QUIET") });
  assert.deepEqual([loud.quiet, loud.verbose], [false, true]);
  const still = makeConfig(flags, () => undefined, { verbose: from("MQTTREC_VERBOSE") });
  assert.deepEqual([still.quiet, still.verbose], [true, false]);
});

Deno.test("makeConfig() allows simulation settings of the environment or a file without --simulate", () => {
  const origins = { sensors: { origin: "file", name: "sensors (c.json)" } } as const;
  assert.equal(makeConfig(parseFlags(["--sensors", "3"]), () => undefined, origins).sensors, 3);
});

Deno.test("makeConfig() escapes values in its errors", () => {
  for (const flag of ["--broker", "--port", "--topic", "--format", "--output", "--duration"]) {
    const message = refusal(flag, "\x1b[2J/#/\u202e.csv");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(message.replace("\n", ""), /[\x00-\x1f\u202e]/, message);
  }
});

Deno.test("makeConfig() takes --wait without a value, or for a time", () => {
  assert.equal(config("--wait").waitMs, Infinity);
  assert.equal(config("--wait=10m").waitMs, 600_000);
  assert.equal(config("--wait=0").waitMs, 0);
  for (const value of ["soon", "-1", ""]) {
    const message = en.badValue("--wait", value, en.wanted.wait!, "--wait 10m");
    assert.equal(refusal(`--wait=${value}`), message);
  }
});

Deno.test("makeConfig() reads a list of formats, each once, in the order of the files", () => {
  for (
    const [typed, formats] of [
      ["csv", ["csv"]],
      ["json", ["json"]],
      ["both", ["csv", "json"]],
      ["ndjson,csv", ["csv", "ndjson"]],
      ["both,NDJSON", ["csv", "json", "ndjson"]],
      ["csv, json,csv", ["csv", "json"]],
    ] as const
  ) {
    assert.deepEqual(config("--format", typed).formats, formats, typed);
  }
  for (const bad of ["", "csv,", "csv;json", "csv,xml", "toString"]) {
    assert.match(refusal("--format", bad), /^Cannot use --format/, bad);
  }
});

Deno.test("makeConfig() takes --print without a value, or with a format", () => {
  assert.equal(config().print, undefined);
  assert.equal(config("--print").print, "text");
  for (const format of ["text", "csv", "json"] as const) {
    assert.equal(config(`--print=${format}`).print, format);
  }
  assert.equal(refusal("--print=xml"), badValue("--print", "xml"));
});

Deno.test("makeConfig() refuses --print-files with --print, and both without --rotate", () => {
  assert.match(refusal("--rotate", "1h", "--print", "--print-files"), /^Cannot use --print and/);
  for (
    const flags of [["--keep", "3"], ["--max-total", "1GB"], ["--compress"], ["--print-files"]]
  ) {
    assert.match(refusal(...flags), /Add --rotate/, `${flags}`);
    assert.ok(config("--rotate", "1d", ...flags).rotate);
  }
});
