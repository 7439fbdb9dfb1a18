/** What a file system does with the name of a file that is open. */

/**
 * Why tests are left out that delete or replace an open file: its name stays taken until it is
 * closed. Linux, macOS and NTFS of Windows 10 let go of the name at once; Wine, FAT and network drives
 * keep it.
 */
export const keepsOpenNames: boolean = await keepsNames();

async function keepsNames(): Promise<boolean> {
  const folder = await Deno.makeTempDir();
  try {
    using _file = await Deno.create(`${folder}/x`);
    await Deno.remove(`${folder}/x`);
    return (await Array.fromAsync(Deno.readDir(folder))).length > 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
