/**
 * Compiles mqttrec into dist/: `host`, or `windows`, `macos`, `linux`, then optionally `x64` or
 * `arm64`. The compiled program has the permissions of `deno task start`.
 */

import config from "../deno.json" with { type: "json" };
import { thinCache } from "./compile_cache.ts";
import { makeIcon } from "./icon.ts";
import { compiledPermissions } from "./task_permissions.ts";

const TARGETS: Readonly<Record<string, string>> = {
  "windows-x64": "x86_64-pc-windows-msvc",
  "windows-arm64": "aarch64-pc-windows-msvc",
  "macos-x64": "x86_64-apple-darwin",
  "macos-arm64": "aarch64-apple-darwin",
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
};
const ROOT = new URL("../", import.meta.url);
const ICON = "dist/.deno/mqttrec.ico";
const BASE = Deno.env.get("DENORT_BIN");

async function say(text: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${text}\n`));
}

/** Builds one executable; returns what is wrong, in two lines, or undefined. */
async function compile(
  target: string,
  name: string,
  env: Record<string, string>,
): Promise<string | undefined> {
  const windows = target.includes("windows");
  const file = `dist/${name}${windows ? ".exe" : ""}`;
  await Deno.remove(new URL(file, ROOT)).catch(() => {});
  const compiled = new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--no-check", // Checked before, with the types.
      ...compiledPermissions(),
      ...(windows ? ["--icon", ICON] : []),
      ...["--target", target, "--output", file, "main.ts"],
    ],
    cwd: ROOT,
    env,
    stderr: "piped",
  }).spawn();
  const [show, keep] = compiled.stderr.tee();
  const shown = show.pipeTo(Deno.stderr.writable, { preventClose: true });
  const [stderr, { success }] = await Promise.all([new Response(keep).text(), compiled.status]);
  await shown;
  if (!success && stderr.includes("base binary")) {
    const base = `denort-${target}.zip`;
    return `Cannot compile "${file}": Deno's run-time base, denort ${Deno.version.deno}, is missing
Compile where Deno's download site answers, or unpack ${base} of that version and set DENORT_BIN to it`;
  }
  if (!success) return `Cannot compile "${file}": deno compile failed, as said above`;
  if (target === Deno.build.target) {
    const printed = await printedBy(file);
    if (printed !== `mqttrec ${config.version}`) {
      await Deno.remove(new URL(file, ROOT));
      return `Cannot compile "${file}": what came out is not mqttrec ${config.version}
Set DENORT_BIN to a denort (deno itself is none), or leave it unset. It printed:
${printed || "nothing"}`;
    }
  }
  await say(`Built ${file}`);
}

/** What a compiled file prints for `--version`, errors included: with a wrong base it is merely Deno. */
async function printedBy(file: string): Promise<string> {
  const command = new Deno.Command(new URL(file, ROOT), { args: ["--version"], stdin: "null" });
  try {
    const { stdout, stderr, success, code } = await command.output();
    const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("").trim();
    return success ? text : `${text}\nexit code ${code}`.trim();
  } catch (error) {
    return String(error);
  }
}

/** Whether the types are right; Deno prints what is not. */
async function areTypesRight(): Promise<boolean> {
  const args = ["check", "--quiet", "main.ts"];
  return (await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status).success;
}

async function main([system = "host", machine = ""]: readonly string[]): Promise<number> {
  const wanted = system === "host"
    ? [["mqttrec", Deno.build.target] as const]
    : Object.entries(TARGETS)
      .filter(([name]) => name.startsWith(`${system}-`) && name.endsWith(machine))
      .map(([name, target]) => [`mqttrec-${name}`, target] as const);
  if (wanted.length === 0) {
    await say(`Cannot compile for "${system} ${machine}": Deno has no such target
Targets: host, ${Object.keys(TARGETS).join(", ").replaceAll("-", " ")}`);
    return 2;
  }
  if (BASE !== undefined && wanted.length > 1) {
    await say(`Cannot compile for ${wanted.length} machines: DENORT_BIN is the base of one
Name it: deno task compile:${system} x64, or arm64`);
    return 2;
  }
  if (!await areTypesRight()) return 1;
  const env = await thinCache(ROOT, new URL("dist/.deno/", ROOT));
  await Deno.writeFile(new URL(ICON, ROOT), await makeIcon());
  const wrong: string[] = [];
  for (const [name, target] of wanted) {
    const what = await compile(target, name, env);
    if (what !== undefined) wrong.push(what);
  }
  // Last, after all that Deno printed.
  for (const what of wrong) await say(what);
  return wrong.length > 0 ? 1 : 0;
}

Deno.exit(await main(Deno.args));
