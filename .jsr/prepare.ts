/**
 * Makes the `jsr:` imports of deno.json resolve where jsr.io does not answer (networks that mirror
 * only npm): the same std code, as published on npm, is laid where `"vendor": true` looks for it.
 * Where jsr.io answers nothing here runs, and Deno fetches the real packages itself.
 */

const STD_ON_NPM = "npm:deno-std@1.4.0";
const PROBE_MS = 2_500;
const HERE = new URL(".", import.meta.url);
const VENDOR = new URL("../vendor/jsr.io/@std/", HERE);

interface Package {
  readonly version: string;
  /** As in deno.lock: the real package's, so that the lock file is the same in both worlds. */
  readonly integrity: string;
  /** Entry name to file. */
  readonly exports: Readonly<Record<string, string>>;
  /** Files copied from std on npm. */
  readonly copies: readonly string[];
  /** Files of this folder: types, and what std on npm lacks. */
  readonly own: readonly string[];
}

const PACKAGES: Readonly<Record<string, Package>> = {
  cli: {
    version: "1.0.32",
    integrity: "188b3a100d6202d64e3f5bd3d799c7fa4f6d77f92cc65eb7f641c1fa0aa92a66",
    exports: { "./parse-args": "./parse_args.js" },
    copies: ["parse_args.js"],
    own: ["parse_args.d.ts"],
  },
  csv: {
    version: "1.0.6",
    integrity: "52ef0e62799a0028d278fa04762f17f9bd263fad9a8e7f98c14fbd371d62d9fd",
    exports: { "./parse": "./parse.js", "./stringify": "./stringify.js" },
    copies: ["_io.js", "_shared.js", "parse.js", "stringify.js"],
    own: ["parse.d.ts", "stringify.d.ts"],
  },
  fs: {
    version: "1.0.24",
    integrity: "f3061b45b81673a2bece689da041df32d174be064c89eb6397fb5718d3fb7877",
    exports: { "./ensure-dir": "./ensure_dir.ts" },
    copies: [],
    own: ["ensure_dir.ts"],
  },
};

/** Whether every package's folder is there, put by this script or by Deno. */
async function isVendored(): Promise<boolean> {
  for (const [name, { version }] of Object.entries(PACKAGES)) {
    try {
      await Deno.lstat(new URL(`${name}/${version}_meta.json`, VENDOR));
    } catch {
      return false;
    }
  }
  return true;
}

async function jsrAnswers(): Promise<boolean> {
  try {
    const url = "https://jsr.io/@std/csv/meta.json";
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    const meta = await response.json();
    return meta.name === "csv";
  } catch {
    return false;
  }
}

/** The folder of std from npm in Deno's own cache, downloaded if need be. */
async function stdFromNpm(): Promise<URL> {
  await import(`${STD_ON_NPM}/csv/stringify.js`);
  const info = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] });
  const { npmCache } = JSON.parse(new TextDecoder().decode((await info.output()).stdout));
  for await (const { name } of Deno.readDir(npmCache)) {
    const folder = new URL(`${name}/deno-std/1.4.0/`, toFolderUrl(npmCache));
    try {
      if ((await Deno.stat(folder)).isDirectory) return folder;
    } catch {
      // Another registry's cache.
    }
  }
  throw new Error(`Cannot find ${STD_ON_NPM} in "${npmCache}"`);
}

function toFolderUrl(path: string): URL {
  return new URL(`file://${Deno.build.os === "windows" ? "/" : ""}${path.replaceAll("\\", "/")}/`);
}

async function vendor(std: URL): Promise<void> {
  for (const [name, { version, integrity, exports, copies, own }] of Object.entries(PACKAGES)) {
    const folder = new URL(`${name}/${version}/`, VENDOR);
    await Deno.mkdir(folder, { recursive: true });
    for (const file of copies) {
      const source = await Deno.readTextFile(new URL(`${name}/${file}`, std));
      const types = file.replace(/\.js$/, ".d.ts");
      const typed = own.includes(types) ? `// @ts-self-types="./${types}"\n` : "";
      await Deno.writeTextFile(new URL(file, folder), typed + source);
    }
    for (const file of own) {
      await Deno.copyFile(new URL(`${name}/${file}`, HERE), new URL(file, folder));
    }
    const json = (path: string, value: unknown) =>
      Deno.writeTextFile(new URL(`${name}/${path}`, VENDOR), JSON.stringify(value));
    await json("meta.json", { scope: "std", name, latest: version, versions: { [version]: {} } });
    // Last: its presence says that the package is complete.
    await json(`${version}_meta.json`, { manifest: {}, exports, lockfileChecksum: integrity });
  }
}

if (!(await isVendored()) && !(await jsrAnswers())) {
  await vendor(await stdFromNpm());
  const note = "jsr.io does not answer: using Deno's std as published on npm (.jsr/prepare.ts)\n";
  await Deno.stderr.write(new TextEncoder().encode(note));
}
