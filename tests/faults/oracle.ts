/**
 * Finds lost, doubled, torn and misplaced rows of a recording. Reads the files with other code than
 * the program's own, because an error in shared code would stay unseen.
 */

import { parse } from "@std/csv/parse";
import { type Gap, readGaps } from "./gaps.ts";
import { type Published, readPayload } from "./published.ts";

const COLUMNS = ["timestamp", "topic", "payload", "encoding", "qos", "retain", "dup"];
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MAX_EXAMPLES = 5;

/** The files of a recording; several if one was moved away, in the order they were written. */
export interface Files {
  readonly csv: readonly string[];
  readonly json: readonly string[];
}

/** One message of a publisher. */
export interface MessageRef {
  readonly from: Published;
  readonly id: number;
}

export interface Findings {
  /** Rows of the CSV files. */
  readonly rows: number;
  /** |P|. */
  readonly published: number;
  /** Acknowledged by the broker and in neither file. */
  readonly lost: readonly MessageRef[];
  /** The gap log, where anything is lost. */
  readonly gaps: readonly Gap[];
  /** Further rows of messages that were sent once. */
  readonly duplicates: number;
  /** Further rows of messages that the publisher itself repeated. */
  readonly repeated: number;
  /** Malformed rows, and rows of messages that were never published. */
  readonly torn: number;
  /** Rows in one file only, or at another place. */
  readonly csvNotJson: number;
  /** Messages whose first row comes after a later message of their topic. */
  readonly inversions: number;
  /** Some of the torn rows, described. */
  readonly examples: readonly string[];
}

type Row = readonly string[];

/** Compares the files with the published messages. Skips a kind of file without paths. */
export async function inspect(files: Files, published: readonly Published[]): Promise<Findings> {
  const examples: string[] = [];
  const complain = (text: string) => void (examples.length < MAX_EXAMPLES && examples.push(text));
  const csv = await readAll(files.csv, csvRows, complain);
  const json = await readAll(files.json, jsonRows, complain);
  const inCsv = new Sightings(published, complain);
  const inJson = new Sightings(published, complain);
  for (const row of csv.rows) inCsv.see(row);
  for (const row of json.rows) inJson.see(row);
  const seen = files.csv.length > 0 ? inCsv : inJson;
  const lost: MessageRef[] = [];
  for (const from of published) {
    from.acked.forEach((time, id) => {
      if (time === undefined || inCsv.count(from, id) > 0 || inJson.count(from, id) > 0) return;
      lost.push({ from, id });
    });
  }
  const [path] = [...files.csv, ...files.json];
  const { gaps } = lost.length > 0 && path !== undefined
    ? await readGaps(path.replace(/\.\w+$/, ".gaps.csv"))
    : { gaps: [] };
  return {
    rows: csv.rows.length,
    published: published.reduce((sum, { ackedCount }) => sum + ackedCount, 0),
    lost,
    gaps,
    duplicates: seen.duplicates,
    repeated: seen.repeated,
    torn: csv.torn + json.torn + inCsv.alien + inJson.alien,
    csvNotJson: files.csv.length > 0 && files.json.length > 0 ? differ(csv.rows, json.rows) : 0,
    inversions: seen.inversions,
    examples,
  };
}

/** Counts of each message in one kind of file. */
class Sightings {
  duplicates = 0;
  repeated = 0;
  alien = 0;
  inversions = 0;
  readonly #counts: ReadonlyMap<string, Uint8Array>;
  readonly #published: ReadonlyMap<string, Published>;
  /** Newest id so far, by topic. */
  readonly #newest = new Map<string, number>();
  readonly #complain: (text: string) => void;

  constructor(published: readonly Published[], complain: (text: string) => void) {
    this.#published = new Map(published.map((each) => [each.name, each]));
    this.#counts = new Map(published.map(({ name, sent }) => [name, new Uint8Array(sent.length)]));
    this.#complain = complain;
  }

  count({ name }: Published, id: number): number {
    return this.#counts.get(name)![id]!;
  }

