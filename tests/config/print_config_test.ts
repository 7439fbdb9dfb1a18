import assert from "node:assert/strict";
import { FLAGS, parseFlags } from "../../lib/config/flags.ts";
import { printableConfig } from "../../lib/config/print_config.ts";
import type { Settings } from "../../lib/config/settings.ts";

type Variables = Readonly<Record<string, string>>;

/** The lines of --print-config by setting, each as `[value, source]`. */
function lines(settings: Settings, variables: Variables = {}): Map<string, string[]> {
  const text = printableConfig(settings, (name) => variables[name]);
  return new Map(
    text.split("\n").map((line) => {
      const [name, ...columns] = line.split(/ {2,}/);
      return [name!, columns];
    }),
  );
}

const typed = (...argv: string[]): Settings => {
  const flags = parseFlags(argv);
  const origins = Object.keys(flags).map((name) => [name, { origin: "flag", name: `--${name}` }]);
  return { flags, origins: Object.fromEntries(origins) };
};

Deno.test("printableConfig() prints an aligned line for every setting, in the order of the flags", () => {
  const text = printableConfig(typed("--topic", "a b", "--topic", "c"), () => undefined);
  const never = ["print-config", "help", "version"];
  const names = FLAGS.map(({ name }) => name).filter((name) => !never.includes(name));
  assert.deepEqual(text.split("\n").map((line) => line.split(" ")[0]), names);
  const columns = text.split("\n").map((line) => line.search(/\S+$/));
  assert.equal(new Set(columns).size, 1, text);
  assert.match(text, /\ntopic +a b, c +--topic\n/);
});

Deno.test("printableConfig() prints the defaults", () => {
  const shown = lines(typed(), { LANG: "fr_FR" });
  assert.deepEqual(shown.get("broker"), ["localhost:1883", "par défaut"]);
  assert.deepEqual(shown.get("port"), ["1883", "par défaut"]);
  const english = lines(typed(), { LANG: "C" });
  assert.deepEqual(english.get("session-expiry"), ["1h", "default"]);
  assert.deepEqual(english.get("duration"), ["-", "default"]);
  assert.deepEqual(english.get("quiet"), ["false", "default"]);
  assert.deepEqual(shown.get("lang"), ["fr", "LANG"]);
});

Deno.test("printableConfig() prints values implied by the address and the scheme", () => {
  const shown = lines(typed("--broker", "wss://anna:secret@h/ws", "--cert", "both.pem"));
  assert.deepEqual(shown.get("broker"), ["wss://h:443/ws", "--broker"]);
  assert.deepEqual(shown.get("port"), ["443", "default"]);
  assert.deepEqual(shown.get("username"), ["anna", "--broker"]);
  assert.deepEqual(shown.get("password"), ["***", "--broker"]);
  assert.deepEqual(shown.get("key"), ["both.pem", "--cert"]);
});

Deno.test("printableConfig() names the variable or file of each value", () => {
  const settings: Settings = {
    flags: { config: ["c.json"], port: ["1"], qos: ["2"], topic: ["a"] },
    origins: {
      config: { origin: "environment", name: "MQTTREC_CONFIG" },
      port: { origin: "environment", name: "MQTTREC_PORT" },
      qos: { origin: "file", name: "qos (c.json)" },
      topic: { origin: "file", name: "topic (c.json)" },
      quiet: { origin: "environment", name: "MQTTREC_QUIET" },
    },
  };
  const shown = lines(settings, { MQTT_USERNAME: "u", MQTT_PASSWORD: "secret" });
  assert.deepEqual(shown.get("config"), ["c.json", "MQTTREC_CONFIG"]);
  assert.deepEqual(shown.get("port"), ["1", "MQTTREC_PORT"]);
  assert.deepEqual(shown.get("qos"), ["2", "c.json"]);
  assert.deepEqual(shown.get("quiet"), ["false", "MQTTREC_QUIET"]);
  assert.deepEqual(shown.get("username"), ["u", "MQTT_USERNAME"]);
  assert.deepEqual(shown.get("password"), ["***", "MQTT_PASSWORD"]);
});

Deno.test("printableConfig() prints *** for a password that is used, and - otherwise", () => {
  assert.deepEqual(lines(typed(), { MQTT_PASSWORD: "x" }).get("password"), ["-", "default"]);
  const file = lines(typed("-u", "a", "--password-file", "p.txt"));
  assert.deepEqual(file.get("password"), ["***", "--password-file"]);
  assert.deepEqual(file.get("password-file"), ["p.txt", "--password-file"]);
});

Deno.test("printableConfig() refuses what a run would refuse", () => {
  assert.throws(() => lines(typed("--port", "0")), { name: "UsageError" });
});

Deno.test("printableConfig() escapes values", () => {
  const text = printableConfig(typed("--topic", "a\x1b[2J\u202e"), () => undefined);
  assert.ok(text.includes("a\\x1b[2J\\u{202e}"));
});
