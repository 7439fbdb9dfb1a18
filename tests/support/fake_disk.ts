/** Simulates a full, broken or slow disk for the files of this process. */

import assert from "node:assert/strict";

/** Makes the first `times` writes to an open file fail, as on a full or broken disk. */
export function failWrites(times: number, after = 0): Disposable {
  const original = Deno.FsFile.prototype.write;
  Deno.FsFile.prototype.write = async function (data: Uint8Array): Promise<number> {
    if (after-- > 0 || times <= 0) return await original.call(this, data);
    times--;
    // A full disk accepts what fits and then fails.
    await original.call(this, data.subarray(0, data.length >> 1));
    throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
  };
  return {
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.write = original;
    },
  };
}

/** Makes the first `times` syncs fail; asserts that no failed descriptor is synced again. */
export function failSyncs(times: number): Disposable {
  const original = Deno.FsFile.prototype.syncData;
  const failed = new Set<Deno.FsFile>();
  Deno.FsFile.prototype.syncData = async function (): Promise<void> {
    assert.ok(!failed.has(this), "synced again on a descriptor that failed");
    if (times-- > 0) {
      failed.add(this);
      throw Object.assign(new Error("Input/output error"), { code: "EIO" });
    }
    return await original.call(this);
  };
  return {
    [Symbol.dispose]: () => {
      Deno.FsFile.prototype.syncData = original;
    },
  };
}

/**
 * Makes `times` renames fail after the first `after`, of files whose names end with `ending`.
 *
 * @param error What they reject with.
 */
export function failRenames(
  times: number,
  { after = 0, ending = "", error = () => new Error("killed") } = {},
): Disposable {
  const { rename } = Deno;
  Deno.rename = async (from, to) => {
    if (!String(from).endsWith(ending) || after-- > 0 || times-- <= 0) {
      return await rename(from, to);
    }
    throw error();
  };
  return { [Symbol.dispose]: () => void (Deno.rename = rename) };
}

/** Makes syncs wait until `answer` is called, like a disk that hangs. */
export function hangSyncs(): Disposable & { readonly begun: Promise<void>; answer(): void } {
  const original = Deno.FsFile.prototype.syncData;
  const { promise, resolve: answer } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  Deno.FsFile.prototype.syncData = async function (): Promise<void> {
    begin();
    await promise;
    return await original.call(this);
  };
  return {
    begun,
    answer,
    [Symbol.dispose]: () => {
      answer();
      Deno.FsFile.prototype.syncData = original;
    },
  };
}
