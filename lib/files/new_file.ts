/** Begins a new file. */

import type { Layout } from "../formats/mod.ts";
import { isThere } from "./is_there.ts";
import { writeAll } from "../system/write_all.ts";

/** Writes header and footer over whatever is there, and syncs them; returns their length. */
export async function begin(file: Deno.FsFile, { header, footer }: Layout): Promise<number> {
  await file.truncate(0);
  await file.seek(0, Deno.SeekMode.Start);
  await writeAll(file, header);
  await writeAll(file, footer);
  await file.sync();
  return header.length + footer.length;
}

/** A name that nothing has yet: `path`, or with a number behind it. */
export async function freeName(path: string): Promise<string> {
  let name = path;
  for (let n = 2; await isThere(name); n++) name = `${path}${n}`;
  return name;
}

/** Gives a file the permissions of another one, if that is there, where the file system has any. */
export async function keepMode(path: string, like: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  const { mode } = await Deno.stat(like).catch(() => ({ mode: null }));
  if (mode !== null) await Deno.chmod(path, mode & 0o777).catch(() => {});
}
