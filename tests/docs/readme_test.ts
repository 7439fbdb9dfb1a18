import assert from "node:assert/strict";
import { COLUMNS } from "../../lib/formats/fields.ts";
import { FLAGS } from "../../lib/config/flags.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import type { ConnectProblem } from "../../lib/locale/mod.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { SENSORS } from "../../lib/simulator/sensors/mod.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { inFolder, run } from "../support/program.ts";

const page = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
const README = await page("README.md");
const CONFIG = await page("lib/config/README.md");
const FILES = await page("exports/README.md");
const BROKERS = await page("lib/mqtt/README.md");

/** The reference's rows as lib/config/flags.ts has them. */
function flagRows(): string[] {
  return FLAGS.map((flag) => {
    const name = "value" in flag
      ? (typeof flag.value === "string" ? flag.value : flag.value.en).replaceAll("|", "\\|")
      : "";
    const value = "otherwise" in flag ? `[=${name}]` : name && ` ${name}`;
    const short = "short" in flag ? `\`-${flag.short}\`, ` : "";
    const otherwise = "default" in flag ? `\`${flag.default}\`` : "";
    const again = "repeatable" in flag ? " (repeatable)" : "";
    return `| ${short}\`--${flag.name}${value}\` | ${otherwise} | ${flag.help.en}${again} |`
      .replace(/ {2,}/g, " ");
  });
}

Deno.test("lib/config/README.md documents every flag as lib/config/flags.ts defines it", () => {
  // `deno fmt` pads the cells.
  const rows = CONFIG.replace(/ {2,}/g, " ").split("\n").filter((line) =>
    /^\| (?:`-\w`, )?`--(?!allow)/.test(line)
  );
  assert.deepEqual(rows, flagRows());
});

Deno.test("the README begins with the two commands", () => {
  const [first] = /```\n(.*?)```/s.exec(README)!.slice(1);
  assert.match(
    first!,
    /^npx --yes deno@2\.9\.5 task --quiet simulate\nnpx --yes deno@2\.9\.5 task test\n$/,
  );
});

Deno.test("exports/README.md documents every column, cause and value of the gap log", async () => {
  const source = await Deno.readTextFile(new URL("../../lib/message/gap.ts", import.meta.url));
  const words = ["Cause", "SessionFate", "Risk"].flatMap((type) => {
    const [, union] = new RegExp(`export type ${type} =([^;]*);`).exec(source)!;
    return [...union!.matchAll(/"([^"]+)"/g)].map(([, word]) => word!);
  });
  assert.equal(words.length, 20);
  for (const word of words) assert.ok(FILES.includes(`\`${word}\``), word);
  assert.ok(FILES.includes("\nfrom,to,seconds,cause,session,at_risk\n"));
});

Deno.test("the pages document every column, and name tasks that there are", async () => {
  const french = await page(".github/LISEZMOI.md");
  for (const column of COLUMNS) {
    for (const text of [README, FILES, french]) assert.ok(text.includes(`| \`${column}\``), column);
  }
  assert.ok(README.includes(new TextDecoder().decode(FORMATS.csv.header).trim()));
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  for (const text of [README, CONFIG, FILES, BROKERS, french]) {
    for (const [, name] of text.matchAll(/(?:deno|deno@2\.9\.5) task (?:--quiet )?([a-z:]+)/g)) {
      assert.ok(tasks[name!], `task ${name}`);
    }
  }
});

Deno.test("lib/config/README.md shows what --print-config makes of its example", () =>
  inFolder(async (cwd) => {
    const [, file] = /```json\n(.*?)```/s.exec(CONFIG)!;
    await Deno.writeTextFile(`${cwd}/house.json`, file!);
    const [, exported] = /\nexport (MQTTREC_.*)\n/.exec(CONFIG)!;
    const env = Object.fromEntries(exported!.split(" ").map((variable) => variable.split("=")));
    const [, flags] = /task start (.* --print-config) \| grep -v default\n/.exec(CONFIG)!;
    const { stdout } = await run(flags!.split(" "), { cwd, env });
    const [, shown] = /--print-config \| grep -v default\n```\n\n```\n(.*?)```/s.exec(CONFIG)!;
    assert.equal(stdout.replaceAll(/^.*default\n/gm, ""), shown);
  }));

Deno.test("exports/README.md shows what check says, but for the figures", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/exports`);
    const messages = Array.from(
      { length: 21 },
      (_, i) =>
        message(`sensors/${Object.keys(SENSORS)[i % 7]}`, "1234", Date.UTC(2026, 10, 24) + i * 100),
    );
    for (const format of Object.values(FORMATS)) {
      await Deno.writeFile(
        `${cwd}/exports/mqtt_data.${format.extension}`,
        fileOf(format, messages),
      );
    }
    const [, files] = /deno task verify (.*)\n/.exec(FILES)!;
    const { stdout } = await run(["check", ...files!.split(" ")], { cwd });
    const shape = (text: string) => text.replaceAll(/\d+/g, "0");
    const [, shown] = /task verify [^\n]*\n```\n\n```\n(.*?)```/s.exec(FILES)!;
    assert.equal(shape(shown!), shape(stdout));
  }));

/** Those that somebody who begins may meet. */
const TOLD: readonly ConnectProblem[] = [
  "expired",
  "selfSigned",
  "unknownAuthority",
  "wantsCertificate",
  "refusesCertificate",
  "noTls",
  "perhapsTls",
  "perhapsWebSocket",
  "noWebSocket",
];

Deno.test("lib/mqtt/README.md tells of the problems with a connection, in the program's words", () => {
  const { problems } = sentences("en").connect;
  for (const name of TOLD) {
    const [, state] = /": (.*)\n/.exec(problems[name]("x"))!;
    assert.ok(BROKERS.includes(`\`${state}\``), name);
  }
});

Deno.test("README.md has at most 200 lines, and no comment behind a pasted command", () => {
  assert.ok(README.split("\n").length <= 201);
  for (const text of [README, CONFIG, FILES, BROKERS]) {
    for (const [, block] of text.matchAll(/```\n(.*?)```/gs)) {
      for (const line of block!.split("\n").filter((line) => /\btask /.test(line))) {
        assert.doesNotMatch(line, /\s#|'/, "cmd.exe knows no comments and no '…'");
      }
    }
  }
});

Deno.test("the pages link to files that there are", async () => {
  const root = new URL("../../", import.meta.url);
  const pages = ["README.md", ".github/LISEZMOI.md", ".github/CONTRIBUTING.md", "lib/README.md"];
  pages.push(
    "lib/config/README.md",
    "lib/mqtt/README.md",
    "exports/README.md",
    ".github/WINDOWS.md",
  );
  for (const path of pages) {
    for (const [, to] of (await page(path)).matchAll(/\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)/g)) {
      await Deno.stat(to === "" ? new URL(path, root) : new URL(to!, new URL(path, root)));
    }
  }
});

Deno.test("French in the READMEs has no-break spaces before : ; ! ? and inside « »", async () => {
  const [, ours] = /^## En français$([^]*?)^## /m.exec(README)!;
  const [, windows] = (await page(".github/WINDOWS.md")).split("## En français");
  for (const french of [await page(".github/LISEZMOI.md"), ours!, windows!]) {
    const prose = french.replaceAll(/^```[^]*?^```$/gm, "").replaceAll(/`[^`]*`/g, "x");
    const [broken] = /.*(?:(?<!^\|[-| ]*) [:;!?»](?=\s|$)|«\s(?<!\u00a0)|^[:;»]).*/m.exec(prose) ??
      [];
    assert.equal(broken, undefined);
  }
});
