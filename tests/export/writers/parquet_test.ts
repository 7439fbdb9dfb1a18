import assert from "node:assert/strict";
import { zstdDecompressSync } from "node:zlib";
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from "hyparquet";
import type { Block, Column } from "../../../lib/export/table.ts";
import { format } from "../../../lib/export/writers/parquet.ts";
import {
  ALL_KINDS,
  nastyRows,
  type Row,
  tableInfo,
  writeTable,
} from "../../support/written_tables.ts";
import { inFolder } from "../../support/program.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

interface Read {
  readonly rows: readonly unknown[][];
  readonly metadata: FileMetaData;
}

/** A file as another library reads it. */
async function read(path: string): Promise<Read> {
  const file = await asyncBufferFromFile(path);
  const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) };
  let rows: unknown[][] = [];
  // The library's own parser drops a byte order mark.
  const stringFromBytes = (bytes: Uint8Array) => decoder.decode(bytes);
  await parquetRead({
    file,
    compressors,
    parsers: { stringFromBytes },
    onComplete: (all) => rows = all,
  });
  return { rows, metadata: await parquetMetadataAsync(file) };
}

/** What has to come back: no double is an integer there, and time is a date. */
function expectedRow(row: Row, columns: readonly Column[]): unknown[] {
  return row.map((value, i) => {
    if (value === undefined) return null;
    switch (columns[i]!.kind) {
      case "time":
        return new Date(value as number);
      case "integer":
        return BigInt(value as number);
      case "text":
        return (value as string).toWellFormed();
      default:
        return value;
    }
  });
}

async function roundtrip(columns: readonly Column[], rows: readonly Row[]): Promise<Read> {
  let result: Read | undefined;
  await inFolder(async (folder) => {
    const path = `${folder}/t.parquet`;
    await writeTable(format.open, path, tableInfo(columns, rows.length), rows);
    result = await read(path);
  });
  return result!;
}

Deno.test("Parquet gives back every kind of value, and what is absent", async () => {
  const rows = nastyRows();
  const { rows: found } = await roundtrip(ALL_KINDS, rows);
  assert.deepEqual(found, rows.map((row) => expectedRow(row, ALL_KINDS)));
});

Deno.test("Parquet has typed columns: times in UTC, doubles, integers, booleans, texts", async () => {
  const { metadata: { schema } } = await roundtrip(ALL_KINDS, nastyRows());
  assert.deepEqual(
    schema.slice(1).map(({ name, type, converted_type }) => [name, type, converted_type]),
    [
      ["timestamp", "INT64", "TIMESTAMP_MILLIS"],
      ["topic", "BYTE_ARRAY", "UTF8"],
      ["number", "DOUBLE", undefined],
      ["integer", "INT64", undefined],
      ["boolean", "BOOLEAN", undefined],
      ["text", "BYTE_ARRAY", "UTF8"],
      ['odd "name", <é> 🌡️', "BYTE_ARRAY", "UTF8"],
    ],
  );
  const logical = schema[1]!.logical_type;
  assert.deepEqual(logical, { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" });
});

Deno.test("Parquet keeps texts that repeat in a dictionary", async () => {
  const columns: readonly Column[] = [
    { name: "a", kind: "text" },
    { name: "b", kind: "text", repeats: true },
  ];
  const { metadata, rows } = await roundtrip(columns, [["x", "x"], ["y", "y"], ["z", "z"]]);
  assert.deepEqual(rows, [["x", "x"], ["y", "y"], ["z", "z"]]);
  const encodings = metadata.row_groups[0]!.columns.map(({ meta_data }) => meta_data!.encodings);
  assert.deepEqual(encodings, [["PLAIN"], ["PLAIN", "RLE_DICTIONARY"]]);
});

Deno.test("Parquet reads back where a column that repeats has no value at all", async () => {
  const columns: readonly Column[] = [
    { name: "n", kind: "integer" },
    { name: "unit", kind: "text", repeats: true },
  ];
  const rows: readonly Row[] = [[1, undefined], [2, undefined]];
  assert.deepEqual((await roundtrip(columns, rows)).rows, [[1n, null], [2n, null]]);
});

Deno.test("Parquet ends a row group before it takes much memory", async () => {
  const groupsOf = async (columns: readonly Column[], block: Block) => {
    let groups: number[] = [];
    await inFolder(async (folder) => {
      const path = `${folder}/t.parquet`;
      const writer = await format.open(path, tableInfo(columns, block.rows));
      await writer.write(block);
      await writer.finish();
      const { row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(path));
      groups = row_groups.map(({ num_rows }) => Number(num_rows));
    });
    return groups;
  };
  const columns = (length: number, kind: Column["kind"]) =>
    Array.from({ length }, (_, i): Column => ({ name: `c${i}`, kind }));
  const booleans = new Uint8Array(40_000).fill(1);

  const long = { rows: 40_000, columns: [booleans] };
  assert.deepEqual(await groupsOf(columns(1, "boolean"), long), [32_768, 7_232]);
  const wide = { rows: 4104, columns: new Array<Uint8Array>(1024).fill(booleans) };
  assert.deepEqual(await groupsOf(columns(1024, "boolean"), wide), [4096, 8]);
  const texts = new Array<string>(6).fill("x".repeat(1 << 21));
  assert.deepEqual(await groupsOf(columns(1, "text"), { rows: 6, columns: [texts] }), [4, 2]);
});

Deno.test("Parquet may be used with the same block again, as soon as write() has resolved", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.parquet`;
    const columns: readonly Column[] = [{ name: "n", kind: "number" }, { name: "t", kind: "text" }];
    const writer = await format.open(path, tableInfo(columns, 2));
    const numbers = new Float64Array(8), texts = new Array<string>(8);
    for (let i = 0; i < 2; i++) {
      numbers[0] = i;
      texts[0] = `t${i}`;
      await writer.write({ rows: 1, columns: [numbers, texts] });
    }
    await writer.finish();
    assert.deepEqual((await read(path)).rows, [[0, "t0"], [1, "t1"]]);
  });
});

Deno.test("Parquet that is aborted leaves a file that can be removed", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.parquet`;
    const writer = await format.open(path, tableInfo(ALL_KINDS, 1));
    await writer.abort();
    await writer.abort();
    await Deno.remove(path);
  });
});
