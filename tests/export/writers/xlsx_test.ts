import assert from "node:assert/strict";
import type { Column, TableInfo } from "../../../lib/export/table.ts";
import { format, openXlsx } from "../../../lib/export/writers/xlsx.ts";
import { columnName } from "../../../lib/export/writers/xlsx/cells.ts";
import { SharedTexts } from "../../../lib/export/writers/xlsx/shared_texts.ts";
import { START } from "../../support/arbitrary.ts";
import {
  ALL_KINDS,
  blockOf,
  nastyRows,
  type Row,
  tableInfo,
  type Value,
  writeTable,
} from "../../support/written_tables.ts";
import { inFolder } from "../../support/program.ts";
import { readParts, type ReadSheet, readWorkbook } from "../../support/workbook.ts";

const DAY_MS = 86_400_000;
const TEXT: readonly Column[] = [{ name: "text", kind: "text" }];
const TIME: readonly Column[] = [{ name: "time", kind: "time" }];
const NUMBER: readonly Column[] = [{ name: "number", kind: "number" }];

/** The sheets of a table, as they are in the file. */
async function sheetsOf(
  columns: readonly Column[],
  rows: readonly Row[],
  info: Partial<TableInfo> = {},
  open: typeof format.open = format.open,
): Promise<readonly ReadSheet[]> {
  let sheets: readonly ReadSheet[] | undefined;
  await inFolder(async (folder) => {
    const path = `${folder}/t.xlsx`;
    await writeTable(open, path, tableInfo(columns, rows.length, info), rows);
    sheets = await readWorkbook(path);
  });
  return sheets!;
}

/** The values of a sheet with one column, without its header. */
function valuesOf(sheet: ReadSheet): readonly unknown[] {
  return sheet.rows.slice(1).map(([cell]) => cell?.value);
}

/** A value as its cell has it: a number of more digits than Excel shows is a text. */
function inCell(value: Exclude<Value, undefined>): Value {
  if (typeof value === "string") return value.toWellFormed();
  return value === Number.MAX_SAFE_INTEGER ? String(value) : value;
}

/** A serial number of Excel as ms since 1970, on the clock that it shows. */
function shown(serial: unknown): number {
  return Math.round((serial as number - 25_569) * DAY_MS);
}

Deno.test("xlsx gives back every kind of value, and has no cell for what is absent", async () => {
  const rows = nastyRows();
  const [sheet] = await sheetsOf(ALL_KINDS, rows);
  assert.deepEqual(sheet!.rows[0]!.map(({ value }) => value), ALL_KINDS.map(({ name }) => name));
  const expected = rows.map((row, i) =>
    row.flatMap((value, column): [string, Value][] =>
      value === undefined ? [] : [[`${columnName(column)}${i + 2}`, inCell(value)]]
    )
  );
  const found = sheet!.rows.slice(1).map((row) =>
    row.map(({ ref, value }) => [ref, ref.startsWith("A") ? shown(value) : value])
  );
  assert.deepEqual(found, expected);
});

Deno.test("xlsx shows times on the clock of the time zone, with milliseconds", async () => {
  const times = [
    Date.UTC(2026, 2, 29, 0, 59, 59, 999),
    Date.UTC(2026, 2, 29, 1, 0, 0, 1),
    Date.UTC(2026, 9, 25, 0, 30),
    Date.UTC(2026, 9, 25, 1, 30),
  ];
  const [sheet] = await sheetsOf(TIME, times.map((time) => [time]), { timeZone: "Europe/Paris" });
  assert.deepEqual(valuesOf(sheet!).map(shown), [
    Date.UTC(2026, 2, 29, 1, 59, 59, 999),
    Date.UTC(2026, 2, 29, 3, 0, 0, 1),
    Date.UTC(2026, 9, 25, 2, 30),
    Date.UTC(2026, 9, 25, 2, 30),
  ]);
});

Deno.test("xlsx has a number format with milliseconds for times, in the order of the language", async () => {
  await inFolder(async (folder) => {
    for (const [lang, code] of [["en", "yyyy-mm-dd"], ["fr", "dd/mm/yyyy"]] as const) {
      const path = `${folder}/${lang}.xlsx`;
      await writeTable(format.open, path, tableInfo(TIME, 1, { lang }), [[START]]);
      const [sheet] = await readWorkbook(path);
      const styles = (await readParts(path)).get("xl/styles.xml")!;
      const [, formats] = /<cellXfs[^>]*>(.*)<\/cellXfs>/s.exec(styles)!;
      const format_ =
        [...formats!.matchAll(/<xf numFmtId="(\d+)"/g)][sheet!.rows[1]![0]!.style]![1];
      assert.match(
        styles,
        new RegExp(`<numFmt numFmtId="${format_}" formatCode="${code} hh:mm:ss.000"/>`),
      );
    }
  });
});

