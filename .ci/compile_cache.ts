/**
 * A cache of the npm packages without what only checks types: `deno compile` embeds each package as a
 * whole, @types/node (2.5 MB) among them, and its `--exclude` does not reach the cache.
 */

import { fileURLToPath } from "node:url";

/** Packages that hold types only. */
const TYPES = /[\\/](?:@types|undici-types)[\\/]/;
/** Declarations, and where they come from. */
const DECLARATION = /\.d\.[cm]?ts(?:\.map)?$/;

/** Fills the cache and thins it out. Types are to be checked before, with the ordinary cache. */
export async function thinCache(root: URL, cache: URL): Promise<Record<string, string>> {
  const env = { DENO_DIR: fileURLToPath(cache) };
  const args = ["cache", "--quiet", "main.ts"];
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: root, env }).spawn()
    .status;
  if (!success) throw new Error("deno cache failed, as said above");
  await removeTypes(`${env.DENO_DIR}/npm`);
  return env;
}

/** Removes what only checks types from a folder of packages; their package.json stays. */
export async function removeTypes(folder: string): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) await removeTypes(path);
    else if (isFile && (DECLARATION.test(name) || TYPES.test(path) && /\.[cm]?ts$/.test(name))) {
      await Deno.remove(path);
    }
  }
}
