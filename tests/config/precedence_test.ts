import assert from "node:assert/strict";
import { parseAddress } from "../../lib/config/address.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { type Precedence, precedenceOf } from "../../lib/config/precedence.ts";
import { type Origins, SettingReader } from "../../lib/config/setting_reader.ts";

/** Precedence of the settings in `argv`; those named in `elsewhere` come from the environment. */
function precedence(
  argv: readonly string[],
  elsewhere: readonly (keyof Origins)[] = [],
  env: Readonly<Record<string, string>> = {},
): Precedence {
  const flags = parseFlags(argv);
  const origins = elsewhere.map((name) => [name, { origin: "environment", name: "MQTTREC_X" }]);
  const reader = new SettingReader(flags, Object.fromEntries(origins));
  return precedenceOf(reader, parseAddress(flags.broker?.[0] ?? "localhost")!, (name) => env[name]);
}

const OWN = ["--port", "1", "-u", "a", "-P", "x"];
const ADDRESS = ["--broker", "mqtt://b:y@h:2"];
const ENV = { MQTT_USERNAME: "c", MQTT_PASSWORD: "z" };

Deno.test("precedenceOf() returns undefined for settings that are not given", () => {
  assert.deepEqual(precedence([]), { port: undefined, username: undefined, password: undefined });
});

Deno.test("precedenceOf() prefers flags to the address, and the address to MQTT_…", () => {
  const own = { port: "port", username: "username", password: "password" };
  assert.deepEqual(precedence([...OWN, ...ADDRESS], [], ENV), own);
  const address = { port: "broker", username: "broker", password: "broker" };
  assert.deepEqual(precedence(ADDRESS, [], ENV), address);
  const env = { port: undefined, username: "MQTT_USERNAME", password: "MQTT_PASSWORD" };
  assert.deepEqual(precedence([], [], ENV), env);
});

Deno.test("precedenceOf() prefers an address on the command line to settings in the environment", () => {
  const address = { port: "broker", username: "broker", password: "broker" };
  assert.deepEqual(precedence([...OWN, ...ADDRESS], ["port", "username", "password"]), address);
  // An address without port and user overrides neither.
  const own = { port: "port", username: "username", password: "password" };
  assert.deepEqual(
    precedence([...OWN, "--broker", "h"], ["port", "username", "password"]),
    own,
  );
});

Deno.test("precedenceOf() prefers the password on the command line, as text or file", () => {
  const both = ["-P", "x", "--password-file", "f"];
  assert.equal(precedence(both, ["password"]).password, "password-file");
  assert.equal(precedence(both, ["password-file"]).password, "password");
  assert.equal(precedence(["--password-file", "f"], [], ENV).password, "password-file");
});
