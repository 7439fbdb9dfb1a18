/** Flags and environment become one checked, read-only `Config`. No I/O. */

import { type Choice, makeChoice } from "./subscription_options.ts";
import { UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { type Flags, variableOf } from "./flags.ts";
import type { FormatName } from "../formats/mod.ts";
import { type Lang, langFromEnv } from "../locale/mod.ts";
import { type Login, makeLogin } from "./connection_options.ts";
import { isValidTopic } from "../message/topic.ts";
import { type Origins, Values } from "./setting_reader.ts";

export interface Config extends Login, Choice {
  readonly formats: readonly FormatName[];
  /** Rows also hold the MQTT 5 properties. */
  readonly properties: boolean;
  /** Base path of the files, without extension. */
  readonly output: string;
  /** Undefined: MQTT 5, and 3.1.1 where that is refused. */
  readonly mqttVersion: 4 | 5 | undefined;
  /** Where the broker says whether this recorder is there. */
  readonly statusTopic: string | undefined;
  /** Undefined: derived from machine and output. */
  readonly clientId: string | undefined;
  /** How long the broker keeps the session of a recording that is away, in seconds. */
  readonly sessionExpiryS: number;
  /** A wanted end leaves the session on the broker. */
  readonly keepSession: boolean;
  /** In seconds. */
  readonly keepaliveS: number;
  readonly exitOnError: boolean;
  readonly simulate: boolean;
  readonly sensors: number;
  /** 0: as fast as the broker takes the values. */
  readonly intervalMs: number;
  readonly seed: number | undefined;
  readonly durationMs: number | undefined;
  readonly count: number | undefined;
  readonly embeddedBroker: boolean;
  readonly lang: Lang;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

const MAX_SENSORS = 100_000;
/** About 136 years: what MQTT 5 takes for ever [MQTT-3.1.2.11.2]. */
const MAX_EXPIRY_S = 2 ** 32 - 1;
const MAX_CLIENT_ID_BYTES = 65_535;
/** What a timer can wait for: longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The language asked for, before anything else is looked at: errors are said in it. */
export function langOf(flags: Flags, env: (name: string) => string | undefined): Lang {
  const asked = [flags.lang?.[0], env(variableOf("lang"))].find((l) => l === "fr" || l === "en");
  return asked ?? langFromEnv(env);
}

/**
 * Checks every value and their combination, before anything is opened.
 *
 * @param env Value of an environment variable.
 * @throws {UsageError} The first thing that cannot be.
 */
export function makeConfig(
  flags: Flags,
  env: (name: string) => string | undefined,
  origins: Origins = {},
): Config {
  const values = new Values(flags, origins);
  const simulate = values.given("simulate");
  for (const name of ["sensors", "interval", "seed"] as const) {
    // In the environment or a file they may wait for the next simulation.
    if (values.onCommandLine(name) && !simulate) {
      const label = values.label(name);
      throw new UsageError((t) => t.needsSimulate(label));
    }
  }
  if (values.level("quiet", "verbose")) {
    const labels = [values.label("quiet"), values.label("verbose")] as const;
    throw new UsageError((t) => t.quietAndVerbose(...labels));
  }
  const format = values.oneOf("format", ["csv", "json", "both"], "both");
  const login = makeLogin(values, env);
  const embeddedBroker = values.given("embedded-broker");
  if (embeddedBroker && login.scheme !== "mqtt") {
    throw new UsageError((t) => t.connect.embeddedIsPlain(login.scheme));
  }
  const sessionExpiryS = sessionExpiry(values);
  if (values.given("keep-session") && sessionExpiryS === 0) {
    throw new UsageError((t) => t.keepForNoTime);
  }
  return Object.freeze({
    ...login,
    ...makeChoice(values),
    mqttVersion: version(values),
    statusTopic: statusTopic(values),
    formats: Object.freeze(format === "both" ? ["csv", "json"] as const : [format]),
    properties: values.given("properties"),
    output: output(values),
    clientId: checkedClientId(values),
    sessionExpiryS,
    keepSession: values.given("keep-session"),
    keepaliveS: values.whole("keepalive", 1, 65_535) ?? 30,
    exitOnError: values.given("exit-on-error"),
    simulate,
    sensors: values.whole("sensors", 1, MAX_SENSORS) ?? 7,
    intervalMs: interval(values),
    seed: values.whole("seed", 0, 2 ** 32 - 1),
    durationMs: values.time("duration", (ms) => ms > 0 && ms <= MAX_TIMER_MS),
    count: values.whole("count", 1, Number.MAX_SAFE_INTEGER),
    embeddedBroker,
    lang: values.given("lang") ? values.oneOf("lang", ["fr", "en"], "en") : langFromEnv(env),
    quiet: values.prevails("quiet", "verbose"),
    verbose: values.prevails("verbose", "quiet"),
  });
}

function interval(values: Values): number {
  const value = values.text("interval") ?? "3";
  const ms = /^\d*[.,]?\d+$/.test(value) ? Number(value.replace(",", ".")) * 1000 : NaN;
  if (!(ms >= 0 && ms <= MAX_TIMER_MS)) throw values.bad("interval", value);
  return ms;
}

/** Whole seconds, as the protocol has them [MQTT-3.1.2.11.2]. */
function sessionExpiry(values: Values): number {
  const ms = values.time("session-expiry", (ms) => ms >= 0 && ms <= MAX_EXPIRY_S * 1000);
  return Math.ceil((ms ?? 3_600_000) / 1000);
}

function checkedClientId(values: Values): string | undefined {
  const id = values.text("client-id");
  if (id === undefined) return undefined;
  // A client id is text without NUL [MQTT-3.1.3-4]; other control characters help nobody.
  const fits = id !== "" && new TextEncoder().encode(id).length <= MAX_CLIENT_ID_BYTES;
  if (!fits || !id.isWellFormed() || /\p{Cc}/u.test(id)) throw values.bad("client-id", id);
  return id;
}

/** Also in the words of mosquitto_sub. */
function version(values: Values): 4 | 5 | undefined {
  const names = ["5", "3.1.1", "mqttv5", "mqttv311", "311"] as const;
  const name = values.given("mqtt-version") ? values.oneOf("mqtt-version", names, "5") : undefined;
  return name === undefined ? undefined : name.includes("5") ? 5 : 4;
}

function statusTopic(values: Values): string | undefined {
  const topic = values.text("status-topic");
  if (topic !== undefined && !isValidTopic(topic)) throw values.bad("status-topic", topic);
  return topic;
}

function output(values: Values): string {
  const value = values.text("output") ?? "exports/mqtt_data";
  if (/(^|[/\\])\.{0,2}$/.test(value) || value.includes("\0")) throw values.bad("output", value);
  const extension = /\.(csv|json)$/i.exec(value)?.[0];
  if (extension !== undefined) {
    const base = escapeForTerminal(value.slice(0, -extension.length));
    throw new UsageError((t) => t.outputWithExtension(escapeForTerminal(value), base));
  }
  return value;
}
