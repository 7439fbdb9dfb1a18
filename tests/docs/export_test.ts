import assert from "node:assert/strict";
import { EXPORT_FLAGS } from "../../lib/export/export_flags.ts";
import { EXCEL_LOCALES } from "../../lib/export/excel_locales.ts";
import { EXTENSIONS } from "../../lib/export/formats.ts";
import { MAX_DEPTH } from "../../lib/fields/json_fields.ts";

const page = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
const FILES = await page("exports/README.md");
const [, SECTION] = /\n## Open it in Excel, pandas, DuckDB\n(.*?)\n## /s.exec(FILES)!;

Deno.test("exports/README.md documents every flag of export as export_flags.ts defines it", () => {
  const rows = SECTION!.replace(/ {2,}/g, " ").split("\n").filter((line) =>
    /^\| (?:`-\w`, )?`--/.test(line)
  );
  const expected = EXPORT_FLAGS.map((flag) => {
    const value = "value" in flag
      ? ` ${(typeof flag.value === "string" ? flag.value : flag.value.en).replaceAll("|", "\\|")}`
      : "";
    const short = "short" in flag ? `\`-${flag.short}\`, ` : "";
    const again = "repeatable" in flag ? " (repeatable)" : "";
    return `| ${short}\`--${flag.name}${value}\` | ${flag.help.en}${again} |`;
  });
  assert.deepEqual(rows, expected);
});

Deno.test("exports/README.md names every kind of table, Excel's languages and the depth of fields", () => {
  for (const extension of EXTENSIONS) assert.ok(SECTION!.includes(`\`.${extension}\``), extension);
  for (const locale of EXCEL_LOCALES.keys()) {
    assert.match(SECTION!, new RegExp(`[ \`]${locale}[ \`]`), locale);
  }
  assert.ok(SECTION!.includes(`to ${MAX_DEPTH} levels`));
});
