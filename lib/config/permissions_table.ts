/**
 * The Deno permissions that each feature needs. The check before a recording uses this table;
 * tests/config/permissions_table_test.ts compares it with deno.json, lib/config/README.md and
 * .ci/compile.ts.
 */

import { dirname } from "node:path";
import { hostPort, isTls } from "./address.ts";
import type { Config } from "./config.ts";

/** One permission, as Deno's `--allow-<kind>=<scope>` grants it. */
export interface Permission {
  /** `net`, `read`, `write`, `env` or `sys`; Deno's errors may name others. */
  readonly kind: string;
  /** Host and port, path, variable or kind of information; undefined: the whole kind. */
  readonly scope: string | undefined;
}

/** One feature of the program and the permissions it needs. */
export interface Feature<Asked> {
  readonly name: string;
  /** The program continues without the feature if the permission is missing. @default {false} */
  readonly optional?: boolean;
  /** Its permissions; none if `asked` does not use it. */
  permissions(asked: Asked): readonly Permission[];
}

/** The settings of a recording that its permissions depend on. */
export interface RecordingSettings
  extends
    Pick<Config, "scheme" | "host" | "port" | "output" | "embeddedBroker" | "passwordFile">,
    Partial<Pick<Config, "tls">> {
  /** Path of the settings file, if there is one. */
  readonly configFile?: string | undefined;
}

/** The arguments of `mqttrec check`. */
export interface Check {
  /** Files and base paths. */
  readonly operands: readonly string[];
  readonly repair: boolean;
}

/** The arguments of `mqttrec export`. */
export interface Export {
  /** Files, base paths and folders. */
  readonly operands: readonly string[];
  /** The file to write. */
  readonly output: string;
}

const LANGUAGE: Feature<unknown> = {
  name: "language and colors",
  optional: true,
  permissions: () => scoped("env", "LANG", "LC_ALL", "LC_MESSAGES", "NO_COLOR", "TERM"),
};

/** The features of a recording. */
export const RECORDING: readonly Feature<RecordingSettings>[] = [
  LANGUAGE,
  {
    name: "settings in the environment",
    optional: true,
    permissions: () => scoped("env", "MQTT_USERNAME", "MQTT_PASSWORD", "MQTTREC_*"),
  },
  {
    name: "the same client id after a restart",
    optional: true,
    permissions: () => scoped("sys", "hostname"),
  },
  {
    name: "a part of the disk stays free",
    optional: true,
    permissions: () => scoped("sys", "statfs"),
  },
  {
    name: "connection",
    permissions: ({ host, port }) => [address(host, port)],
  },
  {
    name: "TLS",
    // Both serve to read the system's trusted authorities (lib/mqtt/transport/tls.ts).
    permissions: ({ scheme }) =>
      isTls(scheme) ? [...scoped("env", "NODE_USE_SYSTEM_CA"), ...scoped("sys", "ca")] : [],
  },
  {
    name: "built-in broker",
    permissions: ({ embeddedBroker, port }) =>
      embeddedBroker ? [address("127.0.0.1", port), address("::1", port)] : [],
  },
  {
    name: "passwords, certificates and keys in files",
    permissions: ({ passwordFile, tls: { cafile, cert, key, keyPasswordFile } = {} }) =>
      scoped("read", passwordFile, cafile, cert, key, keyPasswordFile),
  },
  {
    name: "settings in a file",
    permissions: ({ configFile }) => scoped("read", configFile),
  },
  {
    name: "recorded files",
    permissions: ({ output }) => folder(dirname(output), true),
  },
];

/** Features of a recording that a look at the topics of a broker does without. */
const RECORDING_ONLY = ["the same client id after a restart", "built-in broker", "recorded files"];

/** The features of `mqttrec topics`. */
export const LOOKING = RECORDING.filter(({ name }) => !RECORDING_ONLY.includes(name));

/** The features of `mqttrec check`. */
export const CHECK: readonly Feature<Check>[] = [
  LANGUAGE,
  {
    name: "language in MQTTREC_LANG",
    optional: true,
    permissions: () => scoped("env", "MQTTREC_LANG"),
  },
  {
    name: "checked files",
    permissions: ({ operands }) => operands.flatMap((path) => folder(dirname(path), false)),
  },
  {
    name: "repair",
    permissions: ({ operands, repair }) =>
      repair ? operands.flatMap((path) => folder(dirname(path), true)) : [],
  },
];

/** The features of `mqttrec export`. */
export const EXPORT: readonly Feature<Export>[] = [
  LANGUAGE,
  {
    name: "language in MQTTREC_LANG",
    optional: true,
    permissions: () => scoped("env", "MQTTREC_LANG"),
  },
  {
    name: "exported recordings",
    permissions: ({ operands }) => operands.flatMap((path) => folder(dirname(path), false)),
  },
  {
    name: "the table",
    permissions: ({ output }) => folder(dirname(output), true),
  },
];

/** A recording into exports/ that uses every feature. */
const EVERYTHING: RecordingSettings = {
  scheme: "mqtts",
  host: "localhost",
  port: 1883,
  output: "exports/mqtt_data",
  embeddedBroker: true,
  passwordFile: undefined,
};

/**
 * What a recording into exports/ may need with any settings: the whole network and all files to
 * read, because brokers, certificates and settings may be anywhere. `deno task start` grants these.
 */
export function permissionsOfAnyRecording(): Permission[] {
  const all = RECORDING.flatMap((feature) => feature.permissions(EVERYTHING));
  const whole = ["net", "read"].map((kind) => ({ kind, scope: undefined }));
  return [...whole, ...all];
}

const ORDER = ["all", "net", "read", "write", "env", "sys"];

/** Flags that grant these permissions: one for each kind, and a whole kind instead of its parts. */
export function permissionFlags(permissions: readonly Permission[]): string[] {
  const kinds = [...new Set(permissions.map(({ kind }) => kind))];
  if (kinds.includes("all")) return ["--allow-all"];
  kinds.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return kinds.map((kind) => {
    const scopes = permissions.filter((permission) => permission.kind === kind)
      .map(({ scope }) => scope);
    if (scopes.includes(undefined)) return `--allow-${kind}`;
    // In a flag a comma separates scopes, and two stand for a comma.
    return `--allow-${kind}=${[...new Set(scopes)].map((s) => s!.replaceAll(",", ",,")).join()}`;
  });
}

function scoped(kind: string, ...scopes: readonly (string | undefined)[]): Permission[] {
  return scopes.filter((scope) => scope !== undefined).map((scope) => ({ kind, scope }));
}

function address(host: string, port: number): Permission {
  return { kind: "net", scope: hostPort({ host, port }) };
}

function folder(path: string, write: boolean): Permission[] {
  return [...scoped("read", path), ...(write ? scoped("write", path) : [])];
}
