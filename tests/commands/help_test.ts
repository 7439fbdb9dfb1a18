import assert from "node:assert/strict";
import { FLAGS } from "../../lib/config/flags.ts";
import { screensOf } from "../../lib/help/mod.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { width } from "../../lib/text/width.ts";
import { inFolder, run } from "../support/program.ts";

const LANGS = ["en", "fr"] as const;

Deno.test("every screen of mqttrec help fits 24 rows of 80 columns, and names flags that there are", () => {
  const names = FLAGS.map(({ name }) => name);
  for (const lang of LANGS) {
    for (const [name, screen] of Object.entries(screensOf(lang))) {
      const rows = screen.split("\n");
      assert.ok(rows.length <= 24, `${lang} ${name}: ${rows.length}`);
      for (const row of rows) assert.ok(width(row) <= 80, row);
      for (const [, flag] of screen.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g)) {
        const isOurs = names.includes(flag as typeof names[number]) ||
          ["help", "repair", "now"].includes(flag!);
        assert.ok(isOurs, `${lang} ${name}: --${flag}`);
      }
      if (lang === "fr") assert.doesNotMatch(screen.replaceAll("/ ? ", ""), / [:;!?»](?!\S)|« /);
    }
  }
});

Deno.test("the first screen of mqttrec help names all others", () => {
  for (const lang of LANGS) {
    const { start, ...others } = screensOf(lang);
    for (const name of Object.keys(others)) {
      assert.ok(start!.includes(`mqttrec help ${name}`), name);
    }
  }
});

Deno.test("mqttrec help prints a screen in the language asked for, and refuses an unknown one", () =>
  inFolder(async (cwd) => {
    for (const lang of LANGS) {
      const { code, stdout, stderr } = await run(["help", "--lang", lang], { cwd });
      assert.deepEqual([code, stdout, stderr], [0, `${screensOf(lang).start}\n`, ""]);
      const other = await run(["help", "TLS", `--lang=${lang}`], { cwd });
      assert.equal(other.stdout, `${screensOf(lang).tls}\n`);
      const t = sentences(lang);
      const unknown = await run(["help", "exel", "--lang", lang], { cwd });
      assert.equal(
        unknown.stderr,
        `${t.live.noScreen("exel", "files, excel, service, tls", "excel")}\n`,
      );
      assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
    }
  }));

Deno.test("only mqttrec help loads its screens", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL("../../main.ts", import.meta.url).pathname],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const main = modules.find(({ specifier }: { specifier: string }) =>
    specifier.endsWith("/main.ts")
  );
  const entry = main.dependencies.find(({ specifier }: { specifier: string }) =>
    specifier.endsWith("/help.ts")
  );
  assert.equal(entry.isDynamic, true);
});
