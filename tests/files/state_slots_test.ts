import assert from "node:assert/strict";
import { FRESH, type RunState } from "../../lib/files/run_state.ts";
import { StateSlots } from "../../lib/files/state_slots.ts";
import { inFolder } from "../support/program.ts";

const run: RunState = { ...FRESH, pid: 7, alive: 1_700_000_000_000, topics: ["é/#"], qos0: true };
const state = (alive: number): RunState => JSON.parse(JSON.stringify({ ...run, alive }));

/** The state that the next start finds. */
async function found(path: string) {
  using file = await Deno.open(path, { read: true, write: true });
  return (await StateSlots.open(file)).found;
}

async function opened(path: string): Promise<{ file: Deno.FsFile; slots: StateSlots }> {
  const file = await Deno.open(path, { read: true, write: true, create: true });
  return { file, slots: (await StateSlots.open(file)).slots };
}

Deno.test("StateSlots finds the newest state, in a file of one size", () =>
  inFolder(async (folder) => {
    const path = `${folder}/s`;
    const { file, slots } = await opened(path);
    using _ = file;
    const sizes = new Set<number>();
    for (let i = 1; i < 20; i++) {
      if (i % 3 === 0) await slots.writeSynced(state(i));
      else await slots.write(state(i));
      assert.deepEqual(await found(path), { state: state(i), plain: false });
      sizes.add((await Deno.stat(path)).size);
    }
    assert.deepEqual([...sizes], [8192]);
  }));

Deno.test("StateSlots finds a whole state wherever a write is cut, or leaves zeros", () =>
  inFolder(async (folder) => {
    const path = `${folder}/s`, torn = `${folder}/torn`;
    const long = { ...state(3), topics: ["x".repeat(9000)] };
    for (const next of [state(3), long]) {
      for (const synced of [false, true]) {
        await Deno.remove(path).catch(() => {});
        const { file, slots } = await opened(path);
        using _ = file;
        await slots.writeSynced(state(1));
        await slots.write(state(2));
        const writes: [at: number, bytes: Uint8Array][] = [];
        let at = 0;
        const { seek, write } = file;
        file.seek = async (offset, whence) => at = await seek.call(file, offset, whence);
        file.write = async (bytes) => {
          writes.push([at, bytes.slice()]);
          return await write.call(file, bytes);
        };
        const before = await Deno.readFile(path);
        await (synced ? slots.writeSynced(next) : slots.write(next));
        for (let i = 0; i < writes.length; i++) {
          for (const share of [0, 0.001, 0.01, 0.5, 0.99]) {
            for (const zeros of [false, true]) {
              const image = new Uint8Array(1 << 16);
              image.set(before);
              for (const [from, bytes] of writes.slice(0, i)) image.set(bytes, from);
              const [from, bytes] = writes[i]!;
              if (zeros) image.fill(0, from, from + bytes.length);
              image.set(bytes.subarray(0, Math.floor(bytes.length * share)), from);
              await Deno.writeFile(torn, image);
              const alive = (await found(torn)).state?.alive;
              assert.ok([1, 2, 3].includes(alive!), `${i} ${share} ${zeros}: ${alive}`);
            }
          }
        }
      }
    }
  }));

Deno.test("StateSlots.writeSynced() syncs each slot before it writes the other", () =>
  inFolder(async (folder) => {
    const { file, slots } = await opened(`${folder}/s`);
    using _ = file;
    const calls: string[] = [];
    const { seek, sync } = file;
    file.seek = (offset, whence) => {
      calls.push(`write ${offset}`);
      return seek.call(file, offset, whence);
    };
    file.sync = () => {
      calls.push("sync");
      return sync.call(file);
    };
    await slots.writeSynced(state(1));
    assert.deepEqual(calls.splice(0), ["write 4096", "sync", "write 0", "sync"]);
    await slots.write(state(2));
    await slots.writeSynced(state(3));
    const order = ["write 4096", "sync", "write 0", "sync", "write 4096"];
    assert.deepEqual(calls.splice(0), order);
    await slots.write({ ...state(4), topics: ["x".repeat(5000)] });
    assert.deepEqual(calls.splice(0), ["write 8192", "sync", "write 0", "sync"]);
  }));

Deno.test("StateSlots reads a state of version 0.1.0, and knows it from one of its own", () =>
  inFolder(async (folder) => {
    const path = `${folder}/s`;
    for (const topics of [["a"], ["x".repeat(6000)]]) {
      const old = { ...state(5), topics };
      await Deno.writeTextFile(path, `${JSON.stringify(old)}   \n`);
      assert.deepEqual(await found(path), { state: old, plain: true });
      const { file, slots } = await opened(path);
      using _ = file;
      await slots.write({ ...old, alive: 6 });
      assert.deepEqual(await found(path), { state: { ...old, alive: 6 }, plain: false });
      // Version 0.1.0 reads the whole as one object.
      assert.equal(JSON.parse(await Deno.readTextFile(path)).alive, 6);
    }
  }));

Deno.test("StateSlots reads nothing into a file that it did not write, of any size", () =>
  inFolder(async (folder) => {
    const path = `${folder}/s`;
    const slots = `{"pid":1,"checksum":"0123456789abcdef"}`;
    for (const text of ["", "{", "null", "\0".repeat(9000), slots, `{"a":1,"checksum":"`]) {
      await Deno.writeTextFile(path, text);
      assert.deepEqual(await found(path), { state: undefined, plain: false });
    }
    await Deno.truncate(path, 3 * 2 ** 30);
    const { file, slots: begun } = await opened(path);
    using _ = file;
    await begun.write(state(1));
    assert.deepEqual((await found(path)).state, state(1));
    assert.equal((await Deno.stat(path)).size, 8192);
  }));
