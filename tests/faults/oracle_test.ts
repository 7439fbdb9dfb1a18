import assert from "node:assert/strict";
import { limits } from "./broker.ts";
import { judge } from "./judge.ts";
import { type Findings, inspect } from "./oracle.ts";
import { Published } from "./published.ts";
import { inFolder } from "../support/program.ts";

const HEADER = "timestamp,topic,payload,encoding,qos,retain,dup\r\n";
const GAP_LOG = "from,to,seconds,cause,session,at_risk\r\n";
const COUNT = 40;

type Row = [
  time: string,
  topic: string,
  payload: string,
  encoding: string,
  qos: number,
  retain: boolean,
  dup: boolean,
];

function csvLine(row: Row): string {
  return `${row.map((value) => `"${String(value).replaceAll('"', '""')}"`).join()}\r\n`;
}

function jsonLine([timestamp, topic, payload, encoding, qos, retain, dup]: Row): string {
  return JSON.stringify({ timestamp, topic, payload, encoding, qos, retain, dup });
}

function publish(): Published {
  const published = new Published("p", 1);
  for (let id = 0; id < COUNT; id++) {
    published.sent.push(1000 + id);
    published.acknowledge(id, 2000 + id);
  }
  return published;
}

/** The files of a perfect recorder. */
function goodRows(published: Published): Row[] {
  return published.sent.map((_, id) => {
    const text = published.payload(id);
    return [
      "2026-11-23T10:00:00.123Z",
      published.topic(id),
      text,
      "utf-8",
      1,
      false,
      false,
    ];
  });
}

interface Doctored {
  readonly csv?: (rows: Row[]) => Row[];
  readonly json?: (rows: Row[]) => Row[];
  readonly csvText?: (text: string) => string;
  readonly jsonText?: (text: string) => string;
  readonly published?: (published: Published) => void;
}

/** The oracle's findings in good files after a change. */
async function look(doctored: Doctored): Promise<Findings> {
  const same = <T>(value: T) => value;
  const { csv = same, json = same, csvText = same, jsonText = same } = doctored;
  const published = publish();
  doctored.published?.(published);
  let findings: Findings | undefined;
  await inFolder(async (folder) => {
    const csvRows = csv(goodRows(published)).map(csvLine).join("");
    const jsonRows = json(goodRows(published)).map(jsonLine).join(",\n");
    await Deno.writeTextFile(`${folder}/a.csv`, csvText(HEADER + csvRows));
    await Deno.writeTextFile(`${folder}/a.json`, jsonText(`[\n${jsonRows}\n]\n`));
    findings = await inspect({ csv: [`${folder}/a.csv`], json: [`${folder}/a.json`] }, [published]);
  });
  return findings!;
}

const without = (id: number) => (rows: Row[]) => rows.filter((_, i) => i !== id);
const twice = (id: number) => (rows: Row[]) => [...rows, rows[id]!];
const swapped = (a: number, b: number) => (rows: Row[]) => {
  [rows[a], rows[b]] = [rows[b]!, rows[a]!];
  return rows;
};
const changed = (id: number, column: number, value: string) => (rows: Row[]) => {
  (rows[id] as unknown[])[column] = value;
  return rows;
};
/** The figures that are not 0. */
function figures({ lost, duplicates, repeated, torn, csvNotJson, inversions }: Findings) {
  const all = { lost: lost.length, duplicates, repeated, torn, csvNotJson, inversions };
  return Object.fromEntries(Object.entries(all).filter(([, figure]) => figure > 0));
}

Deno.test("Oracle finds no error in a perfect recording", async () => {
  const found = await look({});
  assert.deepEqual(figures(found), {}, found.examples.join());
  assert.deepEqual([found.rows, found.published], [COUNT, COUNT]);
});

