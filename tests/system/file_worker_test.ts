import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FileWorker } from "../../lib/system/file_worker.ts";
import { inFolder } from "../support/program.ts";

Deno.test("FileWorker.sum() gives the SHA-256 and size of small files and of large ones", () =>
  inFolder(async (folder) => {
    using worker = new FileWorker();
    for (const bytes of [0, 1, (1 << 20) - 1, 1 << 20, (3 << 20) + 7]) {
      const data = new Uint8Array(bytes).map((_, i) => i * 31 >> 3);
      const path = `${folder}/${bytes}`;
      await Deno.writeFile(path, data);
      const sha256 = createHash("sha256").update(data).digest("hex");
      assert.deepEqual(await worker.sum(path), { sha256, bytes });
    }
  }));

Deno.test("FileWorker rejects as the system does, and where it is ended early", () =>
  inFolder(async (folder) => {
    using worker = new FileWorker();
    await assert.rejects(worker.sum(`${folder}/none`), Deno.errors.NotFound);
    await assert.rejects(worker.compress(`${folder}/none`, `${folder}/to`), Deno.errors.NotFound);
    const path = `${folder}/large`;
    await Deno.writeFile(path, new Uint8Array(64 << 20));
    const stop = new AbortController();
    const compressed = assert.rejects(worker.compress(path, `${folder}/to`, stop.signal), /ended/);
    stop.abort(new Error("ended"));
    await compressed;
    await assert.rejects(worker.sum(path, stop.signal), /ended/);
    assert.equal((await worker.sum(path)).bytes, 64 << 20);
  }));

Deno.test("FileWorker.compress() writes what gunzip reads, and gives both sums", () =>
  inFolder(async (folder) => {
    using worker = new FileWorker();
    for (const bytes of [0, 5, 5_000_000]) {
      const data = new Uint8Array(bytes).map((_, i) => i * 7 >> 4);
      const [path, to] = [`${folder}/${bytes}`, `${folder}/${bytes}.gz`];
      await Deno.writeFile(path, data);
      await Deno.writeTextFile(to, "a part of before");
      const { contents, ...sum } = await worker.compress(path, to);
      assert.deepEqual(sum, await worker.sum(to));
      assert.deepEqual(contents, await worker.sum(path));
      const { readable } = await Deno.open(to);
      const stream = readable.pipeThrough(new DecompressionStream("gzip"));
      assert.deepEqual(new Uint8Array(await new Response(stream).arrayBuffer()), data);
    }
  }));
