import assert from "node:assert/strict";
import { COLUMNS } from "../../lib/formats/fields.ts";
import { FLAGS } from "../../lib/config/flags.ts";
import { FORMATS } from "../../lib/formats/mod.ts";
import type { ConnectProblem } from "../../lib/locale/connect.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { SENSORS } from "../../lib/simulator/sensors/mod.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { inFolder, run } from "../support/program.ts";

const README = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** The reference's rows as lib/config/flags.ts has them. */
function flagRows(): string[] {
  return FLAGS.map((flag) => {
    const value = "value" in flag
      ? ` ${(typeof flag.value === "string" ? flag.value : flag.value.en).replaceAll("|", "\\|")}`
      : "";
    const short = "short" in flag ? `\`-${flag.short}\`, ` : "";
    const otherwise = "default" in flag ? `\`${flag.default}\`` : "";
    const again = "repeatable" in flag ? " (repeatable)" : "";
    return `| ${short}\`--${flag.name}${value}\` | ${otherwise} | ${flag.help.en}${again} |`
      .replace(/ {2,}/g, " ");
  });
}

Deno.test("the README documents every flag as lib/config/flags.ts defines it", () => {
  // `deno fmt` pads the cells.
  const rows = README.replace(/ {2,}/g, " ").split("\n").filter((line) =>
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

Deno.test("the README documents every column, cause and value of the gap ledger", async () => {
  const source = await Deno.readTextFile(new URL("../../lib/message/gap.ts", import.meta.url));
  const words = ["Cause", "SessionFate", "Risk"].flatMap((type) => {
    const [, union] = new RegExp(`export type ${type} =([^;]*);`).exec(source)!;
    return [...union!.matchAll(/"([^"]+)"/g)].map(([, word]) => word!);
  });
  assert.equal(words.length, 17);
  for (const word of words) assert.ok(README.includes(`\`${word}\``), word);
  assert.ok(README.includes("\nfrom,to,seconds,cause,session,at_risk\n"));
});

Deno.test("the README documents every column and every task it names", async () => {
  for (const column of COLUMNS) assert.ok(README.includes(`| \`${column}\``), column);
  assert.ok(README.includes(new TextDecoder().decode(FORMATS.csv.header).trim()));
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  for (const [, name] of README.matchAll(/(?:deno|deno@2\.9\.5) task (?:--quiet )?([a-z:]+)/g)) {
    assert.ok(tasks[name!], `task ${name}`);
  }
});

Deno.test("the README shows what --print-config makes of its example", () =>
  inFolder(async (cwd) => {
    const [, file] = /```json\n(.*?)```/s.exec(README)!;
    await Deno.writeTextFile(`${cwd}/house.json`, file!);
    const [, exported] = /\nexport (MQTTREC_.*)\n/.exec(README)!;
    const env = Object.fromEntries(exported!.split(" ").map((variable) => variable.split("=")));
    const [, flags] = /task start (.* --print-config) \| grep -v default\n/.exec(README)!;
    const { stdout } = await run(flags!.split(" "), { cwd, env });
    const [, shown] = /--print-config \| grep -v default\n```\n\n```\n(.*?)```/s.exec(README)!;
    assert.equal(stdout.replaceAll(/^.*default\n/gm, ""), shown);
  }));

Deno.test("the README shows what check says, but for the figures", () =>
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
    const [, files] = /deno task verify (.*)\n/.exec(README)!;
    const { stdout } = await run(["check", ...files!.split(" ")], { cwd });
    const shape = (text: string) => text.replaceAll(/\d+/g, "0");
    const [, shown] = /task verify [^\n]*\n```\n\n```\n(.*?)```/s.exec(README)!;
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

Deno.test("the README tells of the problems with a connection, in the program's words", () => {
  const { problems } = sentences("en").connect;
  for (const name of TOLD) {
    const [, state] = /": (.*)\n/.exec(problems[name]("x"))!;
    assert.ok(README.includes(`\`${state}\``), name);
  }
});
