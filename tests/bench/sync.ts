/** Measures the minimum of a commit: a small write to two files at once, synced. */

import { median } from "./stats.ts";

const BYTES = 3_000, TIMES = 300;

/** Median time in milliseconds. */
export async function syncMs(folder: string): Promise<number> {
  const paths = [`${folder}/first`, `${folder}/second`];
  const files = await Promise.all(
    paths.map((path) => Deno.open(path, { createNew: true, write: true })),
  );
  const bytes = new Uint8Array(BYTES);
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const began = performance.now();
    await Promise.all(files.map(async (file) => {
      await file.write(bytes);
      await file.syncData();
    }));
    times.push(performance.now() - began);
  }
  for (const file of files) file.close();
  for (const path of paths) await Deno.remove(path);
  return median(times);
}
