import assert from "node:assert/strict";
import { type Aggregate } from "../../lib/export/wide_columns.ts";
import type { Message } from "../../lib/message/message.ts";
import { arbitraryMessage, message, recordOf, seeded, START } from "../support/arbitrary.ts";
import { kindMessages, KINDS } from "../support/export_kinds.ts";
import { exported, type Table, type Value } from "../support/export_tables.ts";

const names = ({ info }: Table) => info.columns.map(({ name }) => name);
const at = (ms: number, topic: string, payload: string): Message =>
  message(topic, payload, START + ms);
/** The rows of a table, as objects without absent cells; times relative to START. */
const records = (table: Table) =>
  table.rows.map((row) =>
    Object.fromEntries(
      names(table).map((name, i): [string, Value] => [
        name,
        name === "timestamp" ? row[i] as number - START : row[i],
      ]).filter(([, value]) => value !== undefined),
    )
  );

Deno.test("exportRecording() in long shape gives each value of each kind of payload a row", async () => {
  const table = await exported([kindMessages()]);
  assert.deepEqual(names(table), ["timestamp", "topic", "field", "value", "text", "unit"]);
  const expected = KINDS.flatMap(({ topic, fields }, i) =>
    fields.map(({ field, value, unit }): Value[] => [
      START + i * 1237,
      topic,
      field,
      typeof value === "number" ? value : undefined,
      typeof value === "number" || value === null ? undefined : String(value),
      unit,
    ])
  );
  // Bytes are marked as such.
  const rows = table.rows.map((row) => row[5] === "base64" ? [...row.slice(0, 5), undefined] : row);
  assert.deepEqual(rows, expected);
});

Deno.test("exportRecording() in wide shape keeps each value of each kind of payload in its row", async () => {
  const table = await exported([kindMessages()], { shape: "wide" });
  assert.equal(table.rows.length, KINDS.length);
  assert.equal(table.info.rowCount, KINDS.length);
  for (const [i, { name, fields }] of KINDS.entries()) {
    const [time, ...cells] = table.rows[i]!;
    assert.equal(time, START + i * 1237);
    // A truth value may stand among texts, a number with another unit, too.
    const shown = (value: unknown, unit = "") => `${value}${unit}`;
    const found = cells.filter((cell) => cell !== undefined).map((cell) => shown(cell)).sort();
    const expected = fields.filter(({ value }) => value !== null).map(({ value, unit }) =>
      name === "changed unit" ? shown(value, ` ${unit}`) : shown(value)
    ).sort();
    assert.deepEqual(found, expected, name);
  }
  const named = new Map(table.info.columns.map((column) => [column.name, column]));
  assert.equal(new Set([...named.keys()].map((name) => name.toLowerCase())).size, cells(table));
  assert.equal(named.get("kinds/changing")!.kind, "integer");
  assert.equal(named.get("kinds/changing.text")!.kind, "text");
  assert.equal(named.get("kinds/true")!.kind, "boolean");
  assert.deepEqual(named.get("kinds/changing_unit (°F)"), {
    name: "kinds/changing_unit (°F)",
    kind: "number",
    unit: "°F",
  });
});

const cells = ({ info }: Table) => info.columns.length;

Deno.test("exportRecording() in rows shape gives the recording's own columns", async () => {
  const random = seeded(5);
  const messages = Array.from({ length: 200 }, () => arbitraryMessage(random));
  const table = await exported([messages], { shape: "rows" });
  const expected = messages.map((message) => {
    const record = recordOf(message);
    return Object.entries({ ...record, timestamp: message.time }).map(([, value]) => value);
  });
  assert.deepEqual(table.rows, expected);
});

Deno.test("exportRecording() gives a field that first appears in the last row its column from the first", async () => {
  const many = Array.from({ length: 70_000 }, (_, i) => at(i, "a", `{"x":${i}}`));
  const table = await exported([[...many, at(70_000, "a", '{"x":1,"late":"here"}')]], {
    shape: "wide",
  });
  assert.deepEqual(names(table), ["timestamp", "a/x", "a/late"]);
  assert.deepEqual(table.rows[0], [START, 0, undefined]);
  assert.deepEqual(table.rows[69_999], [START + 69_999, 69_999, undefined]);
  assert.deepEqual(table.rows[70_000], [START + 70_000, 1, "here"]);
});

