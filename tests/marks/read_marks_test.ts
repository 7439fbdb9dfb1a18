import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { markRow } from "../../lib/marks/mark_rows.ts";
import { readMarks } from "../../lib/marks/read_marks.ts";
import { START } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const HEADER = "timestamp,text\r\n";
const row = (text: string) => markRow({ time: START, text });

async function totalsOf(content: string | Uint8Array) {
  let totals: Awaited<ReturnType<typeof readMarks>>;
  await inFolder(async (folder) => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${folder}/r.marks.csv`, bytes);
    totals = await readMarks(`${folder}/r`);
  });
  const { path: _, ...counts } = totals!;
  return counts;
}

Deno.test("readMarks() counts marks, and bytes that are no whole row", async () => {
  assert.deepEqual(await totalsOf(HEADER), { marks: 0 });
  assert.deepEqual(await totalsOf(HEADER + row("a") + row("b\r\nc")), { marks: 2 });
  const torn = row("é").slice(0, -1);
  const tornBytes = new TextEncoder().encode(torn).length;
  assert.deepEqual(await totalsOf(HEADER + row("a") + torn), { marks: 1, tornBytes });
});

Deno.test("readMarks() counts rows that are none of mqttrec's, and names the first", async () => {
  const alien = { count: 2, row: 2 };
  assert.deepEqual(await totalsOf(`${HEADER}${row("a")}x,y\r\n${row("b")}z\n`), {
    marks: 2,
    alien,
  });
  const broken = new TextEncoder().encode(HEADER + row("abc"));
  broken[broken.length - 4] = 0xff;
  assert.deepEqual(await totalsOf(broken), { marks: 0, alien: { count: 1, row: 1 } });
});

Deno.test("readMarks() takes a row beyond every mark for an alien one, in bounded memory", async () => {
  const long = row("x".repeat(9 << 20));
  assert.deepEqual(await totalsOf(HEADER + long + row("a")), {
    marks: 1,
    alien: { count: 1, row: 1 },
  });
});

Deno.test("readMarks() refuses another file, and returns undefined where there is none", () =>
  inFolder(async (folder) => {
    assert.equal(await readMarks(`${folder}/r`), undefined);
    await Deno.writeTextFile(`${folder}/r.marks.csv`, "from,to\r\n");
    await assert.rejects(readMarks(`${folder}/r`), RecordingError);
  }));
