import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Column } from "../../../lib/export/table.ts";
import { format } from "../../../lib/export/writers/sqlite.ts";
import {
  ALL_KINDS,
  blockOf,
  nastyRows,
  type Row,
  tableInfo,
  writeTable,
} from "../../support/written_tables.ts";
import { START } from "../../support/arbitrary.ts";
import { inFolder } from "../../support/program.ts";

const MESSAGES: readonly Column[] = [
  { name: "id", kind: "integer" },
  { name: "timestamp", kind: "time" },
  { name: "topic", kind: "text", repeats: true },
  { name: "payload", kind: "text" },
];
const SAMPLES: readonly Column[] = [
  { name: "message_id", kind: "integer" },
  { name: "timestamp", kind: "time" },
  { name: "topic", kind: "text", repeats: true },
  { name: "field", kind: "text", repeats: true },
  { name: "value", kind: "number" },
];

/** What a query finds, a list of values for each row. */
function query(path: string, sql: string): unknown[][] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all().map((row) => Object.values(row));
  } finally {
    db.close();
  }
}

function expectedRow(row: Row, columns: readonly Column[]): unknown[] {
  return row.map((value, i) => {
    if (value === undefined) return null;
    switch (columns[i]!.kind) {
      case "time":
        return new Date(value as number).toISOString();
      case "integer":
      case "boolean":
        return BigInt(value as number);
      case "text":
        return Array.from(new TextEncoder().encode(value as string));
      default:
        return value;
    }
  });
}

Deno.test("SQLite gives back every kind of value, and what is absent", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.sqlite`, rows = nastyRows();
    await writeTable(format.open, path, tableInfo(ALL_KINDS, rows.length), rows);
    // Texts as bytes: Deno reads them up to a NUL only.
    const columns = ALL_KINDS.map(({ name, kind }) => {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      return kind === "text" ? `CAST(${quoted} AS BLOB) AS ${quoted}` : quoted;
    });
    const found = query(path, `SELECT ${columns} FROM messages ORDER BY rowid`);
    assert.deepEqual(
      found.map((row) => row.map((value) => value instanceof Uint8Array ? [...value] : value)),
      rows.map((row) => expectedRow(row, ALL_KINDS)),
    );
  });
});

Deno.test("SQLite has messages beside samples, indexed by topic and by time", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.sqlite`;
    const info = tableInfo(SAMPLES, 2, { shape: "long", messages: { columns: MESSAGES } });
    const writer = await format.open(path, info);
    await writer.writeMessages!(blockOf(MESSAGES, [[7, START, "a", '{"x":1,"y":2}']]));
    await writer.write(blockOf(SAMPLES, [[7, START, "a", "x", 1], [7, START, "a", "y", 2]]));
    await writer.finish();

    const joined = `SELECT payload, field, value FROM samples JOIN messages ON id = message_id
      WHERE samples.topic = 'a' AND field = 'y'`;
    assert.deepEqual(query(path, joined), [['{"x":1,"y":2}', "y", 2]]);
    assert.deepEqual(
      query(path, "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY 1"),
      [
        ["messages_time"],
        ["messages_topic"],
        ["samples_time"],
        ["samples_topic"],
      ],
    );
    const plan = (where: string) =>
      String(query(path, `EXPLAIN QUERY PLAN SELECT * FROM samples WHERE ${where}`)[0]!.at(-1));
    assert.match(
      plan("topic = 'a' AND field = 'y' AND timestamp > '2026'"),
      /samples_topic \(topic=\? AND field=\? AND timestamp>/,
    );
    assert.match(plan("timestamp > '2026'"), /samples_time \(timestamp>/);
  });
});

Deno.test("SQLite names a table after the shape", async () => {
  await inFolder(async (folder) => {
    for (const [shape, table] of [["rows", "messages"], ["long", "samples"], ["wide", "wide"]]) {
      const path = `${folder}/${shape}.sqlite`;
      const info = tableInfo(SAMPLES, 0, { shape: shape as "rows" | "long" | "wide" });
      await writeTable(format.open, path, info, []);
      const tables = query(path, "SELECT name FROM sqlite_master WHERE type = 'table'");
      assert.deepEqual(tables, [[table]]);
    }
  });
});

Deno.test("SQLite holds as many columns as the format says", async () => {
  await inFolder(async (folder) => {
    const columns = Array.from(
      { length: format.maxColumns },
      (_, i): Column => ({ name: `c${i}`, kind: "number" }),
    );
    const path = `${folder}/t.sqlite`, row: Row = columns.map((_, i) => i);
    await writeTable(format.open, path, tableInfo(columns, 1), [row]);
    assert.deepEqual(query(path, "SELECT * FROM messages"), [row]);
  });
});

Deno.test("SQLite leaves nothing beside the file, whether it is finished or aborted", async () => {
  await inFolder(async (folder) => {
    const files = () => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    const path = `${folder}/t.sqlite`;
    const writer = await format.open(path, tableInfo(ALL_KINDS, 1));
    await writer.write(blockOf(ALL_KINDS, nastyRows().slice(0, 1)));
    assert.deepEqual(files(), ["t.sqlite"]);
    await writer.abort();
    await writer.abort();
    assert.deepEqual(files(), ["t.sqlite"]);
    await Deno.remove(path);
    await writeTable(format.open, path, tableInfo(ALL_KINDS, 0), []);
    assert.deepEqual(files(), ["t.sqlite"]);
  });
});

Deno.test("SQLite refuses to continue a file that is there", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.sqlite`;
    await Deno.writeTextFile(path, "");
    await assert.rejects(
      () => format.open(path, tableInfo(ALL_KINDS, 0)),
      Deno.errors.AlreadyExists,
    );
  });
});

Deno.test("SQLite that fails in the middle of a block can still be aborted", async () => {
  await inFolder(async (folder) => {
    const writer = await format.open(`${folder}/t.sqlite`, tableInfo(MESSAGES, 2));
    const twice: readonly Row[] = [[1, START, "a", ""], [1, START, "a", ""]];
    await assert.rejects(() => writer.write(blockOf(MESSAGES, twice)), /UNIQUE/);
    await writer.abort();
  });
});
