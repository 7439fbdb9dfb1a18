/** The recordings of version 0.1.0 in `testdata/0.1.0`, and how their continuations are read. */

import assert from "node:assert/strict";
import type { Mosquitto } from "./mosquitto.ts";
import { inFolder } from "./program.ts";

/** Where they lie; see the README there. */
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

/** What 0.1.0 noted in its lock file about a run. */
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

/** The state that a killed run, or one that kept its session, left. */
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
  /** JSON text; empty where there are none, undefined in a recording without properties. */
  readonly properties: string | undefined;
  /** Timestamp, QoS, retain and dup, as they stand in the CSV. */
  readonly rest: readonly string[];
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
    rest: [timestamp!, qos!, retain!, dup!],
  };
}

/**
 * The rows of a CSV file [RFC 4180], by its header. By hand, as `@std/csv` turns CRLF in a field
 * into LF.
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

/** The rows of a gap log; none where there is no file. Asserts its shape. */
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

/** What must stand in front of everything new: the file, but for the bracket that closes a JSON. */
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

/** Asserts that every row and gap and all torn bytes of `before` still stand in front, unchanged. */
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

/** The files of `torn/before` without what the crash left of a row, which 0.1.0 itself moved away. */
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

/** Asserts that what 0.1.0 moved away of `torn/before` was moved away now too. */
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
