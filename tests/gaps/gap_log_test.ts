import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { type Gap, GAP_COLUMNS } from "../../lib/message/gap.ts";
import { GapLog, gapRow } from "../../lib/gaps/gap_log.ts";
import { START } from "../support/arbitrary.ts";
import { failSyncs, failWrites, hangSyncs } from "../support/fake_disk.ts";
import { removeOpen } from "../support/file_system.ts";
import { inFolder } from "../support/program.ts";

const HEADER = `${GAP_COLUMNS.join()}\r\n`;

/** A gap that is identified by its length in seconds. */
function gap(seconds: number): Gap {
  const ms = seconds * 1000;
  return {
    from: START,
    to: START + ms,
    ms,
    cause: "connection lost",
    session: "resumed",
    atRisk: "no",
  };
}

/** Header and rows of gaps. */
const file = (...seconds: readonly number[]) =>
  HEADER + seconds.map((s) => gapRow(gap(s))).join("");

async function inGapLog(
  body: (gapLog: GapLog, read: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    await using gapLog = await GapLog.open(`${folder}/r`);
    assert.equal(gapLog.path, `${folder}/r.gaps.csv`);
    await body(gapLog, () => Deno.readTextFile(gapLog.path));
  });
}

Deno.test("gapRow() holds start, end, seconds to the millisecond, cause and risk", () => {
  assert.equal(
    gapRow({ ...gap(61.0004), cause: "subscription refused", detail: "a/#", atRisk: "yes" }),
    "2026-11-23T10:00:00.123Z,2026-11-23T10:01:01.123Z,61.000,subscription refused: a/#,resumed,yes\r\n",
  );
  // Measured on the monotonic clock: not the difference of the two times.
  assert.match(gapRow({ ...gap(1), to: START - 5_000, ms: 1_234 }), /,1\.234,connection lost,/);
  assert.match(gapRow({ ...gap(1), ms: -1 }), /,0\.000,/);
});

Deno.test("gapRow() is one row for any filter", () => {
  const row = gapRow({ ...gap(1), detail: 'a,"b"\r\n\u2028c\x1b' });
  assert.ok(row.includes(',"connection lost: a,""b""   c ",'), row);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(row.slice(0, -2), /[\x00-\x1f\u2028]/);
});

