/** Reads a recording with known rows with Python, and with pandas and DuckDB if installed. */

import type { Message } from "../../lib/message/message.ts";
import { ByteBuffer } from "../../lib/message/byte_buffer.ts";

/** Findings of one reader in one file. */
export interface Reading {
  readonly reader: string;
  readonly rows: number;
  /** Rows that are missing, additional, or different. */
  readonly mismatches: number;
  /** The first of them, described. */
  readonly example?: string;
}

/** Reads the expected messages and the files in parallel. */
const SCRIPT = String.raw`
import base64, csv, json, struct, sys
csv.field_size_limit(1 << 30)
base, expected_path = sys.argv[1:3]
COLUMNS = ["timestamp", "topic", "payload", "encoding", "qos", "retain", "dup"]

def expected():
    with open(expected_path, "rb") as file:
        while head := file.read(9):
            flags, topic, payload = struct.unpack("<BII", head)
            yield flags, file.read(topic).decode(), file.read(payload)

def right(row, message):
    flags, topic, payload = message
    try:
        payload_text, encoding = payload.decode(), "utf-8"
        if "\0" in payload_text: payload_text, encoding = None, "base64"
    except UnicodeDecodeError:
        payload_text, encoding = None, "base64"
    return (row[1] == topic and row[3] == encoding
        and (row[2] == payload_text if payload_text is not None
             else base64.b64decode(row[2], validate=True) == payload)
        and row[4:] == [str(flags & 3), "true" if flags & 4 else "false", "true" if flags & 8 else "false"])

def compare(name, rows):
    count = mismatches = 0
    example = None
    wanted = expected()
    try:
        for row in rows:
            count += 1
            message = next(wanted, None)
            if message is None or len(row) != 7 or not right(row, message):
                mismatches += 1
                example = example or "row %d is %.200r, sent was %.200r" % (count, row, message)
    except Exception as error:
        example = "%s: %s after %d rows" % (type(error).__name__, error, count)
        mismatches += 1
    missing = sum(1 for _ in wanted)
    if missing:
        mismatches += missing
        example = example or "%d rows are missing" % missing
    print(json.dumps({"reader": name, "rows": count, "mismatches": mismatches, "example": example}), flush=True)

def csv_rows():
    with open(base + ".csv", newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        if next(reader) != COLUMNS: raise ValueError("another header")
        yield from reader

def json_rows():
    with open(base + ".json", encoding="utf-8") as file:
        objects = json.load(file)
    objects.reverse()
    while objects:
        one = objects.pop()
        if list(one) != COLUMNS or type(one["qos"]) is not int: raise ValueError("another shape")
        yield [one[k] if isinstance(one[k], str) else json.dumps(one[k]) for k in COLUMNS]

def pandas_rows(pandas):
    options = dict(dtype=str, keep_default_na=False, na_filter=False, chunksize=50000)
    for part in pandas.read_csv(base + ".csv", **options):
        if list(part.columns) != COLUMNS: raise ValueError("another header")
        yield from part.values.tolist()

def duckdb_rows(duckdb):
    options = "header=true, all_varchar=true, delim=',', quote='\"', escape='\"', max_line_size=10000000"
    duckdb.sql("SET enable_progress_bar = false")
    found = duckdb.sql("SELECT * FROM read_csv('%s.csv', %s)" % (base, options))
    if found.columns != COLUMNS: raise ValueError("another header")
    while part := found.fetchmany(10000):
        for row in part: yield [value or "" for value in row]

if sys.argv[3] == "pandas":
    import pandas
    compare("pandas " + pandas.__version__, pandas_rows(pandas))
elif sys.argv[3] == "duckdb":
    import duckdb
    compare("DuckDB " + duckdb.__version__, duckdb_rows(duckdb))
else:
    compare("Python csv", csv_rows())
    compare("Python json", json_rows())
`;

/** Debian's packages need the system's Python, which may not be the first in the path. */
const PYTHONS = ["python3", "/usr/bin/python3"];

async function python(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: [...args],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    return undefined;
  }
}

/** The messages as the script reads them. */
async function writeExpected(path: string, messages: Iterable<Message>): Promise<void> {
  using file = await Deno.create(path);
  const out = new ByteBuffer(1 << 20);
  const head = new DataView(new ArrayBuffer(9));
  const flush = async () => {
    for (let at = 0; at < out.length;) at += await file.write(out.view().subarray(at));
    out.clear();
  };
  for (const { topic, payload, qos, retain, dup } of messages) {
    const name = new TextEncoder().encode(topic);
    head.setUint8(0, qos | (retain ? 4 : 0) | (dup ? 8 : 0));
    head.setUint32(1, name.length, true);
    head.setUint32(5, payload.length, true);
    out.append(new Uint8Array(head.buffer));
    out.append(name);
    out.append(payload);
    if (out.length > 1 << 20) await flush();
  }
  await flush();
}

/**
 * Reads `<output>.csv` and `<output>.json` with Python.
 *
 * @param messages The expected messages, in order.
 * @param libraries Libraries that read the CSV too, if they are installed.
 */
export async function pythonReads(
  output: string,
  messages: Iterable<Message>,
  libraries: readonly ("pandas" | "duckdb")[] = [],
): Promise<Reading[]> {
  const expected = `${output}.expected`;
  await writeExpected(expected, messages);
  const readings: Reading[] = [];
  const note = (text: string | undefined, reader: string) => {
    const lines = (text ?? "").split("\n").filter((line) => line !== "");
    if (lines.length === 0) {
      readings.push({ reader, rows: 0, mismatches: 1, example: `${reader} ended without a word` });
    }
    for (const line of lines) readings.push(JSON.parse(line));
  };
  note(await python("python3", ["-c", SCRIPT, output, expected, "own"]), "Python");
  for (const library of libraries) {
    for (const command of PYTHONS) {
      if (await python(command, ["-c", `import ${library}`]) === undefined) continue;
      note(await python(command, ["-c", SCRIPT, output, expected, library]), library);
      break;
    }
  }
  await Deno.remove(expected);
  return readings;
}
