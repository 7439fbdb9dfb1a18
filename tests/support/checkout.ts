/** Copies the checkout for tests that must not change the one they are in. */

/** Entries that a task needs; a fresh checkout has no vendor/. */
const FILES = ["deno.json", "deno.lock", "main.ts"], FOLDERS = [".jsr", "lib"], MADE = "vendor";
const ROOT = new URL("../../", import.meta.url);

/** Copies a folder recursively. */
export async function copyFolder(from: URL, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(new URL(`${name}/`, from), `${to}/${name}`);
    else await Deno.copyFile(new URL(name, from), `${to}/${name}`);
  }
}

let made: Promise<string> | undefined;

/**
 * Runs `body` with a checkout whose exports/ is empty, one `body` at a time. All tests of a file
 * share the checkout, because Deno compiles every file of a new folder; it is removed at their end.
 */
export async function inCheckout(body: (checkout: string) => Promise<void>): Promise<void> {
  const checkout = await (made ??= makeCheckout());
  await Deno.mkdir(`${checkout}/exports`);
  try {
    await body(checkout);
  } finally {
    await Deno.remove(`${checkout}/exports`, { recursive: true });
  }
}

async function makeCheckout(): Promise<string> {
  const checkout = await Deno.realPath(await Deno.makeTempDir({ prefix: "mqttrec_checkout_" }));
  const compiled = await compiledFolder(checkout);
  globalThis.addEventListener("unload", () => {
    for (const folder of [checkout, compiled]) {
      try {
        Deno.removeSync(folder, { recursive: true });
      } catch { /* Nothing was compiled. */ }
    }
  });
  for (const name of FILES) await Deno.copyFile(new URL(name, ROOT), `${checkout}/${name}`);
  for (const name of FOLDERS) await copyFolder(new URL(`${name}/`, ROOT), `${checkout}/${name}`);
  const filled = new URL(`${MADE}/`, ROOT);
  if (await Deno.stat(filled).catch(() => undefined)) {
    await copyFolder(filled, `${checkout}/${MADE}`);
  }
  return checkout;
}

/** Folder in Deno's cache for the compiled modules of a folder. */
async function compiledFolder(folder: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { typescriptCache } = JSON.parse(new TextDecoder().decode(stdout));
  return `${typescriptCache}/file/${folder.replace(":", "")}`;
}
