import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { FRESH, type RunState } from "../../lib/files/run_state.ts";
import { removeOpen } from "../support/file_system.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("OutputLock.take() refuses a second recorder and names the first one's process", () =>
  inFolder(async (folder) => {
    await using _ = await OutputLock.take(`${folder}/r`);
    await assert.rejects(OutputLock.take(`${folder}/r`), (error: Error) => {
      assert.ok(error instanceof RecordingError);
      if (Deno.build.os !== "windows") assert.match(error.message, new RegExp(`\\b${Deno.pid}\\b`));
      return true;
    });
    await using _other = await OutputLock.take(`${folder}/other`);
  }));

Deno.test("OutputLock leaves no file after release and can be taken again", () =>
  inFolder(async (folder) => {
    for (let i = 0; i < 3; i++) {
      await using _ = await OutputLock.take(`${folder}/r`);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

const KILLED = {
  pid: 4194999,
  alive: 1_700_000_000_000,
  committed: { csv: 100, json: 200 },
  topics: ["é/#"],
  refused: [],
  leftOut: [],
  awaySince: 1_690_000_000_000,
  open: [],
  qos0: true,
  sessionKept: false,
};

Deno.test("OutputLock.take() reads the state of a killed run", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/r.lock`, `${JSON.stringify(KILLED)}  \n`);
    await using lock = await OutputLock.take(`${folder}/r`);
    assert.deepEqual(lock.previousRun, KILLED);
  }));

/** A time beyond the range of `Date`. */
const FAR = JSON.stringify({ ...KILLED, alive: 5, awaySince: 1e300 });

Deno.test("OutputLock.take() reads an unclean end and its time from an invalid lock file", () =>
  inFolder(async (folder) => {
    for (const text of ["", "4194999\n", "{", "null", '{"pid":1}', "\0\0\0\0", FAR]) {
      await Deno.writeTextFile(`${folder}/r.lock`, text);
      await Deno.utime(`${folder}/r.lock`, 1_700_000_000, 1_700_000_000);
      await using lock = await OutputLock.take(`${folder}/r`);
      const { alive, qos0, unknown } = lock.previousRun!;
      // Messages with QoS 0 may have come.
      assert.deepEqual([alive, qos0, unknown], [1_700_000_000_000, true, true], text);
      await lock.replacePreviousRun({});
    }
  }));

Deno.test("OutputLock.take() ignores a run killed before its first connection", () =>
  inFolder(async (folder) => {
    let trace = "";
    {
      await using _ = await OutputLock.take(`${folder}/r`);
      trace = await Deno.readTextFile(`${folder}/r.lock`);
    }
    await Deno.writeTextFile(`${folder}/r.lock`, trace);
    {
      await using lock = await OutputLock.take(`${folder}/r`);
      assert.equal(lock.previousRun, undefined);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("OutputLock.take() keeps the state of the run before one killed without a connection", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/r.lock`, JSON.stringify(KILLED));
    let trace = "";
    {
      await using _ = await OutputLock.take(`${folder}/r`);
      trace = await Deno.readTextFile(`${folder}/r.lock`);
    }
    await Deno.writeTextFile(`${folder}/r.lock`, trace);
    await using lock = await OutputLock.take(`${folder}/r`);
    assert.deepEqual(lock.previousRun, { ...KILLED, pid: Deno.pid });
  }));

Deno.test("OutputLock leaves the lock file of another recorder that took its place", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.lock`;
    const lock = await OutputLock.take(`${folder}/r`);
    await lock.replacePreviousRun({});
    await removeOpen(path);
    await using _other = await OutputLock.take(`${folder}/r`);
    const theirs = await Deno.readTextFile(path);
    await assert.rejects(lock.ensure(), /process \d+\) is writing there/);
    await lock.note({ alive: 9 });
    await lock[Symbol.asyncDispose]();
    assert.equal(await Deno.readTextFile(path), theirs);
    await assert.rejects(OutputLock.take(`${folder}/r`), RecordingError);
  }));

Deno.test("OutputLock keeps the state of a killed run until replacePreviousRun()", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/r.lock`, JSON.stringify(KILLED));
    for (let i = 0; i < 2; i++) {
      await using lock = await OutputLock.take(`${folder}/r`);
      assert.deepEqual(lock.previousRun, KILLED);
    }
    {
      await using lock = await OutputLock.take(`${folder}/r`);
      await lock.replacePreviousRun({ alive: 5 });
      // The client id stays, because its session may still be on the broker.
      await lock.note({ clientId: "x" });
      await lock.replacePreviousRun({ alive: 6 });
      assert.deepEqual({ ...lock.state, pid: 0 }, { ...FRESH, alive: 6, clientId: "x" });
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("OutputLock.note() writes the whole state, however short or long", () =>
  inFolder(async (folder) => {
    await using lock = await OutputLock.take(`${folder}/r`);
    await lock.replacePreviousRun({});
    for (const topics of [["é".repeat(500)], [], ["sensors/#", "ü"], ["a".repeat(5000)], ["a"]]) {
      await Promise.all([lock.note({ alive: 1 }), lock.note({ topics }), lock.note({ alive: 2 })]);
      const state = JSON.parse(await Deno.readTextFile(`${folder}/r.lock`));
      assert.deepEqual([state.topics, state.alive, state.pid], [topics, 2, Deno.pid]);
    }
    const { size } = await Deno.stat(`${folder}/r.lock`);
    await lock.note({ alive: 3 });
    assert.equal((await Deno.stat(`${folder}/r.lock`)).size, size);
  }));

Deno.test("OutputLock keeps its file if a session is left on the broker", () =>
  inFolder(async (folder) => {
    {
      await using lock = await OutputLock.take(`${folder}/r`);
      await lock.replacePreviousRun({ alive: 7 });
      await lock.note({ sessionKept: true });
    }
    await using lock = await OutputLock.take(`${folder}/r`);
    assert.deepEqual([lock.previousRun?.sessionKept, lock.previousRun?.alive], [true, 7]);
  }));

Deno.test("OutputLock.ensure() restores a deleted lock file", () =>
  inFolder(async (folder) => {
    await using lock = await OutputLock.take(`${folder}/r`);
    await lock.replacePreviousRun({});
    await Deno.remove(`${folder}/r.lock`);
    await lock.ensure();
    await assert.rejects(OutputLock.take(`${folder}/r`), RecordingError);
  }));

Deno.test("OutputLock.take() succeeds for one of many concurrent callers", () =>
  inFolder(async (folder) => {
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, () => OutputLock.take(`${folder}/r`)),
    );
    const taken = tries.filter(({ status }) => status === "fulfilled");
    assert.equal(taken.length, 1);
    for (const one of tries) {
      if (one.status === "fulfilled") await one.value[Symbol.asyncDispose]();
    }
  }));

