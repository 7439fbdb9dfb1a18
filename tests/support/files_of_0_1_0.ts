/** Reads the recordings of version 0.1.0 in `testdata/0.1.0` and their continuations. */

import assert from "node:assert/strict";
import type { Mosquitto } from "./mosquitto.ts";
import { inFolder } from "./program.ts";

/** Their folder, with a README. */
export const FILES = new URL("../testdata/0.1.0/", import.meta.url);
/** Base path of each recording. */
export const BASE = "mqtt_data";
export const EXTENSIONS = ["csv", "json"] as const;
export const GAP_COLUMNS = ["from", "to", "seconds", "cause", "session", "at_risk"];

export type Folder =
  | "clean"
  | "properties"
  | "killed"
  | "killed_away"
  | "session_kept"
  | "gaps"
  | "torn/before"
  | "torn/after";

/** The content of every file in a folder, by name. */
export type Contents = ReadonlyMap<string, Uint8Array>;

/** The state of a run that 0.1.0 wrote to its lock file. */
export interface State {
  readonly clientId: string;
  readonly alive: number;
  readonly awaySince?: number;
  readonly refused: readonly { readonly topic: string; readonly since: number }[];
}

/** Reads every file of a folder. */
export async function contents(folder: string | URL): Promise<Contents> {
  const files = new Map<string, Uint8Array>();
  for await (const { name } of Deno.readDir(folder)) {
    const path = folder instanceof URL ? new URL(name, folder) : `${folder}/${name}`;
    files.set(name, await Deno.readFile(path));
  }
  return files;
}

/** Runs `body` with the files of 0.1.0 copied into a new folder, which is removed afterwards. */
export function withFiles(
  folder: Folder,
  body: (cwd: string, original: Contents) => Promise<void>,
): Promise<void> {
  return inFolder(async (cwd) => {
    const original = await contents(new URL(`${folder}/`, FILES));
    for (const [name, bytes] of original) await Deno.writeFile(`${cwd}/${name}`, bytes);
    await body(cwd, original);
  });
}