const CASES: readonly [name: string, doctored: Doctored, found: Record<string, number>][] = [
  ["a lost row", { csv: without(7), json: without(7) }, { lost: 1 }],
  ["the last row lost", { csv: without(COUNT - 1), json: without(COUNT - 1) }, { lost: 1 }],
  ["a row in CSV only", { json: without(7) }, { csvNotJson: 1 }],
  ["a row in JSON only", { csv: without(7) }, { csvNotJson: 1 }],
  ["a doubled row", { csv: twice(3), json: twice(3) }, { duplicates: 1 }],
  ["a row doubled in JSON only", { json: twice(3) }, { csvNotJson: 1 }],
  [
    "a row doubled because the publisher repeated it",
    { csv: twice(3), json: twice(3), published: (all) => void all.resent.add(3) },
    { repeated: 1 },
  ],
  ["two rows of a topic swapped", { csv: swapped(4, 8), json: swapped(4, 8) }, { inversions: 1 }],
  ["two rows of different topics swapped", { csv: swapped(4, 5), json: swapped(4, 5) }, {}],
  ["rows in another order in JSON", { json: swapped(4, 5) }, { csvNotJson: 2 }],
  [
    "a changed payload",
    { csv: changed(9, 2, "p 9 x!"), json: changed(9, 2, "p 9 x!") },
    { lost: 1, torn: 2 },
  ],
  [
    "a payload that nobody sent",
    { csv: (rows) => [...rows, ["2026-11-23T10:00:00.123Z", "x", "y", "utf-8", 1, false, false]] },
    { torn: 1, csvNotJson: 1 },
  ],
  [
    "a message of an id that was never given",
    { csv: changed(COUNT - 1, 2, `p ${COUNT} x`), json: changed(COUNT - 1, 2, `p ${COUNT} x`) },
    { lost: 1, torn: 2 },
  ],
  ["another topic", { csv: changed(9, 1, "sensors/p/0") }, { torn: 1, csvNotJson: 2 }],
  ["another dup flag in JSON", { json: changed(9, 6, "yes") }, { torn: 1, csvNotJson: 1 }],
  ["no time", { csv: changed(9, 0, "yesterday") }, { torn: 1, csvNotJson: 2 }],
  ["a CSV file torn in its last row", { csvText: (t) => t.slice(0, -20) }, {
    torn: 2,
    csvNotJson: 1,
  }],
  ["a CSV file torn before its last line end", { csvText: (t) => t.slice(0, -2) }, { torn: 1 }],
  ["a CSV file with another header", { csvText: (t) => t.replace("topic", "Topic") }, { torn: 1 }],
  ["a JSON file that is not closed", { jsonText: (t) => t.slice(0, -2) }, { torn: 1 }],
  ["a JSON file torn in its last row", { jsonText: (t) => t.slice(0, -20) }, {
    torn: 2,
    csvNotJson: 1,
  }],
  ["a row of zeros in CSV", { csvText: (t) => `${t}${"\0".repeat(50)}\r\n` }, {
    torn: 1,
    csvNotJson: 1,
  }],
  ["an unacknowledged message missing", {
    csv: without(7),
    json: without(7),
    published: (all) => {
      all.acked[7] = undefined;
      all.ackedCount--;
    },
  }, {}],
];

for (const [name, doctored, expected] of CASES) {
  Deno.test(`Oracle finds ${name}`, async () => {
    const found = await look(doctored);
    assert.deepEqual(figures(found), expected, found.examples.join("\n"));
  });
}

Deno.test("Oracle joins a file that was moved away and its successor", async () => {
  const published = publish();
  await inFolder(async (folder) => {
    const rows = goodRows(published);
    await Deno.writeTextFile(`${folder}/a`, HEADER + rows.slice(0, 9).map(csvLine).join(""));
    await Deno.writeTextFile(`${folder}/b`, HEADER + rows.slice(9).map(csvLine).join(""));
    const csv = [`${folder}/a`, `${folder}/b`];
    assert.deepEqual(figures(await inspect({ csv, json: [] }, [published])), {});
    const first = await inspect({ csv: csv.slice(0, 1), json: [] }, [published]);
    assert.deepEqual(figures(first), { lost: COUNT - 9 });
    assert.equal(first.lost[0]!.id, 9);
  });
});

Deno.test("Oracle counts a missing file as torn", async () => {
  const found = await inspect({ csv: ["no/such/file"], json: [] }, [publish()]);
  assert.deepEqual(figures(found), { lost: COUNT, torn: 1 });
});

Deno.test("judge() reports every figure above its allowed count", async () => {
  const measured = { faults: 1 };
  const good = judge(await look({}), measured);
  assert.deepEqual(good.broken, []);
  for (const [name, doctored, expected] of CASES) {
    const found = await look(doctored);
    const bad = Object.keys(expected).some((figure) => figure !== "repeated");
    assert.equal(judge(found, measured).broken.length > 0, bad, name);
  }
});

Deno.test("judge() forgives what a broker as installed has dropped, if the gap log admits it", async () => {
  const row = (from: string, to: string, risk: string) =>
    `1970-01-01T${from}Z,1970-01-01T${to}Z,1.000,connection lost,resumed,${risk}\r\n`;
  const during = ["00:00:01.500", "00:00:02.500"] as const;
  const later = ["00:01:01.500", "00:01:02.500"] as const;
  const trials = [
    [row(...during, "yes"), 0],
    [row(...during, "no"), 1],
    [row(...during, "qos0"), 1],
    [row(...later, "yes"), 1],
  ] as const;
  const published = publish();
  await inFolder(async (folder) => {
    const rows = without(7)(goodRows(published)).map(csvLine).join("");
    await Deno.writeTextFile(`${folder}/a.csv`, HEADER + rows);
    for (const [gap, uncovered] of trials) {
      await Deno.writeTextFile(`${folder}/a.gaps.csv`, GAP_LOG + gap);
      const found = await inspect({ csv: [`${folder}/a.csv`], json: [] }, [published]);
      assert.equal(found.gaps.length, 1);
      assert.equal(judge(found, { faults: 1 }).broken.length, 1 + uncovered);
      limits.asInstalled = true;
      assert.equal(judge(found, { faults: 1 }).broken.length, uncovered);
      limits.asInstalled = false;
    }
  });
});

Deno.test("judge() reports a case that published nothing", async () => {
  const found = await inspect({ csv: [], json: [] }, [new Published("p", 1)]);
  assert.match(judge(found, { faults: 1 }).broken.join(), /proves nothing/);
});
