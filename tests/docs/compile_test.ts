import assert from "node:assert/strict";
import { removeTypes } from "../../.ci/compile_cache.ts";
import { makeIcon } from "../../.ci/icon.ts";
import { inFolder } from "../support/program.ts";

/** Explorer reads no icon whose directory is wrong. */
Deno.test("makeIcon() makes an icon of four sizes, each where its directory says", async () => {
  const icon = await makeIcon();
  assert.ok(icon.length < 30_000);
  const view = new DataView(icon.buffer);
  assert.deepEqual([0, 2, 4].map((at) => view.getUint16(at, true)), [0, 1, 4]);
  let end = 6 + 4 * 16;
  const sizes = [0, 1, 2, 3].map((i) => {
    const at = 6 + 16 * i;
    const [length, offset] = [view.getUint32(at + 8, true), view.getUint32(at + 12, true)];
    assert.equal(offset, end);
    end += length;
    const size = view.getUint8(at) || 256;
    // A PNG begins with its signature, a bitmap with the length of its header, then its width.
    if (size === 256) assert.equal(view.getUint32(offset), 0x89504e47);
    else assert.deepEqual([40, size], [0, 4].map((at) => view.getUint32(offset + at, true)));
    return size;
  });
  assert.deepEqual(sizes, [16, 32, 48, 256]);
  assert.equal(end, icon.length);
});

Deno.test("removeTypes() removes what only checks types, and keeps what runs", () =>
  inFolder(async (folder) => {
    const kept = ["ws/1/package.json", "ws/1/lib/a.js", "ws/1/b.ts", "@types/ws/1/package.json"];
    const removed = ["ws/1/a.d.ts", "ws/1/lib/a.d.mts", "ws/1/a.d.ts.map", "@types/ws/1/index.ts"];
    for (const path of [...kept, ...removed]) {
      await Deno.mkdir(`${folder}/${path.replace(/[^/]*$/, "")}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, "");
    }
    await removeTypes(folder);
    const there = async (path: string) =>
      await Deno.stat(`${folder}/${path}`).then(() => true, () => false);
    for (const path of kept) assert.equal(await there(path), true, path);
    for (const path of removed) assert.equal(await there(path), false, path);
  }));