/** The state left by a run that was killed or kept its session. */
export function stateOf(original: Contents): State {
  return JSON.parse(text(original.get(`${BASE}.lock`)!));
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** One recorded message, independent of how its row spells the payload. */
export interface Recorded {
  readonly topic: string;
  /** As hexadecimal digits. */
  readonly payload: string;
  /** JSON text; empty without properties, undefined in a recording without them. */
  readonly properties: string | undefined;
  /** Timestamp, QoS, retain and dup, as in the CSV. */
  readonly others: readonly string[];
}

function recorded(row: Readonly<Record<string, string>>): Recorded {
  const { timestamp, topic, payload, encoding, qos, retain, dup, properties } = row;
  const bytes = encoding === "base64"
    ? Uint8Array.fromBase64(payload!)
    : new TextEncoder().encode(payload);
  return {
    topic: topic!,
    payload: bytes.toHex(),
    properties: properties === "{}" ? "" : properties,
    others: [timestamp!, qos!, retain!, dup!],
  };
}

/**
 * The rows of a CSV file [RFC 4180] by its header. Written by hand, because `@std/csv` turns CRLF
 * in a field into LF.
 */
function csvRows(csv: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  let end = 0;
  for (const match of csv.matchAll(/("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy)) {
    const [all, field, separator] = match;
    const quoted = field!.startsWith('"');
    rows.at(-1)!.push(quoted ? field!.slice(1, -1).replaceAll('""', '"') : field!);
    if (separator !== ",") rows.push([]);
    end += all.length;
  }
  assert.equal(end, csv.length, `no CSV from ${JSON.stringify(csv.slice(end, end + 80))} on`);
  rows.pop();
  const [header, ...others] = rows;
  for (const row of others) assert.equal(row.length, header!.length);
  return others.map((row) => Object.fromEntries(header!.map((name, i) => [name, row[i]!])));
}

/** The messages of a recording; asserts that CSV and JSON hold the same. */
export function messagesOf(files: Contents): Recorded[] {
  const csv = csvRows(text(files.get(`${BASE}.csv`)!)).map(recorded);
  const objects: Record<string, unknown>[] = JSON.parse(text(files.get(`${BASE}.json`)!));
  const spell = (value: unknown) =>
    typeof value === "object" ? JSON.stringify(value) : String(value);
  const json = objects.map((object) =>
    recorded(Object.fromEntries(Object.entries(object).map(([key, value]) => [key, spell(value)])))
  );
  assert.deepEqual(json, csv);
  return csv;
}

/** One row of a gap log, by its columns. */
export type Gap = Readonly<Record<string, string>>;

/** The rows of a gap log, none without a file. Asserts its shape. */
export function gapsOf(files: Contents): Gap[] {
  const csv = files.get(`${BASE}.gaps.csv`);
  if (csv === undefined) return [];
  assert.ok(text(csv).startsWith(`${GAP_COLUMNS}\r\n`));
  const gaps = csvRows(text(csv));
  for (const { from, to, seconds } of gaps) {
    assert.ok(Date.parse(from!) <= Date.parse(to!), `${from} to ${to}`);
    assert.match(seconds!, /^\d+\.\d{3}$/);
  }
  return gaps;
}

const JSON_TAIL = new TextEncoder().encode("\n]\n");

/** The part of a file that must precede new rows: all but the closing bracket of JSON. */
export function rowsOf(files: Contents, extension: "csv" | "json"): Uint8Array {
  const bytes = files.get(`${BASE}.${extension}`)!;
  return extension === "json" && endsWith(bytes, JSON_TAIL)
    ? bytes.subarray(0, -JSON_TAIL.length)
    : bytes;
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  return bytes.length >= end.length && equal(bytes.subarray(bytes.length - end.length), end);
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Asserts that all rows, gaps and torn bytes of `before` precede the new ones unchanged. */
export function assertKept(after: Contents, before: Contents): void {
  const parts: [string, Uint8Array | undefined][] = [
    ...EXTENSIONS.map((extension) =>
      [extension, rowsOf(before, extension)] as [string, Uint8Array]
    ),
    ...["gaps.csv", "csv.torn", "json.torn"].map((extension) =>
      [extension, before.get(`${BASE}.${extension}`)] as [string, Uint8Array | undefined]
    ),
  ];
  for (const [extension, part] of parts) {
    const now = after.get(`${BASE}.${extension}`);
    if (part === undefined) continue;
    assert.ok(
      now !== undefined && equal(now.subarray(0, part.length), part),
      `${extension} changed`,
    );
  }
}

/** The files of `torn/before` without the torn row, which 0.1.0 itself moved away. */
export async function untorn(before: Contents): Promise<Contents> {
  const moved = await contents(new URL("torn/after/", FILES));
  const whole = EXTENSIONS.map((extension) => {
    const torn = moved.get(`${BASE}.${extension}.torn`)!,
      file = before.get(`${BASE}.${extension}`)!;
    assert.ok(endsWith(file, torn));
    return [`${BASE}.${extension}`, file.subarray(0, -torn.length)] as const;
  });
  return new Map([...before, ...whole]);
}

/** Asserts that the torn end that 0.1.0 moved away from `torn/before` is moved away again. */
export async function assertTornMoved(after: Contents): Promise<void> {
  const moved = await contents(new URL("torn/after/", FILES));
  for (const name of EXTENSIONS.map((extension) => `${BASE}.${extension}.torn`)) {
    assert.ok(endsWith(after.get(name)!, moved.get(name)!), name);
  }
}

/** Leaves a session for that client on the broker, subscribed to `sensors/#` with QoS 1. */
export async function leaveSession({ port }: Mosquitto, clientId: string): Promise<void> {
  const session = [
    "-c",
    "-V",
    "5",
    "-x",
    "3600",
    "-i",
    clientId,
    "-q",
    "1",
    "-t",
    "sensors/#",
    "-E",
  ];
  const { success, stderr } = await new Deno.Command("mosquitto_sub", {
    args: ["-h", "127.0.0.1", "-p", String(port), ...session],
    stdin: "null",
  }).output();
  assert.ok(success, text(stderr));
}