Deno.test("exportRecording() puts messages of one moment into one row, unless one has the other's place", async () => {
  const table = await exported([[
    at(0, "a", "1"),
    at(0, "b", '{"x":1,"y":"t"}'),
    at(0, "b", '{"z":true}'),
    at(0, "b", '{"z":false,"w":9}'),
    at(1, "a", "2"),
    at(0, "a", "3"),
  ]], { shape: "wide" });
  assert.deepEqual(records(table), [
    { timestamp: 0, a: 1, "b/x": 1, "b/y": "t", "b/z": true },
    { timestamp: 0, "b/z": false, "b/w": 9 },
    { timestamp: 1, a: 2 },
    { timestamp: 0, a: 3 },
  ]);
  assert.equal(table.info.rowCount, 4);
});

Deno.test("exportRecording() keeps two names that collide two columns, whatever their case", async () => {
  const table = await exported([[
    at(0, "a", '{"b":1,"B":2,"b.text":3}'),
    at(1, "a/b", "4"),
    at(2, "timestamp", "5"),
    at(3, "a", '{"b":"off"}'),
  ]], { shape: "wide" });
  assert.deepEqual(records(table), [
    { timestamp: 0, "a/b": 1, "a/B (2)": 2, "a/b.text (2)": 3 },
    { timestamp: 1, "a/b (3)": 4 },
    { timestamp: 2, "timestamp (2)": 5 },
    { timestamp: 3, "a/b.text": "off" },
  ]);
});

Deno.test("exportRecording() makes one row of each step, also of those without messages", async () => {
  const messages = [
    at(-123, "a", "1"),
    at(400, "a", "5"),
    at(876, "a", "3"),
    at(877, "a", "8"),
    at(900, "b", "ON"),
    at(4000, "a", "-1"),
    at(4100, "b", "OFF"),
    at(4200, "b", "ON"),
    at(4300, "a", "off"),
  ];
  // START ends with .123: steps begin at -123, 877, ….
  const by = async (aggregate: Aggregate) =>
    records(await exported([messages], { shape: "wide", everyMs: 1000, aggregate }));
  const empty = [{ timestamp: 1877 }, { timestamp: 2877 }];
  const last = { timestamp: 3877, a: -1, "a.text": "off", b: "ON" };
  assert.deepEqual(await by("last"), [
    { timestamp: -123, a: 3 },
    { timestamp: 877, a: 8, b: "ON" },
    ...empty,
    last,
  ]);
  assert.deepEqual((await by("min"))[0], { timestamp: -123, a: 1 });
  assert.deepEqual((await by("max"))[0], { timestamp: -123, a: 5 });
  assert.deepEqual(await by("mean"), [
    { timestamp: -123, a: 3 },
    { timestamp: 877, a: 8, b: "ON" },
    ...empty,
    last,
  ]);
  assert.deepEqual(await by("count"), [
    { timestamp: -123, a: 3 },
    { timestamp: 877, a: 1, b: 1 },
    ...empty,
    { timestamp: 3877, a: 2, b: 2 },
  ]);
});

Deno.test("exportRecording() counts in its first pass the rows that the second one writes", async () => {
  const random = seeded(11);
  for (let round = 0; round < 30; round++) {
    let time = START;
    const messages = Array.from({ length: 1 + random(300) }, () => {
      time += random(4) === 0 ? random(2000) - 300 : random(2);
      const payload = [
        "1.5",
        "ON",
        "true",
        '{"a":1,"b":[1,2]}',
        '{"b":{"c":"x"},"a":2}',
      ][random(5)]!;
      return message(["x", "x/a", "y"][random(3)]!, payload, time);
    });
    const everyMs = [undefined, 1, 100, 7000, 3 * 3_600_000][random(5)];
    for (const shape of ["wide", "long", "rows"] as const) {
      const every = shape === "wide" ? everyMs : undefined;
      const table = await exported([messages], {
        ...{ shape, everyMs: every, timeZone: "Europe/Paris" },
      }, { countsRows: true });
      assert.equal(table.info.rowCount, table.rows.length, `${shape} ${every}`);
      assert.equal(table.info.summary.messages, messages.length);
    }
  }
});

Deno.test("exportRecording() fills steps over a long gap in bounded blocks", async () => {
  const messages = [at(0, "a", "1"), at(300_000_000, "a", "2")];
  const table = await exported([messages], { shape: "wide", everyMs: 1000 });
  assert.equal(table.rows.length, 300_001);
  assert.deepEqual(table.rows.at(-1), [START - 123 + 300_000_000, 2]);
});

