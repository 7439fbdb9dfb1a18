/** Stand-in for `@std/fs/ensure-dir`, which std on npm lacks: makes the folder if it is missing. */
export async function ensureDir(dir: string | URL): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
}
