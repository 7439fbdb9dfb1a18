/** Flags and environment become one checked, read-only `Config`. No I/O. */

import { UsageError } from "./errors.ts";
import { escapeForTerminal } from "./escape.ts";
import type { FlagName, Flags } from "./flags.ts";
import type { FormatName } from "./formats/mod.ts";
import { type Lang, langFromEnv } from "./locale/mod.ts";
import type { QoS } from "./message.ts";
import { filterProblem } from "./topic.ts";

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Topic filters, at least one, each valid [MQTT-4.7]. */
  readonly topics: readonly string[];
  readonly qos: QoS;
  readonly formats: readonly FormatName[];
  /** Base path of the files, without extension. */
  readonly output: string;
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
const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** About 136 years: what MQTT 5 takes for ever [MQTT-3.1.2.11.2]. */
const MAX_EXPIRY_S = 2 ** 32 - 1;
const MAX_CLIENT_ID_BYTES = 65_535;
/** What a timer can wait for: longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The language asked for, before anything else is looked at: errors are said in it. */
export function langOf(flags: Flags, env: (name: string) => string | undefined): Lang {
  const asked = flags.lang?.[0];
  return asked === "fr" || asked === "en" ? asked : langFromEnv(env);
}

/**
 * Checks every value and their combination, before anything is opened.
 *
 * @param env Value of an environment variable.
 * @throws {UsageError} The first thing that cannot be.
 */
export function makeConfig(flags: Flags, env: (name: string) => string | undefined): Config {
  const simulate = flags.simulate !== undefined;
  for (const name of ["sensors", "interval", "seed"] as const) {
    if (flags[name] && !simulate) throw new UsageError((t) => t.needsSimulate(`--${name}`));
  }
  if (flags.quiet && flags.verbose) throw new UsageError((t) => t.quietAndVerbose);
  const sessionExpiryS = sessionExpiry(flags);
  if (flags["keep-session"] && sessionExpiryS === 0) throw new UsageError((t) => t.keepForNoTime);
  const format = oneOf(flags, "format", ["csv", "json", "both"], "both");
  return Object.freeze({
    ...address(flags),
    topics: Object.freeze((flags.topic ?? ["sensors/#"]).map(checkedFilter)),
    qos: Number(oneOf(flags, "qos", ["0", "1", "2"], "1")) as QoS,
    formats: Object.freeze(format === "both" ? ["csv", "json"] as const : [format]),
    output: output(flags),
    clientId: checkedClientId(flags),
    sessionExpiryS,
    keepSession: flags["keep-session"] !== undefined,
    keepaliveS: whole(flags, "keepalive", 1, 65_535) ?? 30,
    exitOnError: flags["exit-on-error"] !== undefined,
    simulate,
    sensors: whole(flags, "sensors", 1, MAX_SENSORS) ?? 7,
    intervalMs: interval(flags),
    seed: whole(flags, "seed", 0, 2 ** 32 - 1),
    durationMs: duration(flags),
    count: whole(flags, "count", 1, Number.MAX_SAFE_INTEGER),
    embeddedBroker: flags["embedded-broker"] !== undefined,
    lang: flags.lang ? oneOf(flags, "lang", ["fr", "en"], "en") : langFromEnv(env),
    quiet: flags.quiet !== undefined,
    verbose: flags.verbose !== undefined,
  });
}

/** Refuses a value, saying what is wanted instead. */
function bad(name: FlagName, value: string): UsageError {
  const shown = escapeForTerminal(value);
  return new UsageError((t) => t.badValue(`--${name}`, shown, t.wanted[name]!));
}

/** The value of a flag that takes one of a few; `otherwise` where it is not given. */
export function oneOf<T extends string>(
  flags: Flags,
  name: FlagName,
  values: readonly T[],
  otherwise: T,
): T {
  const value = flags[name]?.[0];
  if (value === undefined) return otherwise;
  const known = values.find((known) => known === value);
  if (known === undefined) throw bad(name, value);
  return known;
}

function whole(flags: Flags, name: FlagName, least: number, most: number): number | undefined {
  const value = flags[name]?.[0];
  if (value === undefined) return undefined;
  const n = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!(n >= least && n <= most)) throw bad(name, value);
  return n;
}

