import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { sumFile } from "../../lib/system/file_worker.ts";
import { inFolder } from "../support/program.ts";

Deno.test("sumFile() gives the SHA-256 and size of small files and of large ones", () =>
  inFolder(async (folder) => {
    for (const bytes of [0, 1, (1 << 20) - 1, 1 << 20, (3 << 20) + 7]) {
      const data = new Uint8Array(bytes).map((_, i) => i * 31 >> 3);
      const path = `${folder}/${bytes}`;
      await Deno.writeFile(path, data);
      const sha256 = createHash("sha256").update(data).digest("hex");
      assert.deepEqual(await sumFile(path), { sha256, bytes });
    }
  }));

Deno.test("sumFile() rejects as the system does, and where it is ended early", () =>
  inFolder(async (folder) => {
    await assert.rejects(sumFile(`${folder}/none`), Deno.errors.NotFound);
    const path = `${folder}/large`;
    await Deno.writeFile(path, new Uint8Array(64 << 20));
    const stop = new AbortController();
    const sum = assert.rejects(sumFile(path, stop.signal), /ended/);
    setTimeout(() => stop.abort(new Error("ended")), 1);
    await sum;
    await assert.rejects(sumFile(path, stop.signal), /ended/);
  }));
