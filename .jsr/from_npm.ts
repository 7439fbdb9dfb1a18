/**
 * Lays Deno's std, as published on npm, where `"vendor": true` looks for the `jsr:` packages of
 * deno.lock: the same code with the types beside this file, and a stand-in for what npm lacks.
 */

const STD = "npm:deno-std@1.4.0";
/** Entries used here; `x.ts` beside this file stands in for one, `x.d.ts` gives its types. */
const ENTRIES: Readonly<Record<string, readonly string[]>> = {
  cli: ["parse_args", "unicode_width"],
  csv: ["parse", "stringify"],
  fs: ["ensure_dir"],
  internal: ["os"],
};
/** As in deno.lock; the true integrity keeps that file the same in both worlds. */
type Packages = Readonly<Record<string, { readonly integrity: string }>>;

/** Fills `vendor` unless `stamp` says that it is done; rewrites the stamp if `restamp`. */
export async function fill(vendor: URL, stamp: URL, restamp: boolean): Promise<void> {
  const lock = JSON.parse(await Deno.readTextFile(new URL("../deno.lock", import.meta.url)));
  // Of what those depend on, @std/path too is in deno.lock, by hand: it is what the real @std/fs
  // needs, and Deno must find nothing to add there where jsr.io answers.
  const packages: Packages = lock.jsr;
  const mark = await fingerprint(packages);
  const current = await read(stamp) === mark;
  if (!current) {
    await say(
      "jsr.io does not answer: using Deno's std as published on npm (see .jsr/)",
      "jsr.io ne répond pas\u00a0: la std de Deno vient de npm (voir .jsr/)",
    );
    const downloaded = await import(`${STD}/csv/stringify.js`).then(() => true, () => false);
    if (!downloaded) {
      await say(
        `Cannot fetch "${STD}": neither jsr.io nor npm answers\nCheck the network`,
        `Impossible de télécharger «\u00a0${STD}\u00a0»\u00a0: ni jsr.io ni npm ne répondent\nVérifiez le réseau`,
      );
      Deno.exit(1);
    }
    for (const [id, { integrity }] of Object.entries(packages)) {
      const [, name, version] = /^@std\/(.+)@(.+)$/.exec(id)!;
      if (name! in ENTRIES) {
        await lay(new URL(`jsr.io/@std/${name}/`, vendor), name!, version!, integrity, packages);
      }
    }
  }
  if (restamp || !current) await write(stamp, mark);
}

/** Writes one package the way Deno vendors it. */
async function lay(
  folder: URL,
  name: string,
  version: string,
  integrity: string,
  packages: Packages,
): Promise<void> {
  const inside = (file: string) => new URL(`${version}/${file}`, folder);
  const copied = new Set<string>();
  async function copy(file: string): Promise<void> {
    if (copied.has(file)) return;
    copied.add(file);
    const source = (await read(new URL(import.meta.resolve(`${STD}/${name}/${file}`))))!;
    const types = file.replace(/\.js$/, ".d.ts");
    const typing = await read(new URL(`${name}/${types}`, import.meta.url));
    if (typing !== undefined) await write(inside(types), typing);
    const head = typing === undefined ? "" : `// @ts-self-types="./${types}"\n`;
    // From the start of a line, as the examples in comments have imports too.
    const near = source.matchAll(/^(?:import .+|\}) from "\.\/(.+)";$/gm);
    for (const [, other] of near) await copy(other!);
    const far = /(?<=^(?:import .+|\}) from ")\.\.\/(.+)(?=";$)/gm;
    await write(inside(file), head + source.replace(far, jsr));
  }
  /** `internal/os.js` as the real package names it: `jsr:@std/internal@^1.0.14/os`. */
  function jsr(_: string, path: string): string {
    const [other, file] = path.split("/");
    const id = Object.keys(packages).find((id) => id.startsWith(`@std/${other}@`))!;
    return `jsr:${id.replace(/@(?=\d)/, "@^")}/${dashed(file!.replace(/\.js$/, ""))}`;
  }
  const exports: Record<string, string> = {};
  for (const entry of ENTRIES[name] ?? []) {
    const standIn = await read(new URL(`${name}/${entry}.ts`, import.meta.url));
    const file = standIn === undefined ? `${entry}.js` : `${entry}.ts`;
    if (standIn === undefined) await copy(file);
    else await write(inside(file), standIn);
    exports[`./${dashed(entry)}`] = `./${file}`;
  }
  const meta = { scope: "std", name, latest: version, versions: { [version]: {} } };
  const versionMeta = { manifest: {}, exports, lockfileChecksum: integrity };
  await write(new URL("meta.json", folder), JSON.stringify(meta));
  await write(new URL(`${version}_meta.json`, folder), JSON.stringify(versionMeta));
}

/** Changes when a pin or a file of this folder does, so that an older vendor/ is refilled. */
async function fingerprint(packages: Packages): Promise<string> {
  const own = Object.entries(ENTRIES).flatMap(([name, entries]) =>
    entries.flatMap((entry) => [`${name}/${entry}.ts`, `${name}/${entry}.d.ts`])
  );
  const files = ["from_npm.ts", ...own].map((file) => read(new URL(file, import.meta.url)));
  const text = JSON.stringify([packages, await Promise.all(files)]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

const dashed = (name: string) => name.replaceAll("_", "-");

async function read(file: URL): Promise<string | undefined> {
  return await Deno.readTextFile(file).catch(() => undefined);
}

/** In one step, as another task may be reading. */
async function write(file: URL, text: string): Promise<void> {
  await Deno.mkdir(new URL(".", file), { recursive: true });
  const draft = new URL(`${file.href}.${crypto.randomUUID()}`);
  await Deno.writeTextFile(draft, text);
  await Deno.rename(draft, file);
}

/** Prints a line in the system's language, which takes no permission. */
async function say(english: string, french: string): Promise<void> {
  const line = /^fr\b/i.test(navigator.language) ? french : english;
  await Deno.stderr.write(new TextEncoder().encode(`${line}\n`));
}