Deno.test("exportRecording() refuses what does not fit, in a sentence", async () => {
  const messages = [at(0, "a", "1"), at(1, "b", '{"x":1,"y":2}')];
  await assert.rejects(
    exported([messages], { shape: "wide" }, { maxColumns: 3 }),
    /^RecordingError: Cannot write ".*": one column .* more than 3\nUse --shape long/,
  );
  await exported([messages], { shape: "wide" }, { maxColumns: 4 });
  await assert.rejects(
    exported([[at(0, "a", "1"), at(400_000_000_000, "a", "1")]], { shape: "wide", everyMs: 1 }),
    /Cannot use --every: .* too many steps/,
  );
  for (const shape of ["rows", "long", "wide"] as const) {
    await assert.rejects(exported([[]], { shape }), /has no message, or none is chosen/);
    const selection = { topics: ["c"], without: [], from: 0, to: Infinity };
    await assert.rejects(exported([messages], { shape, selection }), /or none is chosen/);
  }
});

Deno.test("exportRecording() chooses by topic and time", async () => {
  const messages = [
    at(0, "home/a", "1"),
    at(1, "home/b", "2"),
    at(2, "garden/a", "3"),
    at(3, "home/a", "4"),
    at(4, "home/a", "5"),
  ];
  const selection = { topics: ["home/#"], without: ["+/b"], from: START, to: START + 4 };
  const table = await exported([messages], { selection });
  assert.deepEqual(table.rows.map((row) => row[3]), [1, 4]);
});

Deno.test("exportRecording() merges recordings in order of time", async () => {
  const random = seeded(3);
  const recordings = Array.from({ length: 4 }, (_, r) => {
    let time = START;
    return Array.from({ length: 500 }, (_, i) => message(`r${r}`, String(i), time += random(3)));
  });
  const { rows } = await exported(recordings);
  const expected = recordings.flat().sort((a, b) =>
    a.time - b.time || (a.topic < b.topic ? -1 : 1)
  );
  assert.deepEqual(
    rows.map(([time, topic]) => [time, topic]),
    expected.map(({ time, topic }) => [time, topic]),
  );
  // Where the clock goes back, each recording keeps its own order.
  const back = [[at(5, "a", "1"), at(1, "a", "2")], [at(3, "b", "1"), at(4, "b", "2")]];
  assert.deepEqual((await exported(back)).rows.map((row) => `${row[1]}${row[3]}`), [
    ...["b1", "b2", "a1", "a2"],
  ]);
});

Deno.test("exportRecording() gives SQLite its messages, and each sample its message", async () => {
  const messages = [at(0, "a", '{"x":1,"y":"t"}'), at(1, "b", "2")];
  const table = await exported([messages], {}, { hasMessages: true });
  assert.deepEqual(table.messages.map(([id, time, topic, payload]) => [id, time, topic, payload]), [
    [1, START, "a", '{"x":1,"y":"t"}'],
    [2, START + 1, "b", "2"],
  ]);
  assert.deepEqual(table.rows.map(([id, , , field]) => [id, field]), [[1, "x"], [1, "y"], [2, ""]]);
});

Deno.test("exportRecording() writes blocks of bounded size, however long texts are", async () => {
  const text = "x".repeat(50_000);
  const messages = Array.from({ length: 400 }, (_, i) => at(i, "a", `${i} ${text}`));
  for (const shape of ["rows", "long", "wide"] as const) {
    const { blocks, rows } = await exported([messages], { shape });
    assert.equal(rows.length, 400);
    assert.ok(blocks.every((count) => count * text.length < 5e6), `${blocks}`);
  }
});

Deno.test("exportRecording() writes a message of more fields than a block has rows", async () => {
  const numbers = Array.from({ length: 99_999 }, (_, i) => i);
  const { rows } = await exported([[at(0, "a", JSON.stringify(numbers)), at(1, "a", "last")]]);
  assert.deepEqual(rows.slice(0, -1).map((row) => row[3]), numbers);
  assert.deepEqual([rows[99_998]![2], rows.at(-1)![4]], ["99998", "last"]);
});

Deno.test("exportRecording() refuses a wide table whose names alone are too long to keep", async () => {
  const long = "k".repeat(60_000);
  const messages = Array.from({ length: 400 }, (_, i) => at(i, "a", `{"${long}${i}":1}`));
  await assert.rejects(
    exported([messages], { shape: "wide" }),
    /one column for each topic or field/,
  );
  assert.equal((await exported([messages])).rows.length, 400);
});

Deno.test("exportRecording() in rows shape has a column of properties where a recording has them", async () => {
  const propertiesText = '{"contentType":"text/plain"}';
  const recorded = [{ ...at(0, "a", "1"), propertiesText }, at(2, "a", "2")];
  const table = await exported([recorded, [at(1, "b", "3")]], { shape: "rows" });
  assert.equal(names(table).at(-1), "properties");
  assert.deepEqual(table.rows.map((row) => [row[1], row[7]]), [
    ["a", propertiesText],
    ["b", undefined],
    ["a", undefined],
  ]);
});
