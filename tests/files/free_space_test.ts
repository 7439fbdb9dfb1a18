import assert from "node:assert/strict";
import { type DiskSpace, FreeSpace } from "../../lib/files/free_space.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import { batchOf, message } from "../support/arbitrary.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inFolder } from "../support/program.ts";
import { assertFiles, onBench, record, turning } from "../support/recording_fixture.ts";

const unwanted = (cause: unknown) => assert.fail(String(cause));

/** A disk whose free space the test sets. */
function disk(minFree: number | undefined, total = 1e12) {
  const clock = new FakeClock();
  const state = { free: total, looks: 0, error: undefined as unknown };
  const offs: unknown[] = [];
  const space = (): Promise<DiskSpace> => {
    state.looks++;
    return state.error === undefined
      ? Promise.resolve({ total, free: state.free })
      : Promise.reject(state.error);
  };
  const onOff = (cause: unknown) => void offs.push(cause);
  const free = new FreeSpace({ folder: "exports", minFree, clock, space, onOff });
  return { clock, state, offs, free };
}

Deno.test("FreeSpace.check() refuses below the size, and until there is a little more", async () => {
  const { clock, state, free } = disk(1_000);
  const look = async (bytes: number) => {
    state.free = bytes;
    await clock.advance(250);
    return await free.check().then(() => true, (error) => {
      assert.ok(error instanceof RecordingError);
      assert.match(error.message, /^Cannot write to "exports": only .* free/);
      return false;
    });
  };
  assert.deepEqual(
    [await look(1_000), await look(999), await look(1_010), await look(1_050), await look(1_000)],
    [true, false, false, true, true],
  );
});

Deno.test("FreeSpace.check() keeps the smaller of 1 % and 100 MB free where no size is given", async () => {
  for (const [total, least] of [[1e12, 1e8], [1e9, 1e7]] as const) {
    for (const [bytes, fits] of [[least, true], [least - 1, false]] as const) {
      const { state, free } = disk(undefined, total);
      state.free = bytes;
      assert.equal(await free.check().then(() => true, () => false), fits);
    }
  }
});

Deno.test("FreeSpace.check() asks the system four times a second, and never where it is off", async () => {
  const { clock, state, free } = disk(1);
  for (let i = 0; i < 100; i++) {
    await free.check();
    await clock.advance(25);
  }
  assert.equal(state.looks, 10);
  const off = disk(0);
  off.state.free = 0;
  await off.free.check();
  assert.equal(off.state.looks, 0);
});

Deno.test("FreeSpace.check() is off, and tells it once, where the free space cannot be read", async () => {
  const { clock, state, offs, free } = disk(1_000);
  state.error = new Deno.errors.NotCapable("Requires sys access");
  for (let i = 0; i < 3; i++) {
    await free.check();
    await clock.advance(1_000);
  }
  assert.deepEqual([offs.length, state.looks], [1, 1]);
});

Deno.test("FreeSpace.check() reads the real disk", () =>
  inFolder(async (folder) => {
    const parts = { folder, clock: new FakeClock(), onOff: unwanted };
    await new FreeSpace({ ...parts, minFree: 1 }).check();
    await assert.rejects(new FreeSpace({ ...parts, minFree: 1e18 }).check(), RecordingError);
  }));

Deno.test("Recorder holds the broker back while too little is free, and goes on by itself", () =>
  onBench(async ({ output, clock, events, open }) => {
    let free = 10;
    const space = () => Promise.resolve({ total: 1_000, free });
    const kept = new FreeSpace({ folder: "x", minFree: 100, clock, space, onOff: unwanted });
    using recorder = await open({ guard: () => kept.check() });
    const commit = record(recorder, batchOf([message("t", "1")]));
    for (let i = 0; i < 5; i++) await clock.advance(1_000);
    await assertFiles(output, []);
    assert.deepEqual(events.map(({ type }) => type), ["stalled"]);
    free = 500;
    await turning(clock, commit);
    await commit;
    await assertFiles(output, [message("t", "1")]);
    assert.deepEqual(events.map(({ type }) => type), ["stalled", "resumed"]);
  }));
