/** The address of the broker: host, host:port, or a URL with scheme, user, password and path. */

import { redact, UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { Secret } from "../text/secret.ts";

/** The transport of MQTT. */
export type Scheme = "mqtt" | "mqtts" | "ws" | "wss";

export interface Address {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  /** Path of a WebSocket, query included; empty for the others. */
  readonly path: string;
}

/** An address; without a scheme, plain MQTT. */
export type Place = Pick<Address, "host" | "port"> & Partial<Address>;

/** An address as the user wrote it. */
export interface WrittenAddress {
  /** Undefined if none was written. */
  readonly scheme: Scheme | undefined;
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
}

/** Ports registered for MQTT, and those of the web. */
export const PORTS: Readonly<Record<Scheme, number>> = {
  mqtt: 1883,
  mqtts: 8883,
  ws: 80,
  wss: 443,
};

/** Names that other clients use for the same schemes. */
const ALIASES: ReadonlyMap<string, Scheme> = new Map([
  ["tcp", "mqtt"],
  ["ssl", "mqtts"],
  ["tls", "mqtts"],
]);

/** Names and addresses that mean this machine and are reachable from nowhere else. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"]);

/** The usual WebSocket path of brokers. */
const WEBSOCKET_PATH = "/mqtt";

/** Whether `host` is this machine's loopback. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host.toLowerCase());
}

export function isWebSocket(scheme: Scheme): boolean {
  return scheme === "ws" || scheme === "wss";
}

export function isTls(scheme: Scheme): boolean {
  return scheme === "mqtts" || scheme === "wss";
}

/** The parts of an address, as the URL standard cuts them; each as it was written. */
interface AddressParts {
  readonly scheme: string | undefined;
  /** What stands before the last @ ahead of the path. */
  readonly userinfo: string | undefined;
  /** Host and port. */
  readonly place: string;
  /** Path, query and fragment. */
  readonly rest: string;
}

/** Cuts an address where the URL standard does: user and password end at the first `/ ? #`. */
export function cutAddress(value: string): AddressParts {
  const [, scheme, after] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(value) ?? [];
  const [, authority = "", rest = ""] = /^([^/?#]*)(.*)$/s.exec(after ?? value) ?? [];
  const [, userinfo, place = ""] = /^(?:(.*)@)?([^@]*)$/s.exec(authority) ?? [];
  return { scheme, userinfo, place, rest };
}

/**
 * Parses an address; undefined if it is none.
 *
 * @throws {UsageError} Its scheme is unknown, or an `@` suggests a user or password that the URL
 * standard reads as something else.
 */
export function parseAddress(value: string): WrittenAddress | undefined {
  const parts = cutAddress(value.trim());
  const scheme = parts.scheme === undefined ? undefined : schemeOf(parts.scheme);
  const { userinfo, place, rest } = parts;
  const [, user, password] = /^([^:]*)(?::(.*))?$/s.exec(userinfo ?? "") ?? [];
  const webSocket = scheme !== undefined && isWebSocket(scheme);
  const path = rest === "" || rest === "/" ? (webSocket ? WEBSOCKET_PATH : "") : rest;
  const v6 = /^\[([0-9a-f:.]+(?:%\w+)?)\](?::(\d+))?$/i.exec(place) ??
    /^([0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*)()$/i.exec(place);
  const [, name, port] = v6 ?? /^([\p{L}\p{M}\p{N}._-]+)(?::(\d+))?$/u.exec(place) ?? [];
  const host = v6 ? name : asciiHost(name);
  const isAddress = host !== undefined && !(v6 && !isIpv6(host)) && !/[\s#]/.test(path) &&
    (webSocket || path === "");
  // `anna:1234/5@host` would connect to the host "anna", and send it what may be a password.
  const isDoubtful = (userinfo ?? port) !== undefined && /^(?:\/[^?]*|\?[^=]*)@/.test(rest);
  if (rest.includes("@") && (!isAddress || isDoubtful)) {
    throw new UsageError((t) => t.connect.cutAtSlash);
  }
  if (!isAddress) return undefined;
  return {
    scheme,
    host,
    port: port ? Number(port) : undefined,
    path,
    username: user === undefined || user === "" ? undefined : decode(user),
    password: password === undefined ? undefined : new Secret(decode(password)),
  };
}

function schemeOf(name: string): Scheme {
  const lower = name.toLowerCase();
  const scheme = Object.hasOwn(PORTS, lower) ? lower as Scheme : ALIASES.get(lower);
  if (scheme === undefined) {
    const shown = escapeForTerminal(redact(name));
    throw new UsageError((t) => t.connect.unknownScheme(shown));
  }
  return scheme;
}

/** Decodes valid percent-encoding; a password typed by hand may contain a bare %. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `host:port` as people and permission flags write it, IPv6 in brackets. */
export function hostPort({ host, port }: Pick<Address, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address for messages: plain MQTT as `host:port`, all else as a URL. */
export function showAddress({ scheme = "mqtt", path = "", ...at }: Place): string {
  return scheme === "mqtt" ? hostPort(at) : `${scheme}://${hostPort(at)}${escapeForTerminal(path)}`;
}

/** A name as the network knows it, `xn--bcher-kva.example`; undefined: it cannot be one. */
function asciiHost(name = ""): string | undefined {
  // deno-lint-ignore no-control-regex
  const host = /[^\x00-\x7f]/.test(name) ? URL.parse(`http://${name}`)?.hostname : name;
  return host === undefined || /^\.|\.\.|^$/.test(host) ? undefined : host;
}

/** Whether it is an IPv6 address, with or without a zone. */
function isIpv6(host: string): boolean {
  return URL.canParse(`http://[${host.split("%")[0]}]`);
}
