import assert from "node:assert/strict";
import { badValue } from "../support/configured.ts";
import { UsageError } from "../../lib/locale/errors.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { sentences } from "../../lib/locale/mod.ts";
import {
  type ConnectionOptions,
  makeConnectionOptions,
} from "../../lib/config/connection_options.ts";
import { type Origins, SettingReader } from "../../lib/config/setting_reader.ts";

const { connect } = sentences("en");

interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly origins?: Origins;
}

function connectionOptions(
  argv: readonly string[],
  { env = {}, origins = {} }: Around = {},
): ConnectionOptions {
  return makeConnectionOptions(new SettingReader(parseFlags(argv), origins), (name) => env[name]);
}

/** The message of the UsageError for these settings. */
function refusal(...argv: string[]): string {
  try {
    connectionOptions(argv);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  assert.fail(`accepted: ${argv.join(" ")}`);
}

/** Origins of settings from the environment. */
const inEnvironment = (...names: (keyof Origins)[]): Origins =>
  Object.fromEntries(names.map((name) => [name, { origin: "environment", name: "MQTTREC_X" }]));

Deno.test("makeConnectionOptions() has a default port for each scheme", () => {
  const ports = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 };
  for (const [scheme, port] of Object.entries(ports)) {
    assert.equal(connectionOptions(["--broker", `${scheme}://a`]).port, port);
  }
  assert.equal(connectionOptions([]).port, 1883);
});

Deno.test("makeConnectionOptions() prefers --port to the port of the address", () => {
  assert.equal(connectionOptions(["--port", "65535"]).port, 65_535);
  assert.equal(connectionOptions(["--broker", "::1", "--port", "1884"]).port, 1884);
  assert.equal(connectionOptions(["--broker", "a:1", "--port", "2"]).port, 2);
});

Deno.test("makeConnectionOptions() prefers a port in a typed address to MQTTREC_PORT", () => {
  const origins = inEnvironment("port");
  assert.equal(connectionOptions(["--broker", "a:1", "--port", "2"], { origins }).port, 1);
  assert.equal(connectionOptions(["--broker", "a", "--port", "2"], { origins }).port, 2);
  const both = inEnvironment("port", "broker");
  assert.equal(connectionOptions(["--broker", "a:1", "--port", "2"], { origins: both }).port, 2);
});

Deno.test("makeConnectionOptions() refuses ports out of range in flag and address", () => {
  assert.equal(refusal("--port", "0"), badValue("--port", "0"));
  assert.equal(refusal("--broker", "a:65536"), badValue("--port", "65536"));
});

Deno.test("makeConnectionOptions() implies TLS from a TLS flag", () => {
  assert.deepEqual(connectionOptions(["--cafile", "ca.pem", "--broker", "a"]).scheme, "mqtts");
  assert.deepEqual(connectionOptions(["--insecure", "--broker", "wss://a"]).scheme, "wss");
  assert.equal(
    refusal("--cafile", "ca.pem", "--broker", "mqtt://a"),
    connect.needsTls("--cafile", "mqtt"),
  );
  assert.equal(refusal("--alpn", "x", "--broker", "ws://a"), connect.needsTls("--alpn", "ws"));
});

Deno.test("makeConnectionOptions() requires --cert for a key, which may be in the same file", () => {
  assert.equal(refusal("--key", "k"), connect.needsCert("--key"));
  assert.equal(refusal("--key-password-file", "k"), connect.needsCert("--key-password-file"));
  assert.equal(connectionOptions(["--cert", "c"]).tls.key, "c");
  assert.equal(connectionOptions(["--cert", "c", "--key", "k"]).tls.key, "k");
  assert.equal(refusal("--cafile", ""), badValue("--cafile", ""));
});

Deno.test("makeConnectionOptions() prefers user and password of flags to the address, then MQTT_…", () => {
  const env = { MQTT_USERNAME: "e", MQTT_PASSWORD: "ep" };
  const broker = ["--broker", "mqtt://u:up@a"];
  const all = connectionOptions(["-u", "f", "-P", "fp", ...broker], { env });
  assert.deepEqual([all.username, all.password?.reveal()], ["f", "fp"]);
  const address = connectionOptions(broker, { env });
  assert.deepEqual([address.username, address.password?.reveal()], ["u", "up"]);
  const environment = connectionOptions([], { env });
  assert.deepEqual([environment.username, environment.password?.reveal()], ["e", "ep"]);
  const file = connectionOptions(["--password-file", "p", ...broker], { env });
  assert.deepEqual([file.passwordFile, file.password], ["p", undefined]);
});

