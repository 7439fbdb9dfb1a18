/** Compares the speed of mqttrec with other programs: `deno task bench --quick`. */

import { parseArgs } from "@std/cli/parse-args";
import { beforeAfter } from "./before_after.ts";
import { ensureMarks, writeBetweenMarks } from "../support/markdown.ts";
import { print } from "../support/program.ts";
import { machineFacts } from "./machine.ts";
import type { Result, Section } from "./section.ts";
import { SECTIONS } from "./sections.ts";
import { markdown, plain } from "./table.ts";

const USAGE =
  "Usage: bench [--quick] [--runs N] [--only SECTION,…] [--rows N] [--json FILE] [--markdown FILE]\n" +
  "       bench --before FOLDER [--runs N] …   compares with another checkout of mqttrec\n" +
  `Sections: ${SECTIONS.map(({ name }) => name).join(", ")}`;

/** Sections asked for by name; all by default. */
function choose(only: string | undefined): readonly Section[] {
  const wanted = only?.split(",") ?? SECTIONS.map(({ name }) => name);
  if (wanted.some((each) => SECTIONS.every(({ name }) => name !== each))) return [];
  return SECTIONS.filter(({ name }) => wanted.includes(name));
}

/** Title of a table in Markdown. */
const mark = (name: string) => `bench ${name}`;

function bullets(texts: readonly string[]): string {
  return texts.map((text) => `- ${text}\n`).join("");
}

async function printResult(name: string, result: Result): Promise<void> {
  const { details, facts, notMet } = result;
  await print(`\n${name}\n${plain(result)}\n${bullets(facts)}`);
  if (details) await print(plain(details));
  for (const text of notMet) await print(`NOT MET ${text}`);
}

/** A new folder in a file system in memory; undefined if there is none. */
async function inMemory(): Promise<string | undefined> {
  return await Deno.makeTempDir({ dir: "/dev/shm", prefix: "mqttrec_bench_" }).catch(() =>
    undefined
  );
}

async function main(): Promise<number> {
  const args = parseArgs(Deno.args, {
    boolean: ["help", "quick"],
    string: ["runs", "rows", "only", "json", "markdown", "before"],
  });
  const text = (name: string) => args[name] === undefined ? undefined : String(args[name]);
  const quick = args.quick === true;
  const runs = Number(text("runs") ?? (quick ? 1 : 3));
  const rows = text("rows") === undefined ? undefined : Number(text("rows"));
  const json = text("json"), page = text("markdown");
  const before = text("before");
  const chosen = before === undefined ? choose(text("only")) : [beforeAfter];
  const isCount = (n: number | undefined) => n === undefined || n >= 1;
  if (!isCount(runs) || !isCount(rows) || chosen.length === 0 || args._.length > 0 || args.help) {
    await print(USAGE);
    return 2;
  }
  if (page) await ensureMarks(page, ["machine", ...chosen.map(({ name }) => name)].map(mark));
  const folder = await Deno.makeTempDir({ prefix: "mqttrec_bench_" });
  const memory = await inMemory() ?? folder;
  const say = (text: string) => void print(`  ${text}`, Deno.stderr);
  const sections: Record<string, Result> = {};
  let failed = 0;
  try {
    const machine = await machineFacts(folder);
    const facts = Object.entries(machine).map((each) => each.join(" ")).join(" · ");
    await print(facts);
    if (page) await writeBetweenMarks(page, mark("machine"), `${facts}\n`);
    for (const { name, run } of chosen) {
      try {
        const result = sections[name] = await run({
          quick,
          runs,
          rows,
          folder,
          memory,
          before,
          say,
        });
        await printResult(name, result);
        if (page) {
          const table = `${markdown(result)}\n${bullets(result.facts)}`;
          await writeBetweenMarks(page, mark(name), table);
        }
        failed += quick ? 0 : result.notMet.length;
      } catch (error) {
        failed++;
        await print(`FAILED ${name}: ${Deno.inspect(error)}`);
      }
      // Write after each section, so that a later failure does not lose the results.
      if (json) {
        await Deno.writeTextFile(json, `${JSON.stringify({ machine, sections }, null, 2)}\n`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
    if (memory !== folder) await Deno.remove(memory, { recursive: true });
  }
  return failed > 0 ? 1 : 0;
}

Deno.exit(await main());
