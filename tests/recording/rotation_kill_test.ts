/** A kill between any two calls of the system that a recording with --rotate makes. */

import assert from "node:assert/strict";
import { startRotation } from "../../lib/commands/start_rotation.ts";
import type { RotationLimits } from "../../lib/config/rotation_limits.ts";
import { readIndex } from "../../lib/files/file_index.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { finishedSuffix } from "../../lib/files/finished_name.ts";
import { type FormatName, formatsOf } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { Recorder } from "../../lib/recording/recorder.ts";
import { systemClock as clock } from "../../lib/system/clock.ts";
import { batchOf, fileOf, message } from "../support/arbitrary.ts";
import { readSet } from "../support/recorded_set.ts";

const FORMATS: readonly FormatName[] = ["csv", "json", "ndjson"];
/** Later than the clock: no file is due while no message comes. */
const BEGIN = Date.UTC(2200, 0, 1);
const ALL = Array.from({ length: 7 }, (_, i) => message("t", `${i}`, BEGIN + 500 * i));

/** Calls `before` ahead of everything that changes the disk. */
function tap(before: () => void): Disposable {
  const { rename, open, remove } = Deno;
  const { write, truncate, sync, syncData } = Deno.FsFile.prototype;
  // deno-lint-ignore no-explicit-any
  const tapped = <T extends (...args: any[]) => unknown>(original: T) =>
    function (this: unknown, ...args: Parameters<T>) {
      before();
      return original.apply(this, args);
    } as T;
  Object.assign(Deno, { rename: tapped(rename), open: tapped(open), remove: tapped(remove) });
  Object.assign(Deno.FsFile.prototype, {
    write: tapped(write),
    truncate: tapped(truncate),
    sync: tapped(sync),
    syncData: tapped(syncData),
  });
  return {
    [Symbol.dispose]() {
      Object.assign(Deno, { rename, open, remove });
      Object.assign(Deno.FsFile.prototype, { write, truncate, sync, syncData });
    },
  };
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) {
    Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Records as main does, two messages a commit, and notes the checkpoints after each. */
async function run(
  output: string,
  rotate: RotationLimits,
  messages: readonly Message[],
  onAck: (count: number) => void = () => {},
): Promise<void> {
  await using lock = await OutputLock.take(output);
  await using rotating = await startRotation({ output, rotate }, lock, clock, () => {});
  const checkpoints = rotating.switched ? {} : lock.checkpoints;
  using recorder = await Recorder.open({
    output,
    formats: FORMATS,
    clock,
    checkpoints,
    previousEnd: lock.previousRun ? "killed" : "ended",
    rotation: rotating.rotation,
  });
  await lock.replacePreviousRun({ alive: 1, committed: recorder.committed });
  await recorder.record((async function* () {
    for (let at = 0; at < messages.length; at += 2) {
      const batch = batchOf(messages.slice(at, at + 2));
      yield { batch, ack: () => onAck(at + batch.count) };
      await lock.note({ committed: recorder.committed });
    }
  })());
  await lock.note({ committed: recorder.committed });
  await rotating.finisher!.idle();
}

/** A kill, unlike a power cut, needs no disk: what was written is there. */
function withoutDisk(): Disposable {
  const { sync, syncData } = Deno.FsFile.prototype;
  const nothing = () => Promise.resolve();
  Object.assign(Deno.FsFile.prototype, { sync: nothing, syncData: nothing });
  return {
    [Symbol.dispose]: () => void Object.assign(Deno.FsFile.prototype, { sync, syncData }),
  };
}

/** Text of a payload, as `readSet` gives it. */
const numberOf = (row: string) =>
  Number(new TextDecoder().decode(Uint8Array.fromHex(JSON.parse(row).payload)));

for (
  const [name, rotate, sizes] of [
    ["3 rows", { rows: 3, bytes: undefined, periodMs: undefined }, [3, 3, 1]],
    ["2 s", { rows: undefined, bytes: undefined, periodMs: 2_000 }, [4, 3]],
  ] as const
) {
  Deno.test(`a kill at any step of a recording with --rotate ${name} loses and doubles nothing`, async () => {
    using _ = withoutDisk();
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/0`);
      const snapshots: { path: string; acked: number }[] = [];
      let acked = 0;
      {
        using _ = tap(() => {
          const path = `${folder}/${snapshots.length + 1}`;
          copyFolder(`${folder}/0`, path);
          snapshots.push({ path, acked });
        });
        await run(`${folder}/0/r`, rotate, ALL, (count) => acked = count);
      }
      assert.equal(acked, ALL.length);
      assert.deepEqual(
        (await readSet(`${folder}/0/r`, FORMATS)).map(({ length }) => length),
        sizes,
      );
      assert.ok(snapshots.length > 50, `${snapshots.length}`);
      for (const [i, { path, acked }] of snapshots.entries()) {
        const output = `${path}/r`;
        // The broker delivers again what is not acknowledged.
        await run(output, rotate, ALL.slice(acked));
        const files = await readSet(output, FORMATS);
        const numbers = files.flat().map(numberOf);
        // What the killed run had written of them stands twice, and nothing else.
        const first = numbers.findIndex((n, i) => n !== i);
        const rest = first < 0 ? [] : numbers.slice(first);
        const told = `kill at step ${i}: ${numbers}`;
        assert.ok(first < 0 ? numbers.length === ALL.length : first >= acked, told);
        if (first >= 0) {
          assert.deepEqual(rest, ALL.slice(acked).map((_, i) => acked + i), told);
        }
        for (const rows of files.slice(0, -1)) assert.ok(rows.length > 0, told);
        const index = await readIndex(output);
        const listed = index?.rows.map(({ file }) => file) ?? [];
        assert.equal(listed.length, FORMATS.length * (files.length - 1), told);
        assert.equal(new Set(listed).size, listed.length, told);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a kill in the first commit after a switch was finished by a start is reconciled", async () => {
  for (const properties of [false, true]) {
    const folder = await Deno.makeTempDir();
    try {
      const output = `${folder}/r`;
      const rotate = { rows: 3, bytes: undefined, periodMs: undefined };
      const formats = formatsOf(properties);
      const sizes: Record<string, number> = {};
      for (const name of FORMATS) {
        const data = fileOf(formats[name], ALL.slice(0, 3));
        await Deno.writeFile(`${output}${finishedSuffix(1, BEGIN)}.${name}`, data);
        sizes[name] = data.length;
      }
      {
        await using lock = await OutputLock.take(output);
        const begun = { number: 1, suffix: finishedSuffix(1, BEGIN), sizes };
        await lock.replacePreviousRun({ alive: 1, committed: sizes, switch: begun });
        await lock.note({ sessionKept: true });
      }
      const open = async () => {
        await using lock = await OutputLock.take(output);
        await using rotating = await startRotation({ output, rotate }, lock, clock, () => {});
        const checkpoints = rotating.switched ? {} : lock.checkpoints;
        const recorder = { output, formats: FORMATS, properties, clock, checkpoints };
        (await Recorder.open({ ...recorder, previousEnd: "killed" }))[Symbol.dispose]();
      };
      await open();
      // Killed before it noted anything, when two of three had the first rows.
      for (const name of ["json", "ndjson"] as const) {
        await Deno.writeFile(`${output}.${name}`, fileOf(formats[name], ALL.slice(3, 5)));
      }
      await open();
      for (const name of FORMATS) {
        const expected = fileOf(formats[name], ALL.slice(3, 5));
        assert.deepEqual(await Deno.readFile(`${output}.${name}`), expected, name);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});
