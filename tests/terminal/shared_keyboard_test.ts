import assert from "node:assert/strict";
import { SharedKeyboard } from "../../lib/terminal/shared_keyboard.ts";
import { runMicrotasks } from "../support/fake_clock.ts";

/** A keyboard whose lines are typed by the test. */
function typed() {
  const reads: ((line: string | null) => void)[] = [];
  const keyboard = new SharedKeyboard({
    isTerminal: () => true,
    setRaw: () => {},
    read: (into) =>
      new Promise((resolve, reject) =>
        reads.push((line) => {
          if (line === "broken") return reject(new Error(line));
          if (line !== null) into.set(new TextEncoder().encode(line));
          resolve(line?.length ?? null);
        })
      ),
  });
  return { keyboard, reads };
}

Deno.test("SharedKeyboard.read() gives a line to who asked last, not to an abandoned read", async () => {
  const { keyboard, reads } = typed();
  let abandoned = true;
  void keyboard.read(new Uint8Array(9)).then(() => abandoned = false);
  const into = new Uint8Array(9);
  const count = keyboard.read(into);
  assert.equal(reads.length, 1); // One read of the terminal for both.
  reads[0]!("q\r\n");
  assert.equal(await count, 3);
  assert.deepEqual(into.subarray(0, 3), new TextEncoder().encode("q\r\n"));
  await runMicrotasks();
  assert.equal(abandoned, true);
});

Deno.test("SharedKeyboard.read() keeps what does not fit for the next read", async () => {
  const { keyboard, reads } = typed();
  const one = new Uint8Array(1);
  const read = keyboard.read(one);
  reads[0]!("ab");
  assert.deepEqual([await read, one[0]], [1, 97]);
  assert.deepEqual([await keyboard.read(one), one[0]], [1, 98]);
  assert.equal(reads.length, 1);
});

Deno.test("SharedKeyboard.read() passes on the end and an error, and reads on", async () => {
  const { keyboard, reads } = typed();
  const into = new Uint8Array(9);
  const end = keyboard.read(into);
  reads[0]!(null);
  assert.equal(await end, null);
  const broken = keyboard.read(into);
  reads[1]!("broken");
  await assert.rejects(broken, /broken/);
  const again = keyboard.read(into);
  reads[2]!("x");
  assert.equal(await again, 1);
});