Deno.test("GapLog without a gap creates no file", () =>
  inFolder(async (folder) => {
    {
      await using gapLog = await GapLog.open(`${folder}/r`);
      await gapLog.flush();
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("GapLog.flush() resolves when rows are on disk; several runs share one header", () =>
  inFolder(async (folder) => {
    for (const run of [0, 1, 2]) {
      await using gapLog = await GapLog.open(`${folder}/r`);
      gapLog.add(gap(run));
      gapLog.add(gap(run + 0.5));
      assert.equal(gapLog.pending, true);
      await gapLog.flush();
      assert.equal(gapLog.pending, false);
      const rows = [0, 0.5, 1, 1.5, 2, 2.5].slice(0, 2 * run + 2);
      assert.equal(await Deno.readTextFile(gapLog.path), file(...rows));
    }
  }));

Deno.test("GapLog.flush() includes a row added while others are written", () =>
  inGapLog(async (gapLog, read) => {
    using disk = hangSyncs();
    gapLog.add(gap(1));
    const first = gapLog.flush();
    await disk.begun;
    gapLog.add(gap(2));
    disk.answer();
    await Promise.all([first, gapLog.flush()]);
    assert.equal(await read(), file(1, 2));
  }));

Deno.test("GapLog.flush() includes a row added at the end of another flush", () =>
  inGapLog(async (gapLog, read) => {
    const idle = gapLog.flush();
    gapLog.add(gap(1));
    await Promise.all([idle, gapLog.flush()]);
    assert.equal(await read(), file(1));
  }));

Deno.test("GapLog keeps rows pending after a failed write, and writes them once", () =>
  inGapLog(async (gapLog, read) => {
    let rows: number[] = [];
    for (const fail of [failWrites, failSyncs]) {
      const next = rows.length;
      rows = [...rows, next, next + 1];
      using _ = fail(1);
      gapLog.add(gap(next));
      await gapLog.flush();
      assert.equal(gapLog.pending, true);
      assert.match(String(gapLog.cause), /no space|Input\/output/);
      gapLog.add(gap(next + 1));
      await gapLog.flush();
      assert.deepEqual([gapLog.pending, gapLog.cause], [false, undefined]);
      assert.equal(await read(), file(...rows));
    }
  }));

Deno.test("GapLog starts a new file if its file was deleted, moved or emptied", () =>
  inGapLog(async (gapLog, read) => {
    const { path } = gapLog;
    const spoil = [
      () => removeOpen(path),
      () => Deno.rename(path, `${path}.1`),
      () => Deno.truncate(path),
    ];
    for (const take of spoil) {
      gapLog.add(gap(1));
      await gapLog.flush();
      await take();
      gapLog.add(gap(2));
      await gapLog.flush();
      assert.equal(await read(), file(2));
      await removeOpen(path);
    }
    assert.equal(await Deno.readTextFile(`${path}.1`), file(1));
  }));

Deno.test("GapLog leaves a foreign file alone, and keeps its rows pending", () =>
  inGapLog(async (gapLog, read) => {
    gapLog.add(gap(1));
    await gapLog.flush();
    await removeOpen(gapLog.path);
    await Deno.writeTextFile(gapLog.path, "a,b\r\n1,2\r\n");
    gapLog.add(gap(2));
    await gapLog.flush();
    assert.equal(gapLog.pending, true);
    assert.ok(gapLog.cause instanceof RecordingError);
    assert.equal(await read(), "a,b\r\n1,2\r\n");
    await Deno.remove(gapLog.path);
    await gapLog.flush();
    assert.equal(await read(), file(2));
  }));

Deno.test("GapLog continues a file torn at any byte of its last row after the previous row", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.gaps.csv`;
    const whole = file(1, 2);
    for (let length = file(1).length; length <= whole.length; length++) {
      await Deno.writeTextFile(path, whole.slice(0, length));
      await using gapLog = await GapLog.open(`${folder}/r`);
      gapLog.add(gap(3));
      await gapLog.flush();
      const rows = length === whole.length ? [1, 2, 3] : [1, 3];
      assert.equal(await Deno.readTextFile(path), file(...rows), `at ${length}`);
    }
  }));

Deno.test("GapLog.open() restarts a file torn in its header, and refuses a foreign one", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.gaps.csv`;
    for (const length of [0, 1, HEADER.length - 1, HEADER.length]) {
      await Deno.writeTextFile(path, HEADER.slice(0, length));
      await using gapLog = await GapLog.open(`${folder}/r`);
      gapLog.add(gap(1));
      await gapLog.flush();
      assert.equal(await Deno.readTextFile(path), file(1), `at ${length}`);
    }
    await Deno.writeTextFile(path, "from,to\r\n1,2\r\n");
    await assert.rejects(GapLog.open(`${folder}/r`), RecordingError);
    assert.equal(await Deno.readTextFile(path), "from,to\r\n1,2\r\n");
  }));

Deno.test("GapLog.flushAndLook() tells once of a file that another program deletes or cuts", () =>
  inFolder(async (folder) => {
    await using gapLog = await GapLog.open(`${folder}/r`);
    const told: boolean[] = [];
    gapLog.onReplaced = (begun) => told.push(begun);
    for (const change of [removeOpen, (path: string) => Deno.truncate(path, 9)]) {
      gapLog.add(gap(1));
      await gapLog.flush();
      await gapLog.flushAndLook();
      await change(gapLog.path);
      for (let n = 0; n < 2; n++) await gapLog.flushAndLook();
    }
    assert.deepEqual(told, [true, false]);
  }));
