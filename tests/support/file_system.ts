/** What the file system of temporary folders, and Wine before it, does otherwise than Linux. */

/**
 * Whether the name of a deleted file stays taken while the file is open; a rename over an open file
 * fails there too. Linux, macOS and NTFS of Windows 10 let go of the name at once; Wine, FAT and
 * network drives keep it.
 */
const keepsOpenNames: boolean = await inScratch(async (folder) => {
  using _file = await Deno.create(`${folder}/x`);
  await Deno.remove(`${folder}/x`);
  return (await Array.fromAsync(Deno.readDir(folder))).length > 0;
});

/** Deletes a file that may be open, as NTFS does: its name is free at once. */
export async function removeOpen(path: string): Promise<void> {
  const away = keepsOpenNames ? `${path}.${crypto.randomUUID()}` : path;
  if (keepsOpenNames) await Deno.rename(path, away);
  await Deno.remove(away);
}

/** Renames a file over one that may be open. */
export async function renameOverOpen(from: string, to: string): Promise<void> {
  if (keepsOpenNames) await removeOpen(to);
  await Deno.rename(from, to);
}

/**
 * Whether a folder's birth time is not known: Wine gives the time of the last change, so a recording
 * looks copied at each start.
 */
export const forgetsBirth: boolean = await inScratch(async (folder) => {
  const born = async () => (await Deno.stat(folder)).birthtime?.getTime();
  const before = await born();
  // Longer than the clock ticks that file systems count in.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await Deno.writeTextFile(`${folder}/x`, "");
  return await born() !== before;
});

async function inScratch(body: (folder: string) => Promise<boolean>): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
