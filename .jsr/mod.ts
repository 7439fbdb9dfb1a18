/**
 * Asks whether jsr.io answers. Where it does, Deno fetches the real packages itself and nothing
 * else here runs; where it does not (networks that mirror only npm), `from_npm.ts` steps in.
 */

const JSR = Deno.env.get("JSR_URL") ?? "https://jsr.io";
const PROBE_MS = 2_500;
const DAY_MS = 86_400_000;
const VENDOR = new URL("../vendor/", import.meta.url);
/** Says that vendor/ was filled from npm, by which version of these files, and when. */
const STAMP = new URL("std_from_npm", VENDOR);

/** Whether Deno itself has filled vendor/ with what deno.lock asks for. */
async function isFilled(): Promise<boolean> {
  const lock = JSON.parse(await Deno.readTextFile(new URL("../deno.lock", import.meta.url)));
  // Not lock.jsr: Deno does not fetch what only entries unused here depend on.
  const wanted: string[] = lock.workspace.dependencies.filter((id: string) =>
    id.startsWith("jsr:")
  );
  const metas = wanted.map((id) => id.replace(/^jsr:(.+)@(.+)$/, "jsr.io/$1/$2_meta.json"));
  const found = metas.map((meta) => modified(new URL(meta, VENDOR)));
  return !(await Promise.all(found)).includes(undefined);
}

async function jsrAnswers(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const response = await fetch(new URL("/@std/csv/meta.json", JSR), { signal });
    // The name is looked at because a captive portal answers too.
    return (await response.json()).name === "csv";
  } catch {
    return false;
  }
}

/** When a file was last written; undefined where there is none. */
async function modified(file: URL): Promise<number | undefined> {
  return (await Deno.stat(file).catch(() => undefined))?.mtime?.getTime();
}

const stamped = await modified(STAMP);
// A machine may move to a better network: asked again once a day, not before every task.
const ask = stamped === undefined ? !(await isFilled()) : Date.now() - stamped > DAY_MS;
const answers = ask && await jsrAnswers();
if (answers && stamped !== undefined) await Deno.remove(VENDOR, { recursive: true });
if (!answers && (ask || stamped !== undefined)) {
  const { fill } = await import("./from_npm.ts");
  await fill(VENDOR, STAMP, ask);
}