Deno.test("xlsx writes times as text that Excel has no date for", async () => {
  const times = [
    Date.UTC(1900, 1, 28),
    Date.UTC(1900, 2, 1),
    Date.UTC(9999, 11, 31),
    253_402_300_800_000,
  ];
  const [sheet] = await sheetsOf(TIME, times.map((time) => [time]));
  const values = valuesOf(sheet!);
  assert.equal(values[0], "1900-02-28T00:00:00.000Z");
  assert.equal(values[1], 61);
  assert.equal(values[2], 2_958_465);
  assert.equal(values[3], "+010000-01-01T00:00:00.000Z");
});

Deno.test("xlsx writes numbers as text that Excel would change", async () => {
  const numbers = [Infinity, -Infinity, 5e-324, 2 ** -1022, 1e21, -1e15, 999_999_999_999_999];
  const [sheet] = await sheetsOf(NUMBER, numbers.map((number) => [number]));
  assert.deepEqual(valuesOf(sheet!), [
    ...["Infinity", "-Infinity", "5e-324", 2 ** -1022, 1e21],
    ...["-1000000000000000", 999_999_999_999_999],
  ]);
  const integers = [999_999_999_999_999, 1e15, Number.MIN_SAFE_INTEGER];
  const [second] = await sheetsOf(
    [{ name: "integer", kind: "integer" }],
    integers.map((integer) => [integer]),
  );
  assert.deepEqual(valuesOf(second!), [
    999_999_999_999_999,
    "1000000000000000",
    "-9007199254740991",
  ]);
});

Deno.test("xlsx has texts that look like formulas, numbers and dates in cells of the format text", async () => {
  const texts = ["=1+1", "+1", "-1+1", "@SUM(A1)", "007", "3/4", "1e5", "2026-11-23", "TRUE"];
  const [sheet] = await sheetsOf(TEXT, texts.map((text) => [text]));
  assert.deepEqual(valuesOf(sheet!), texts);
  const styles = new Set(sheet!.rows.slice(1).map(([cell]) => cell!.style));
  assert.deepEqual([...styles], [3]);
  assert.doesNotMatch(sheet!.xml, /<f>/);
});

Deno.test("xlsx escapes what XML cannot hold, and what looks like such an escape", async () => {
  const [sheet] = await sheetsOf(TEXT, [["\x01<&>\r\n_x0001_ _X0001_ _x1_"], ["\ud800x"]]);
  assert.match(
    sheet!.xml,
    /<t xml:space="preserve">_x0001_&lt;&amp;&gt;&#13;\n_x005F_x0001_ _x005F_X0001_ _x1_<\/t>/,
  );
  assert.match(sheet!.xml, /<t>\ufffdx<\/t>/);
});

Deno.test("xlsx cuts a text that is longer than a cell, says so in the cell and counts it", async () => {
  // The last pair of surrogates lies across the cut.
  const fits = "x".repeat(32_767), long = "x".repeat(32_741) + "🌡️".repeat(100);
  const [sheet, recording] = await sheetsOf(TEXT, [[fits], [long]]);
  const [first, second] = valuesOf(sheet!) as string[];
  assert.equal(first, fits);
  assert.ok(second!.length <= 32_767 && second!.length > 32_764);
  assert.match(second!, /^x{32741}.*… \[cut: 33,041 characters\]$/su);
  assert.ok(second!.isWellFormed());
  assert.deepEqual(
    recording!.rows.map((row) => row.map(({ value }) => value)).find(([name]) =>
      name === "Texts longer than a cell, cut"
    ),
    ["Texts longer than a cell, cut", 1],
  );
});

Deno.test("xlsx goes on in another sheet, with the header again", async () => {
  const rows = Array.from({ length: 7 }, (_, i): Row => [i]);
  const limits = { rows: 4, bytes: 1 << 30 };
  const open: typeof format.open = (path, info) => openXlsx(path, info, limits);
  for (
    const [lang, names] of [
      ["en", ["Data", "Data 2", "Data 3", "Recording"]],
      ["fr", ["Données", "Données 2", "Données 3", "Enregistrement"]],
    ] as const
  ) {
    const sheets = await sheetsOf(NUMBER, rows, { lang }, open);
    assert.deepEqual(sheets.map(({ name }) => name), names);
    assert.deepEqual(sheets.slice(0, 3).map(valuesOf), [[0, 1, 2], [3, 4, 5], [6]]);
    for (const { rows: [header] } of sheets.slice(0, 3)) assert.equal(header![0]!.value, "number");
  }
  assert.equal((await sheetsOf(NUMBER, rows.slice(0, 6), {}, open)).length, 3);
});

Deno.test("xlsx goes on in another sheet before one is larger than zip can count", async () => {
  const text = "x".repeat(30_000);
  const rows = Array.from({ length: 30 }, (): Row => [text]);
  const open: typeof format.open = (path, info) =>
    openXlsx(path, info, { rows: 1_048_576, bytes: (1 << 26) + 300_000 });
  const sheets = await sheetsOf(TEXT, rows, {}, open);
  assert.ok(sheets.length > 2);
  assert.deepEqual(sheets.slice(0, -1).flatMap(valuesOf), rows.map(() => text));
});

