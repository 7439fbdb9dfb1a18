/** Flags and environment become one checked, read-only `Config`. No I/O. */

import { makeSubscriptionOptions, type SubscriptionOptions } from "./subscription_options.ts";
import { UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { type Flags, variableOf } from "./flags.ts";
import { type FormatName, FORMATS } from "../formats/mod.ts";
import { type Lang, langFromEnv } from "../locale/mod.ts";
import { type ConnectionOptions, makeConnectionOptions } from "./connection_options.ts";
import { isValidTopic } from "../message/topic.ts";
import { checkNameLength, pathOf } from "./path_setting.ts";
import { maxTotal, type RotationLimits, rotationLimits } from "./rotation_limits.ts";
import { type Origins, SettingReader } from "./setting_reader.ts";

export interface Config extends ConnectionOptions, SubscriptionOptions {
  /** Whether somebody asked for that QoS. */
  readonly qosGiven: boolean;
  readonly formats: readonly FormatName[];
  /** Rows also hold the MQTT 5 properties. */
  readonly properties: boolean;
  /** When the files are finished and new ones begun; undefined: never. */
  readonly rotate: RotationLimits | undefined;
  /** Finished files beyond this number or size in bytes are deleted; undefined: none is. */
  readonly keep: number | undefined;
  readonly maxTotal: number | undefined;
  /** Bytes of the disk that stay free; 0: none; undefined: a share of it. */
  readonly minFree: number | undefined;
  /** Finished files are compressed. */
  readonly compress: boolean;
  /** Names of finished files go to standard output. */
  readonly printFiles: boolean;
  /** How messages are printed on standard output; undefined: they are not. */
  readonly print: "text" | "csv" | "json" | undefined;
  /** Base path of the files, without extension. */
  readonly output: string;
  /** Undefined: MQTT 5, or 3.1.1 if the broker refuses that. */
  readonly mqttVersion: 4 | 5 | undefined;
  /** Topic of the retained `online`/`offline` message. */
  readonly statusTopic: string | undefined;
  /** Undefined: derived from machine and output. */
  readonly clientId: string | undefined;
  /** How long the broker keeps the session without a connection, in seconds. */
  readonly sessionExpiryS: number;
  /** Keeps the session on the broker after a regular end. */
  readonly keepSession: boolean;
  /** In seconds. */
  readonly keepaliveS: number;
  readonly exitOnError: boolean;
  readonly simulate: boolean;
  readonly sensors: number;
  /** 0: as fast as the broker accepts values. */
  readonly intervalMs: number;
  readonly seed: number | undefined;
  /** How long to wait for the first connection; 0: not at all. */
  readonly waitMs: number;
  readonly durationMs: number | undefined;
  /** Ends when no message has come for so long. */
  readonly idleMs: number | undefined;
  readonly count: number | undefined;
  readonly embeddedBroker: boolean;
  readonly lang: Lang;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

const MAX_SENSORS = 100_000;
/** About 136 years: in MQTT 5 it means no expiry [MQTT-3.1.2.11.2]. */
const MAX_EXPIRY_S = 2 ** 32 - 1;
const MAX_CLIENT_ID_BYTES = 65_535;
/** 100 years: more is a slip. */
const MAX_TIME_MS = 100 * 365.25 * 86_400_000;

/** The requested language, read before anything else because errors are shown in it. */
export function langOf(flags: Flags, env: (name: string) => string | undefined): Lang {
  const asked = [flags.lang?.[0], env(variableOf("lang"))]
    .map((written) => written?.toLowerCase())
    .find((lang) => lang === "fr" || lang === "en");
  return asked ?? langFromEnv(env);
}

/**
 * Checks every value and their combinations before anything is opened.
 *
 * @param env Value of an environment variable.
 * @throws {UsageError} The first invalid value or combination.
 */
export function makeConfig(
  flags: Flags,
  env: (name: string) => string | undefined,
  origins: Origins = {},
): Config {
  const reader = new SettingReader(flags, origins);
  refuseQuotes(reader);
  const simulate = reader.given("simulate");
  for (const name of ["sensors", "interval", "seed"] as const) {
    // In the environment or a file they may be kept for the next simulation.
    if (reader.onCommandLine(name) && !simulate) {
      const label = reader.label(name);
      throw new UsageError((t) => t.needsSimulate(label));
    }
  }
  for (const name of ["keep", "max-total", "compress", "print-files"] as const) {
    if (reader.onCommandLine(name) && !reader.given("rotate")) {
      const label = reader.label(name);
      throw new UsageError((t) => t.rotate.needsRotate(label));
    }
  }
  if (reader.tied("print", "print-files")) {
    const labels = [reader.label("print"), reader.label("print-files")] as const;
    throw new UsageError((t) => t.rotate.printsBoth(...labels));
  }
  if (reader.tied("quiet", "verbose")) {
    const labels = [reader.label("quiet"), reader.label("verbose")] as const;
    throw new UsageError((t) => t.quietAndVerbose(...labels));
  }
  const connectionOptions = makeConnectionOptions(reader, env);
  const embeddedBroker = reader.given("embedded-broker");
  if (embeddedBroker && connectionOptions.scheme !== "mqtt") {
    throw new UsageError((t) => t.connect.embeddedIsPlain(connectionOptions.scheme));
  }
  const sessionExpiryS = sessionExpiry(reader);
  if (reader.given("keep-session") && sessionExpiryS === 0) {
    throw new UsageError((t) => t.keepForNoTime);
  }
  const rotate = rotationLimits(reader);
  return Object.freeze({
    ...connectionOptions,
    ...makeSubscriptionOptions(reader),
    qosGiven: reader.given("qos"),
    mqttVersion: version(reader),
    statusTopic: statusTopic(reader),
    formats: formats(reader),
    properties: reader.given("properties"),
    rotate,
    keep: reader.whole("keep", 1, Number.MAX_SAFE_INTEGER),
    maxTotal: maxTotal(reader, rotate),
    minFree: reader.size("min-free", Number.MAX_SAFE_INTEGER),
    compress: reader.given("compress"),
    printFiles: reader.prevails("print-files", "print"),
    print: reader.prevails("print", "print-files")
      ? reader.oneOf("print", ["text", "csv", "json"], "text")
      : undefined,
    output: output(reader),
    clientId: checkedClientId(reader),
    sessionExpiryS,
    keepSession: reader.given("keep-session"),
    keepaliveS: reader.whole("keepalive", 1, 65_535) ?? 30,
    exitOnError: reader.given("exit-on-error"),
    simulate,
    sensors: reader.whole("sensors", 1, MAX_SENSORS) ?? 7,
    intervalMs: reader.time("interval", (ms) => ms >= 0 && ms <= MAX_TIME_MS) ?? 3_000,
    seed: reader.whole("seed", 0, 2 ** 32 - 1),
    waitMs: wait(reader),
    durationMs: reader.time("duration", (ms) => ms > 0 && ms <= MAX_TIME_MS),
    idleMs: reader.time("idle", (ms) => ms > 0 && ms <= MAX_TIME_MS),
    count: reader.whole("count", 1, Number.MAX_SAFE_INTEGER),
    embeddedBroker,
    lang: reader.given("lang") ? reader.oneOf("lang", ["fr", "en"], "en") : langFromEnv(env),
    quiet: reader.prevails("quiet", "verbose"),
    verbose: reader.prevails("verbose", "quiet"),
  });
}

/**
 * Refuses names in `'…'` on Windows, where cmd.exe takes those quotes for a part of the value.
 * Elsewhere somebody meant them.
 */
export function refuseQuotes(
  reader: SettingReader,
  windows = Deno.build.os === "windows",
): void {
  if (!windows) return;
  for (const name of ["username", "client-id", "status-topic", "share"] as const) {
    const quoted = reader.quoted(name, reader.text(name) ?? "");
    if (quoted !== undefined) throw quoted;
  }
}

/** A list, in whatever order: each format once, in the order of `FORMATS`. */
function formats(reader: SettingReader): readonly FormatName[] {
  const value = reader.text("format") ?? "both";
  const named = value.toLowerCase().split(",").map((name) => name.trim());
  const all = new Set<string>(named.flatMap((name) => name === "both" ? ["csv", "json"] : [name]));
  const known = (Object.keys(FORMATS) as FormatName[]).filter((name) => all.has(name));
  if (known.length < all.size) throw reader.bad("format", value);
  return Object.freeze(known);
}

/** Without a value (`otherwise` in the table of flags) for ever. */
function wait(reader: SettingReader): number {
  if (reader.text("wait") === "yes") return Infinity;
  return reader.time("wait", (ms) => ms >= 0 && ms <= MAX_TIME_MS) ?? 0;
}

/** Whole seconds, the unit of the protocol [MQTT-3.1.2.11.2]. */
function sessionExpiry(reader: SettingReader): number {
  const ms = reader.time("session-expiry", (ms) => ms >= 0 && ms <= MAX_EXPIRY_S * 1000);
  return Math.ceil((ms ?? 3_600_000) / 1000);
}

function checkedClientId(reader: SettingReader): string | undefined {
  const id = reader.text("client-id");
  if (id === undefined) return undefined;
  // A client id is text without NUL [MQTT-3.1.3-4]; other control characters have no use.
  const fits = id !== "" && new TextEncoder().encode(id).length <= MAX_CLIENT_ID_BYTES;
  if (!fits || !id.isWellFormed() || /\p{Cc}/u.test(id)) throw reader.bad("client-id", id);
  return id;
}

/** Accepts the names of mosquitto_sub too. */
function version(reader: SettingReader): 4 | 5 | undefined {
  const names = ["5", "3.1.1", "mqttv5", "mqttv311", "311"] as const;
  const name = reader.given("mqtt-version") ? reader.oneOf("mqtt-version", names, "5") : undefined;
  return name === undefined ? undefined : name.includes("5") ? 5 : 4;
}

function statusTopic(reader: SettingReader): string | undefined {
  const topic = reader.text("status-topic");
  if (topic !== undefined && !isValidTopic(topic)) throw reader.bad("status-topic", topic);
  return topic;
}

function output(reader: SettingReader): string {
  const value = pathOf(reader, "output") ?? "exports/mqtt_data";
  if (/(^|[/\\])\.{0,2}$/.test(value)) throw reader.bad("output", value);
  checkNameLength(reader, value, reader.given("rotate"));
  const extension = /\.(csv|json|ndjson)$/i.exec(value)?.[0];
  if (extension !== undefined) {
    const base = escapeForTerminal(value.slice(0, -extension.length));
    throw new UsageError((t) => t.outputWithExtension(escapeForTerminal(value), base));
  }
  return value;
}