  see(row: Row): void {
    const [time = "", topic = "", payload = "", encoding, qos, retain, dup = ""] = row;
    const { name = "", id = -1 } = readPayload(payload) ?? {};
    const from = this.#published.get(name);
    const good = from !== undefined && id < from.sent.length && topic === from.topic(id) &&
      payload === from.payload(id) && encoding === "utf-8" && qos === String(from.qos) &&
      retain === String(from.retained) && /^(true|false)$/.test(dup) && TIMESTAMP.test(time) &&
      row.length === 7;
    if (!good) {
      this.alien++;
      this.#complain(`nobody published ${JSON.stringify(row).slice(0, 200)}`);
      return;
    }
    const counts = this.#counts.get(name)!;
    if (counts[id]! > 0) {
      if (from.resent.has(id)) this.repeated++;
      else this.duplicates++;
    } else {
      const newest = this.#newest.get(topic) ?? -1;
      if (id < newest) this.inversions++;
      else this.#newest.set(topic, id);
    }
    counts[id] = Math.min(255, counts[id]! + 1);
  }
}

/** The rows of one file, and the number of malformed ones. */
interface Content {
  readonly rows: Row[];
  torn: number;
}

async function readAll(
  paths: readonly string[],
  read: (text: string, complain: (text: string) => void) => Content,
  complain: (text: string) => void,
): Promise<Content> {
  const all: Content = { rows: [], torn: 0 };
  for (const path of paths) {
    const here = (text: string) => complain(`${path}: ${text}`);
    const bytes = await Deno.readFile(path).catch(() => undefined);
    if (bytes === undefined) {
      here("cannot be read");
      all.torn++;
      continue;
    }
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    const { rows, torn } = read(text, here);
    for (const row of rows) all.rows.push(row);
    all.torn += torn;
  }
  return all;
}

function csvRows(text: string, complain: (text: string) => void): Content {
  const header = `${COLUMNS.join()}\r\n`;
  const content: Content = { rows: [], torn: 0 };
  if (!text.startsWith(header)) {
    complain("the header is wrong");
    content.torn++;
  }
  if (!text.endsWith("\r\n")) {
    complain("the last line does not end");
    content.torn++;
  }
  for (const row of parseCsv(text.slice(header.length), complain, content)) content.rows.push(row);
  return content;
}

/** The rows; a part that cannot be read is read line by line. */
function parseCsv(text: string, complain: (text: string) => void, content: Content): Row[] {
  try {
    return parse(text);
  } catch (error) {
    complain(`@std/csv: ${(error as Error).message}`);
  }
  const rows: Row[] = [];
  for (const line of text.split("\r\n")) {
    try {
      rows.push(...parse(line));
    } catch {
      content.torn++;
    }
  }
  content.torn = Math.max(content.torn, 1);
  return rows;
}

function jsonRows(text: string, complain: (text: string) => void): Content {
  const content: Content = { rows: [], torn: 0 };
  let objects: Record<string, unknown>[];
  try {
    objects = JSON.parse(text);
  } catch (error) {
    complain((error as Error).message);
    content.torn++;
    objects = [];
    for (const line of text.split("\n")) {
      try {
        if (line.startsWith("{")) objects.push(JSON.parse(line.replace(/,$/, "")));
      } catch {
        content.torn++;
      }
    }
  }
  for (const object of objects) {
    const wrong = Object.keys(object ?? {}).join() !== COLUMNS.join() ||
      typeof object.qos !== "number" || typeof object.retain !== "boolean" ||
      typeof object.dup !== "boolean";
    if (wrong) content.torn++;
    if (wrong) complain(`another shape: ${JSON.stringify(object).slice(0, 200)}`);
    else content.rows.push(Object.values(object).map(String));
  }
  return content;
}

/** Rows that are not in both files; if all are, rows at another place. */
function differ(csv: readonly Row[], json: readonly Row[]): number {
  const key = (row: Row) => JSON.stringify(row);
  let displaced = 0;
  const balance = new Map<string, number>();
  for (let i = 0; i < Math.max(csv.length, json.length); i++) {
    const [a, b] = [csv[i], json[i]];
    if (a && b && a.every((value, k) => value === b[k]) && a.length === b.length) continue;
    displaced++;
    if (a) balance.set(key(a), (balance.get(key(a)) ?? 0) + 1);
    if (b) balance.set(key(b), (balance.get(key(b)) ?? 0) - 1);
  }
  let single = 0;
  for (const count of balance.values()) single += Math.abs(count);
  return single > 0 ? single : displaced;
}