Deno.test("xlsx refuses to become larger than zip can count", async () => {
  await inFolder(async (folder) => {
    const columns = TEXT, info = tableInfo(columns, 1);
    const writer = await openXlsx(`${folder}/t.xlsx`, info, { rows: 10, bytes: 1 << 26 });
    const texts = Array.from({ length: 8 }, (): Row => ["x".repeat(30_000)]);
    await assert.rejects(
      () => writer.write(blockOf(columns, texts)),
      /^UserError: Cannot export to .xlsx/,
    );
    await writer.abort();
  });
});

Deno.test("xlsx keeps the header in view, and columns as wide as what is in them", async () => {
  const [sheet] = await sheetsOf([
    { name: "timestamp", kind: "time" },
    { name: "a", kind: "text", width: 5 },
    { name: "b", kind: "text", width: 25 },
    { name: "c", kind: "text", width: 1000 },
    { name: "a header of thirty characters.", kind: "boolean" },
  ], []);
  assert.match(
    sheet!.xml,
    /<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"\/>/,
  );
  const widths = [...sheet!.xml.matchAll(/<col [^>]*width="(\d+)"/g)].map(([, width]) =>
    Number(width)
  );
  assert.deepEqual(widths, [26, 11, 27, 60, 32]);
});

Deno.test("xlsx has a sheet about the recording, in the language of the person", async () => {
  const summary: TableInfo["summary"] = {
    files: ["exports/a.csv", "exports/=b.csv"],
    messages: 12,
    begin: START,
    end: START + 1000,
    topics: [{ topic: "=1+1", count: 7 }, { topic: "home/a", count: 3 }],
    otherTopics: 2,
    gaps: [{
      begin: "2026-11-23T10:00:00.000Z",
      end: "",
      cause: "connection lost",
      risk: "yes",
    }, {
      begin: "x",
      end: "",
      cause: "broker queue: 5289 dropped, all clients",
      risk: "constructor",
    }, {
      begin: "x",
      end: "",
      cause: "subscription refused: a/#",
      risk: "qos0",
    }],
  };
  const [, sheet] = await sheetsOf(NUMBER, [[1]], {
    summary,
    lang: "fr",
    timeZone: "Europe/Paris",
  });
  const local = (time: number) => (time + 3_600_000) / DAY_MS + 25_569;
  assert.deepEqual(sheet!.rows.map((row) => row.map(({ value }) => value)), [
    ["Fichiers", "exports/a.csv"],
    ["", "exports/=b.csv"],
    ["Messages", 12],
    ["Premier message", local(START)],
    ["Dernier message", local(START + 1000)],
    ["Fuseau horaire de toutes les heures", "Europe/Paris"],
    [],
    ["Topic", "Messages"],
    ["=1+1", 7],
    ["home/a", 3],
    ["(autres topics)", 2],
    [],
    ["Interruption du", "au", "Cause", "En jeu"],
    [local(Date.UTC(2026, 10, 23, 10)), "", "connexion perdue", "tout message"],
    ["x", "", "file du broker\u00a0: 5\u00a0289 jetés, tous clients confondus", "constructor"],
    ["x", "", "abonnement refusé\u00a0: a/#", "les messages de QoS 0"],
  ]);
});

Deno.test("xlsx refuses more columns than a sheet has, and takes as many as it has", async () => {
  await inFolder(async (folder) => {
    const columns = Array.from(
      { length: 16_385 },
      (_, i): Column => ({ name: `c${i}`, kind: "number" }),
    );
    await assert.rejects(() => format.open(`${folder}/t.xlsx`, tableInfo(columns, 1)), RangeError);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  });
  const most = Array.from(
    { length: format.maxColumns },
    (_, i): Column => ({ name: `c${i}`, kind: "number" }),
  );
  const [sheet] = await sheetsOf(most, [most.map((_, i) => i)]);
  assert.deepEqual(sheet!.rows[1]!.map(({ value }) => value), most.map((_, i) => i));
  assert.equal(sheet!.rows[1]!.at(-1)!.ref, "XFD2");
});

Deno.test("xlsx shares texts that repeat, as long as there are not too many", () => {
  const shared = new SharedTexts();
  assert.deepEqual(["a", "b", "a"].map((text) => shared.indexOf(text)), [0, 1, 0]);
  assert.equal(shared.indexOf("x".repeat(1 << 23)), undefined);
  for (let i = 2; i < 65_536; i++) assert.equal(shared.indexOf(`t${i}`), i);
  assert.equal(shared.indexOf("one more"), undefined);
  assert.equal(shared.indexOf("b"), 1);
  const xml = [...shared.xml()].join("");
  assert.match(xml, /count="65538" uniqueCount="65536"><si><t>a<\/t><\/si><si><t>b<\/t><\/si>/);
  assert.equal(xml.match(/<si>/g)!.length, 65_536);
});

Deno.test("xlsx that is aborted in the middle of a sheet leaves a file that can be removed", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/t.xlsx`;
    const writer = await format.open(path, tableInfo(ALL_KINDS, 10));
    await writer.write(blockOf(ALL_KINDS, nastyRows()));
    await writer.abort();
    await writer.abort();
    await Deno.remove(path);
  });
});
