/** How the broker is reached and how we show who we are, out of the settings. No I/O. */

import {
  type Address,
  isTls,
  parseAddress,
  PORTS,
  type Scheme,
  type WrittenAddress,
} from "./address.ts";
import { UsageError } from "../locale/errors.ts";
import type { FlagName } from "./flags.ts";
import { HIDDEN, Secret } from "../text/secret.ts";
import { type Sources, sourcesOf } from "./precedence.ts";
import type { Values } from "./setting_reader.ts";

/** What TLS needs to know; files are paths, not read yet. */
export interface TlsConfig {
  readonly cafile: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly keyPasswordFile: string | undefined;
  /** Whoever answers is believed. */
  readonly insecure: boolean;
  readonly alpn: string | undefined;
  readonly servername: string | undefined;
}

export interface Login extends Address {
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly passwordFile: string | undefined;
  /** The password stands on the command line. */
  readonly passwordVisible: boolean;
  readonly tls: TlsConfig;
}

const TLS_FLAGS = [
  "cafile",
  "cert",
  "key",
  "key-password-file",
  "insecure",
  "alpn",
  "servername",
] as const satisfies readonly FlagName[];

/** Longest user name and password that a CONNECT can carry, in bytes [MQTT-1.5.4]. */
const MAX_BYTES = 65_535;

/**
 * @param env Value of an environment variable: MQTT_USERNAME and MQTT_PASSWORD count where nothing
 * else names them.
 * @throws {UsageError} A value, or a combination of them, that cannot be.
 */
export function makeLogin(values: Values, env: (name: string) => string | undefined): Login {
  const written = values.text("broker") ?? "localhost";
  const address = parseAddress(written);
  if (address === undefined) throw values.bad("broker", withoutUser(written));
  const scheme = schemeFor(values, address);
  const sources = sourcesOf(values, address, env);
  return {
    scheme,
    host: address.host,
    port: portFor(values, address, scheme, sources),
    path: address.path,
    ...credentials(values, address, sources, env),
    tls: tlsConfig(values),
  };
}

/** What may be shown of an address that is none: a password may stand anywhere before an @. */
function withoutUser(written: string): string {
  return written.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, `$1${HIDDEN}@`);
}

/** A flag that only TLS needs asks for TLS, where no scheme says otherwise. */
function schemeFor(values: Values, { scheme }: WrittenAddress): Scheme {
  const flag = TLS_FLAGS.find((name) => values.given(name));
  if (scheme === undefined) return flag === undefined ? "mqtt" : "mqtts";
  if (flag !== undefined && !isTls(scheme)) {
    const label = values.label(flag);
    throw new UsageError((t) => t.connect.needsTls(label, scheme));
  }
  return scheme;
}

function portFor(
  values: Values,
  address: WrittenAddress,
  scheme: Scheme,
  sources: Sources,
): number {
  const asked = values.whole("port", 1, 65_535);
  const { port } = address;
  if (port !== undefined && !(port >= 1 && port <= 65_535)) {
    throw values.bad("port", String(port));
  }
  return (sources.port === "port" ? asked : port) ?? PORTS[scheme];
}

function credentials(
  values: Values,
  address: WrittenAddress,
  sources: Sources,
  env: (name: string) => string | undefined,
): Pick<Login, "username" | "password" | "passwordFile" | "passwordVisible"> {
  const username = sources.username === "username"
    ? values.text("username")
    : sources.username === "broker"
    ? address.username
    : sources.username && env(sources.username);
  if (username !== undefined && !fits(username)) throw values.bad("username", username);
  if (values.level("password", "password-file")) {
    const labels = [values.label("password"), values.label("password-file")] as const;
    throw new UsageError((t) => t.connect.passwordTwice(...labels));
  }
  const passwordFile = checkedPath(values, "password-file");
  const password = passwordOf(values, address, sources, env);
  if (password !== undefined && !fits(password.reveal(), true)) {
    const label = values.label("password");
    throw new UsageError((t) => t.connect.badPassword(label));
  }
  // One in MQTT_PASSWORD alone is for whoever names a user.
  const named = sources.password !== undefined && sources.password !== "MQTT_PASSWORD";
  if (username === undefined && named) {
    throw new UsageError((t) => t.connect.needsUsername);
  }
  return {
    username,
    password: username === undefined ? undefined : password,
    passwordFile: sources.password === "password-file" ? passwordFile : undefined,
    passwordVisible: (sources.password === "password" || sources.password === "broker") &&
      values.onCommandLine(sources.password),
  };
}

/** Undefined: there is none, or it stands in a file that is not read yet. */
function passwordOf(
  values: Values,
  address: WrittenAddress,
  sources: Sources,
  env: (name: string) => string | undefined,
): Secret | undefined {
  if (sources.password === "broker") return address.password;
  const text = sources.password === "password"
    ? values.text("password")
    : sources.password === "MQTT_PASSWORD"
    ? env(sources.password)
    : undefined;
  return text === undefined ? undefined : new Secret(text);
}

/** Text without NUL that fits its field [MQTT-1.5.4]; a password may be empty. */
function fits(text: string, orEmpty = false): boolean {
  return (orEmpty || text !== "") && text.isWellFormed() && !text.includes("\0") &&
    new TextEncoder().encode(text).length <= MAX_BYTES;
}

function checkedPath(values: Values, name: FlagName): string | undefined {
  const value = values.text(name);
  if (value === "" || value?.includes("\0")) throw values.bad(name, value);
  return value;
}

function tlsConfig(values: Values): TlsConfig {
  const path = (name: FlagName) => checkedPath(values, name);
  const cert = path("cert");
  const key = path("key");
  // A key may stand in the file of its certificate.
  const lonely = cert === undefined && key !== undefined
    ? "key"
    : key === undefined && cert === undefined && values.given("key-password-file")
    ? "key-password-file"
    : undefined;
  if (lonely !== undefined) {
    const label = values.label(lonely);
    throw new UsageError((t) => t.connect.needsCert(label));
  }
  return {
    cafile: path("cafile"),
    cert,
    key: key ?? cert,
    keyPasswordFile: path("key-password-file"),
    insecure: values.given("insecure"),
    alpn: path("alpn"),
    servername: path("servername"),
  };
}
