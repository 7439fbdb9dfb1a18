/** SQLite: one table for each shape, and the messages beside the samples; indexed. */

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import {
  ABSENT_BOOLEAN,
  type Block,
  type Column,
  type ColumnKind,
  type ColumnValues,
  type OpenTableWriter,
  type Shape,
  type TableFormat,
  type TableInfo,
  type TableWriter,
} from "../table.ts";

const MESSAGES = "messages";
const TABLES: Readonly<Record<Shape, string>> = { rows: MESSAGES, long: "samples", wide: "wide" };
/** `TEXT` for times: ISO 8601 in UTC, which SQLite's date functions read and which sorts. */
const TYPES: Readonly<Record<ColumnKind, string>> = {
  time: "TEXT",
  number: "REAL",
  integer: "INTEGER",
  boolean: "INTEGER",
  text: "TEXT",
};

/** Reads a value of a block as SQLite takes it. */
type Bind = (values: ColumnValues, row: number) => SQLInputValue;

const BINDS: Readonly<Record<ColumnKind, Bind>> = {
  time: (values, row) => {
    const time = values[row] as number;
    return Number.isNaN(time) ? null : new Date(time).toISOString();
  },
  number: (values, row) => numberOrNull(values[row] as number),
  integer: (values, row) => numberOrNull(values[row] as number),
  boolean: (values, row) => values[row] === ABSENT_BOOLEAN ? null : values[row] as number,
  text: (values, row) => values[row] as string | undefined ?? null,
};

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** A name as SQL takes it, whatever is in it; NUL ends a statement, and stands in no name. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""').replaceAll("\0", "\ufffd")}"`;
}

/** One table: its insert, and its indexes. */
class Table {
  readonly #name: string;
  readonly #columns: readonly Column[];
  readonly #binds: readonly Bind[];
  readonly #insert: StatementSync;

  constructor(db: DatabaseSync, name: string, columns: readonly Column[]) {
    this.#name = name;
    this.#columns = columns;
    const defined = columns.map(({ name, kind }, i) => {
      const key = i === 0 && name === "id" ? " PRIMARY KEY" : "";
      return `${quoted(name)} ${TYPES[kind]}${key}`;
    });
    db.exec(`CREATE TABLE ${quoted(name)} (${defined.join(", ")})`);
    this.#binds = columns.map(({ kind }) => BINDS[kind]);
    this.#insert = db.prepare(
      `INSERT INTO ${quoted(name)} VALUES (${columns.map(() => "?").join(", ")})`,
    );
  }

  insert({ rows, columns }: Block): void {
    const binds = this.#binds;
    const row: SQLInputValue[] = new Array(binds.length);
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k < binds.length; k++) row[k] = binds[k]!(columns[k]!, i);
      this.#insert.run(...row);
    }
  }

  /**
   * Indexes by time at once: rows mostly come in its order, which costs nothing then. To be called
   * before the first row.
   */
  indexTime(db: DatabaseSync): void {
    const [time] = this.#timeNames();
    if (time !== undefined) this.#index(db, "time", [time]);
  }

  /** Indexes by topic, field and time when all rows are there, which takes half the time. */
  indexTopic(db: DatabaseSync): void {
    const names = this.#columns.map(({ name }) => name);
    const keys = ["topic", "field"].filter((name) => names.includes(name));
    if (keys.length > 0) this.#index(db, "topic", [...keys, ...this.#timeNames()]);
  }

  #timeNames(): readonly string[] {
    return this.#columns.filter(({ kind }) => kind === "time").slice(0, 1).map(({ name }) => name);
  }

  #index(db: DatabaseSync, by: string, names: readonly string[]): void {
    const index = quoted(`${this.#name}_${by}`);
    db.exec(`CREATE INDEX ${index} ON ${quoted(this.#name)} (${names.map(quoted).join(", ")})`);
  }
}

class SqliteTables implements TableWriter {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #main: Table;
  readonly #messages: Table | undefined;

  constructor(path: string, db: DatabaseSync, info: TableInfo) {
    this.#path = path;
    this.#db = db;
    // The file is removed if anything fails, and synced when it is complete.
    db.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
    db.exec("BEGIN");
    if (info.messages) this.#messages = new Table(db, MESSAGES, info.messages.columns);
    this.#main = new Table(db, TABLES[info.shape], info.columns);
    for (const table of [this.#messages, this.#main]) table?.indexTime(db);
    db.exec("COMMIT");
  }

  write(block: Block): Promise<void> {
    return this.#transaction(() => this.#main.insert(block));
  }

  writeMessages(block: Block): Promise<void> {
    return this.#transaction(() => this.#messages?.insert(block));
  }

  async finish(): Promise<void> {
    for (const table of [this.#messages, this.#main]) table?.indexTopic(this.#db);
    this.#db.close();
    using file = await Deno.open(this.#path, { write: true });
    await file.sync();
  }

  abort(): Promise<void> {
    if (this.#db.isOpen) this.#db.close();
    return Promise.resolve();
  }

  /** One transaction a block: its pages need not all be in memory, and one is not slow. */
  #transaction(insert: () => void): Promise<void> {
    return Promise.try(() => {
      this.#db.exec("BEGIN");
      insert();
      this.#db.exec("COMMIT");
    });
  }
}

const open: OpenTableWriter = async (path, info) => {
  // SQLite would continue a file that is there.
  (await Deno.open(path, { write: true, createNew: true })).close();
  const db = new DatabaseSync(path);
  try {
    return new SqliteTables(path, db, info);
  } catch (error) {
    db.close();
    throw error;
  }
};

/** A database for SQL, in one file. */
export const format: TableFormat = { open, maxColumns: 2000, hasMessages: true };