function interval(flags: Flags): number {
  const value = flags.interval?.[0] ?? "3";
  const ms = /^\d*[.,]?\d+$/.test(value) ? Number(value.replace(",", ".")) * 1000 : NaN;
  if (!(ms > 0 && ms <= MAX_TIMER_MS)) throw bad("interval", value);
  return ms;
}

/** Milliseconds of `10`, `10s`, `500ms`, `5m`, `2h` or `7d`; NaN for anything else. */
function parseTime(value: string): number {
  const [, n, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(value) ?? [];
  return n === undefined ? NaN : Number(n) * UNITS_MS[unit ?? "s"]!;
}

function duration(flags: Flags): number | undefined {
  const value = flags.duration?.[0];
  if (value === undefined) return undefined;
  const ms = parseTime(value);
  if (!(ms > 0 && ms <= MAX_TIMER_MS)) throw bad("duration", value);
  return ms;
}

/** Whole seconds, as the protocol has them [MQTT-3.1.2.11.2]. */
function sessionExpiry(flags: Flags): number {
  const value = flags["session-expiry"]?.[0] ?? "1h";
  const seconds = Math.ceil(parseTime(value) / 1000);
  if (!(seconds >= 0 && seconds <= MAX_EXPIRY_S)) throw bad("session-expiry", value);
  return seconds;
}

function checkedClientId(flags: Flags): string | undefined {
  const id = flags["client-id"]?.[0];
  if (id === undefined) return undefined;
  // A client id is text without NUL [MQTT-3.1.3-4]; other control characters help nobody.
  const fits = id !== "" && new TextEncoder().encode(id).length <= MAX_CLIENT_ID_BYTES;
  if (!fits || !id.isWellFormed() || /\p{Cc}/u.test(id)) throw bad("client-id", id);
  return id;
}

function checkedFilter(filter: string): string {
  const problem = filterProblem(filter);
  if (problem !== undefined) {
    const shown = escapeForTerminal(filter);
    throw new UsageError((t) => t.badFilter(shown, t.filterProblems[problem]!));
  }
  return filter;
}

function output(flags: Flags): string {
  const value = flags.output?.[0] ?? "exports/mqtt_data";
  if (/(^|[/\\])\.{0,2}$/.test(value) || value.includes("\0")) throw bad("output", value);
  const extension = /\.(csv|json)$/i.exec(value)?.[0];
  if (extension !== undefined) {
    const base = escapeForTerminal(value.slice(0, -extension.length));
    throw new UsageError((t) => t.outputWithExtension(escapeForTerminal(value), base));
  }
  return value;
}

/** Host and port from `--broker` (host, host:port, [v6]:port, a bare v6, a URL) and `--port`. */
function address(flags: Flags): { host: string; port: number } {
  const value = flags.broker?.[0] ?? "localhost";
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1];
  // No address has an @ but behind a user or password, which must not be echoed by a later check.
  if (value.includes("@")) throw new UsageError((t) => t.noUserInUrl);
  if (scheme !== undefined && scheme.toLowerCase() !== "mqtt") {
    throw new UsageError((t) => t.schemeLater(scheme));
  }
  const rest = scheme === undefined ? value : value.slice(scheme.length + 3).replace(/\/$/, "");
  const v6 = /^\[([0-9a-f:.]+(?:%\w+)?)\](?::(\d+))?$/i.exec(rest) ??
    /^([0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*)()$/i.exec(rest);
  const [, host, port] = v6 ?? /^([\p{L}\p{N}._-]+)(?::(\d+))?$/u.exec(rest) ?? [];
  if (host === undefined || (v6 && !isIpv6(host))) throw bad("broker", value);
  const inUrl = port ? whole({ port: [port] }, "port", 1, 65_535) : undefined;
  const asked = whole(flags, "port", 1, 65_535);
  if (inUrl !== undefined && asked !== undefined && inUrl !== asked) {
    throw new UsageError((t) => t.portTwice(value, String(asked)));
  }
  return { host, port: asked ?? inUrl ?? 1883 };
}

/** `host:port` as people and permission flags write it, IPv6 in brackets. */
export function hostPort({ host, port }: Pick<Config, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether it is an IPv6 address, with or without a zone. */
function isIpv6(host: string): boolean {
  return URL.canParse(`http://[${host.split("%")[0]}]`);
}