Deno.test("makeConnectionOptions() prefers the user in a typed address to MQTTREC_USERNAME", () => {
  const origins = inEnvironment("username", "password");
  const argv = ["-u", "e", "-P", "ep"];
  const typed = connectionOptions([...argv, "--broker", "mqtt://u:up@a"], { origins });
  assert.deepEqual([typed.username, typed.password?.reveal()], ["u", "up"]);
  assert.ok(typed.passwordVisible);
  const other = connectionOptions([...argv, "--broker", "mqtt://a"], { origins });
  assert.deepEqual([other.username, other.password?.reveal()], ["e", "ep"]);
  assert.ok(!other.passwordVisible);
});

Deno.test("makeConnectionOptions() prefers the typed password or password file, not both", () => {
  const argv = ["-u", "a", "-P", "x", "--password-file", "y"];
  const text = connectionOptions(argv, { origins: inEnvironment("password-file") });
  assert.deepEqual([text.password?.reveal(), text.passwordFile], ["x", undefined]);
  const file = connectionOptions(argv, { origins: inEnvironment("password") });
  assert.deepEqual([file.password, file.passwordFile], [undefined, "y"]);
});

Deno.test("makeConnectionOptions() refuses a password without user, a second one, and an empty path", () => {
  assert.equal(refusal("-P", "x"), connect.needsUsername);
  assert.equal(refusal("--password-file", "x"), connect.needsUsername);
  assert.equal(refusal("--broker", "mqtt://:x@a"), connect.needsUsername);
  assert.equal(
    refusal("-u", "a", "-P", "x", "--password-file", "y"),
    connect.passwordTwice("--password", "--password-file"),
  );
  assert.equal(
    refusal("-u", "a", "--password-file", ""),
    badValue("--password-file", ""),
  );
  // MQTT_PASSWORD without a user is ignored.
  assert.equal(connectionOptions([], { env: { MQTT_PASSWORD: "x" } }).password, undefined);
  // An empty variable counts as unset.
  assert.equal(connectionOptions([], { env: { MQTT_USERNAME: "" } }).username, undefined);
});

Deno.test("makeConnectionOptions() detects a password on the command line", () => {
  assert.ok(connectionOptions(["-u", "a", "-P", "x"]).passwordVisible);
  assert.ok(connectionOptions(["--broker", "mqtt://a:x@b"]).passwordVisible);
  assert.ok(!connectionOptions(["-u", "a"], { env: { MQTT_PASSWORD: "x" } }).passwordVisible);
  const origins = inEnvironment("broker");
  assert.ok(!connectionOptions(["--broker", "mqtt://a:x@b"], { origins }).passwordVisible);
});

Deno.test("makeConnectionOptions() leaves out what a variable has after a name and a password", () => {
  const env = { MQTT_USERNAME: "anna\r\n", MQTT_PASSWORD: "\ufeffse cret\r\n" };
  const ended = connectionOptions([], { env });
  assert.deepEqual([ended.username, ended.password?.reveal()], ["anna", "se cret"]);
  assert.deepEqual(ended.trimmed, []);
  // As of `set MQTT_PASSWORD=secret && deno task start`.
  const blank = connectionOptions([], { env: { MQTT_USERNAME: "anna ", MQTT_PASSWORD: "x \t" } });
  assert.deepEqual([blank.username, blank.password?.reveal()], ["anna", "x"]);
  assert.deepEqual(blank.trimmed, ["MQTT_USERNAME", "MQTT_PASSWORD"]);
  const argv = ["-u", "anna ", "-P", "x "];
  const ours = connectionOptions(argv, { origins: inEnvironment("password") });
  assert.deepEqual([ours.username, ours.password?.reveal()], ["anna ", "x"]);
  assert.deepEqual(ours.trimmed, ["MQTTREC_X"]);
});

Deno.test("makeConnectionOptions() refuses control characters in a name or password, and names them", () => {
  assert.equal(
    refusal("-u", "a", "-P", "se\x1bcret"),
    connect.controlInSecret("--password", "\\x1b"),
  );
  assert.equal(
    refusal("--broker", "mqtt://a:se%00cret@b"),
    connect.badPassword("--broker"),
  );
  assert.equal(
    refusal("--broker", "mqtt://a:se%07cret@b"),
    connect.controlInSecret("--broker", "\\x07"),
  );
  assert.equal(refusal("-u", "a\tb"), badValue("--username", "a\\tb"));
});

Deno.test("makeConnectionOptions() never echoes a password", () => {
  for (
    const typed of ["mqtt://user:secret@", "user:secret@a b", "mqtts://u:secret@a:x"]
      .concat("mqtt://u:sec/secret@a/x", "http://u:secret@a")
  ) assert.doesNotMatch(refusal("--broker", typed), /secret/, typed);
  assert.doesNotMatch(refusal("-u", "a", "-P", "secret\0"), /secret/);
  const made = connectionOptions(["--broker", "mqtt://a:secret@b"]);
  assert.doesNotMatch(Deno.inspect(made) + JSON.stringify(made) + `${made.password}`, /secret/);
});
