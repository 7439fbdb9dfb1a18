/** Reads from the settings how to reach the broker and authenticate. No I/O. */

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
import { escapeForTerminal } from "../text/escape.ts";
import { HIDDEN, Secret } from "../text/secret.ts";
import { type Precedence, precedenceOf } from "./precedence.ts";
import { pathOf } from "./path_setting.ts";
import { cleanText, controlIn } from "./secret_text.ts";
import type { SettingReader } from "./setting_reader.ts";

/** TLS settings; files are paths, read later. */
export interface TlsConfig {
  readonly cafile: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly keyPasswordFile: string | undefined;
  /** The certificate of the broker is not verified. */
  readonly insecure: boolean;
  readonly alpn: string | undefined;
  readonly servername: string | undefined;
}

export interface ConnectionOptions extends Address {
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly passwordFile: string | undefined;
  /** The password was given on the command line. */
  readonly passwordVisible: boolean;
  /** Variables that ended in a blank, which was left out of a user name or password. */
  readonly trimmed: readonly string[];
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
 * @param env Value of an environment variable: MQTT_USERNAME and MQTT_PASSWORD apply if no other
 * setting does.
 * @throws {UsageError} A value or a combination is invalid.
 */
export function makeConnectionOptions(
  reader: SettingReader,
  env: (name: string) => string | undefined,
): ConnectionOptions {
  const written = reader.text("broker") ?? "localhost";
  const address = parseAddress(written);
  if (address === undefined) throw reader.bad("broker", withoutUser(written));
  const scheme = schemeFor(reader, address);
  const precedence = precedenceOf(reader, address, env);
  return {
    scheme,
    host: address.host,
    port: portFor(reader, address, scheme, precedence),
    path: address.path,
    ...credentials(reader, address, precedence, env),
    tls: tlsConfig(reader),
  };
}

/** The safe part of an invalid address: a password may be anywhere before an @. */
function withoutUser(written: string): string {
  return written.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, `$1${HIDDEN}@`);
}

/** The scheme; without one, a TLS flag implies TLS. */
function schemeFor(reader: SettingReader, { scheme }: WrittenAddress): Scheme {
  const flag = TLS_FLAGS.find((name) => reader.given(name));
  if (scheme === undefined) return flag === undefined ? "mqtt" : "mqtts";
  if (flag !== undefined && !isTls(scheme)) {
    const label = reader.label(flag);
    throw new UsageError((t) => t.connect.needsTls(label, scheme));
  }
  return scheme;
}

function portFor(
  reader: SettingReader,
  address: WrittenAddress,
  scheme: Scheme,
  precedence: Precedence,
): number {
  const asked = reader.whole("port", 1, 65_535);
  const { port } = address;
  if (port !== undefined && !(port >= 1 && port <= 65_535)) {
    throw reader.bad("port", String(port));
  }
  return (precedence.port === "port" ? asked : port) ?? PORTS[scheme];
}

function credentials(
  reader: SettingReader,
  address: WrittenAddress,
  precedence: Precedence,
  env: (name: string) => string | undefined,
): Pick<
  ConnectionOptions,
  "username" | "password" | "passwordFile" | "passwordVisible" | "trimmed"
> {
  const trimmed: string[] = [];
  const clean = (name: "username" | "password", text: string, variable?: string) => {
    const label = variable ?? (reader.origin(name) === "environment" ? reader.label(name) : "");
    const cleaned = cleanText(text, { blanks: label !== "" });
    if (cleaned.trimmed) trimmed.push(label);
    return cleaned.text;
  };
  const { username: user } = precedence;
  const written = user === "username"
    ? reader.text("username")
    : user === "broker"
    ? address.username
    : user && env(user);
  const username = written === undefined || user === "broker"
    ? written
    : clean("username", written, user === "MQTT_USERNAME" ? user : undefined);
  if (username !== undefined && (!fits(username) || controlIn(username) !== undefined)) {
    throw reader.bad("username", username);
  }
  if (reader.tied("password", "password-file")) {
    const labels = [reader.label("password"), reader.label("password-file")] as const;
    throw new UsageError((t) => t.connect.passwordTwice(...labels));
  }
  const passwordFile = pathOf(reader, "password-file");
  const password = passwordOf(reader, address, precedence, env, clean);
  if (password !== undefined) {
    const label = precedence.password === "password" || precedence.password === undefined
      ? reader.label("password")
      : precedence.password === "broker"
      ? reader.label("broker")
      : precedence.password;
    if (!fits(password.reveal(), true)) {
      throw new UsageError((t) => t.connect.badPassword(label));
    }
    const control = controlIn(password.reveal());
    if (control !== undefined) {
      const shown = escapeForTerminal(control);
      throw new UsageError((t) => t.connect.controlInSecret(label, shown));
    }
  }
  // MQTT_PASSWORD without a user is ignored: it may be meant for other programs.
  const named = precedence.password !== undefined && precedence.password !== "MQTT_PASSWORD";
  if (username === undefined && named) {
    throw new UsageError((t) => t.connect.needsUsername);
  }
  return {
    username,
    password: username === undefined ? undefined : password,
    passwordFile: precedence.password === "password-file" ? passwordFile : undefined,
    passwordVisible: (precedence.password === "password" || precedence.password === "broker") &&
      reader.onCommandLine(precedence.password),
    trimmed,
  };
}

/** The password; undefined if there is none, or it is in a file that is read later. */
function passwordOf(
  reader: SettingReader,
  address: WrittenAddress,
  precedence: Precedence,
  env: (name: string) => string | undefined,
  clean: (name: "password", text: string, variable?: string) => string,
): Secret | undefined {
  const { password: place } = precedence;
  if (place === "broker") return address.password;
  const variable = place === "MQTT_PASSWORD" ? place : undefined;
  const text = place === "password" ? reader.text("password") : variable && env(variable);
  return text === undefined ? undefined : new Secret(clean("password", text, variable));
}

/** Text without NUL that fits its field [MQTT-1.5.4]; a password may be empty. */
function fits(text: string, orEmpty = false): boolean {
  return (orEmpty || text !== "") && text.isWellFormed() && !text.includes("\0") &&
    new TextEncoder().encode(text).length <= MAX_BYTES;
}

function checkedName(reader: SettingReader, name: FlagName): string | undefined {
  const value = reader.text(name);
  if (value === "" || value?.includes("\0")) throw reader.bad(name, value);
  return value;
}

function tlsConfig(reader: SettingReader): TlsConfig {
  const path = (name: FlagName) => pathOf(reader, name);
  const cert = path("cert");
  const key = path("key");
  const keyPasswordFile = path("key-password-file");
  // The key may be in the file of its certificate.
  const withoutCert = cert === undefined && key !== undefined
    ? "key"
    : key === undefined && cert === undefined && reader.given("key-password-file")
    ? "key-password-file"
    : undefined;
  if (withoutCert !== undefined) {
    const label = reader.label(withoutCert);
    throw new UsageError((t) => t.connect.needsCert(label));
  }
  return {
    cafile: path("cafile"),
    cert,
    key: key ?? cert,
    keyPasswordFile,
    insecure: reader.given("insecure"),
    alpn: checkedName(reader, "alpn"),
    servername: checkedName(reader, "servername"),
  };
}
