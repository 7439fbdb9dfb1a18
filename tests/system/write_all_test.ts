import assert from "node:assert/strict";
import { writeAll } from "../../lib/system/write_all.ts";

Deno.test("writeAll() continues after a short write", async () => {
  const written: number[] = [];
  const write = (bytes: Uint8Array) => {
    const part = bytes.subarray(0, 3);
    written.push(...part);
    return Promise.resolve(part.length);
  };
  await writeAll({ write }, Uint8Array.from({ length: 10 }, (_, i) => i));
  assert.deepEqual(written, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("writeAll() rethrows errors of the writer and stops writing", async () => {
  let calls = 0;
  const write = () => {
    if (++calls === 2) return Promise.reject(new Error("full"));
    return Promise.resolve(1);
  };
  await assert.rejects(writeAll({ write }, new Uint8Array(3)), /full/);
  assert.equal(calls, 2);
});