Deno.test({
  name: "OutputLock.take() refuses a lock file that is a link",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/precious`, "precious");
      await Deno.symlink(`${folder}/precious`, `${folder}/r.lock`);
      await assert.rejects(OutputLock.take(`${folder}/r`), RecordingError);
      assert.equal(await Deno.readTextFile(`${folder}/precious`), "precious");
    }),
});

Deno.test("OutputLock keeps the sizes of the files of a run that ended whole, and QoS 0", () =>
  inFolder(async (folder) => {
    const committed = { csv: 100, json: 200 };
    {
      await using lock = await OutputLock.take(`${folder}/r`);
      await lock.note({ clientId: "x" });
      await lock.replacePreviousRun({ alive: 5, topics: ["a"], qos0: true });
      await lock.note({ committed });
    }
    for (let i = 0; i < 2; i++) {
      await using lock = await OutputLock.take(`${folder}/r`);
      assert.deepEqual([lock.previousRun, lock.checkpoints], [undefined, committed]);
      assert.deepEqual({ ...FRESH, ...lock.state, pid: 0 }, { ...FRESH, committed, qos0: true });
    }
  }));

Deno.test("OutputLock.note() syncs what must outlive a power cut, and not how far the run is", () =>
  inFolder(async (folder) => {
    await using lock = await OutputLock.take(`${folder}/r`);
    await lock.replacePreviousRun({ alive: 5 });
    const { sync } = Deno.FsFile.prototype;
    let syncs = 0;
    Deno.FsFile.prototype.sync = function () {
      syncs++;
      return sync.call(this);
    };
    try {
      for (let i = 0; i < 9; i++) await lock.note({ alive: i, committed: { csv: i } });
      assert.equal(syncs, 0);
      for (const change of [{ qos0: true }, { topics: ["b"] }, { sessionKept: true }]) {
        await lock.note(change);
        assert.ok(syncs > 0, JSON.stringify(change));
        syncs = 0;
      }
      await lock.noteSynced({});
      assert.ok(syncs > 0);
    } finally {
      Deno.FsFile.prototype.sync = sync;
    }
  }));

Deno.test("OutputLock.take() tells of a disk without locks in a sentence", () =>
  inFolder(async (folder) => {
    const { tryLock } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.tryLock = () =>
      Promise.reject(new Error("No locks available (os error 37)"));
    try {
      await assert.rejects(OutputLock.take(`${folder}/r`), (error: Error) => {
        assert.ok(error instanceof RecordingError);
        assert.match(error.message, /^Cannot lock ".*r\.lock": .+\n.*--output/);
        return true;
      });
    } finally {
      Deno.FsFile.prototype.tryLock = tryLock;
    }
  }));
Deno.test("messages with QoS 0 are remembered across runs that end whole", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r`;
    const record = async (change: Partial<RunState>) => {
      await using lock = await OutputLock.take(path);
      await lock.replacePreviousRun({ qos0: lock.qos0, ...change });
      return lock;
    };
    assert.equal((await record({})).qos0, false);
    assert.equal(await exists(`${path}.lock`), false, "nothing is to be remembered");
    await record({ qos0: true });
    for (let run = 0; run < 3; run++) {
      const { qos0, previousRun } = await record({});
      assert.deepEqual([qos0, previousRun], [true, undefined]);
    }
    // Nor does one forget that has no connection.
    await (await OutputLock.take(path))[Symbol.asyncDispose]();
    assert.equal((await record({})).qos0, true);
  }));

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test("OutputLock keeps which files have diverged over runs, also over one without a connection", () =>
  inFolder(async (folder) => {
    const output = `${folder}/r`;
    const uneven = ["json"];
    {
      // It begins a file anew, and no broker answers.
      await using lock = await OutputLock.take(output);
      assert.deepEqual(lock.diverged, []);
      await lock.noteFiles({ uneven });
    }
    {
      await using lock = await OutputLock.take(output);
      assert.deepEqual(lock.diverged, uneven);
      assert.equal(lock.previousRun, undefined);
      await lock.replacePreviousRun({ alive: 5, uneven });
    }
    {
      await using lock = await OutputLock.take(output);
      assert.deepEqual(lock.diverged, uneven);
      // Repaired.
      await lock.noteFiles({ uneven: undefined, committed: { csv: 7 } });
    }
    await using lock = await OutputLock.take(output);
    assert.deepEqual([lock.diverged, lock.checkpoints], [[], { csv: 7 }]);
  }));

Deno.test("OutputLock.noteFiles() leaves no file of a recording that had none", () =>
  inFolder(async (folder) => {
    {
      await using lock = await OutputLock.take(`${folder}/r`);
      await lock.noteFiles({ uneven: undefined, committed: { csv: 7 } });
    }
    await assert.rejects(Deno.lstat(`${folder}/r.lock`), Deno.errors.NotFound);
  }));
