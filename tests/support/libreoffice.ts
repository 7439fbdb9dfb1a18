/** LibreOffice Calc without a screen, under the locale of a language. */

import assert from "node:assert/strict";
import { basename } from "node:path";

/** A locale, and its number in the filters of LibreOffice. */
const LOCALES = { en: ["en-US", 1033], fr: ["fr-FR", 1036] } as const;

/** The language and what belongs to it. */
export type OfficeLanguage = keyof typeof LOCALES;

/** The only setting that differs from a fresh profile: the locale of numbers and dates. */
async function profile(folder: string, lang: OfficeLanguage): Promise<string> {
  const path = `${folder}/libreoffice_${lang}`;
  await Deno.mkdir(`${path}/user`, { recursive: true });
  await Deno.writeTextFile(
    `${path}/user/registrymodifications.xcu`,
    `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">\
<value>${LOCALES[lang][0]}</value></prop></item></oor:items>
`,
  );
  return `file://${path}`;
}

/**
 * Opens files and saves them anew, as workbooks or as `format`; returns their paths.
 *
 * A CSV file is opened as Excel of that language does at a double click: UTF-8, its separator, and
 * numbers and dates recognised. Needs the dialog's settings, which Excel takes from the system.
 *
 * @param folder For the profile and the files, which must not be there yet.
 * @param format As `--convert-to` takes it. @default {"xlsx"}
 */
export async function convert(
  paths: readonly string[],
  folder: string,
  lang: OfficeLanguage,
  format = "xlsx",
): Promise<readonly string[]> {
  const separator = lang === "fr" ? ";" : ",";
  const filter = `CSV:${separator.charCodeAt(0)},34,76,1,,${LOCALES[lang][1]},false,true`;
  const isCsv = paths.every((path) => path.endsWith(".csv"));
  const outcome = `${folder}/converted_${lang}`;
  const { success, stderr } = await new Deno.Command("soffice", {
    args: [
      `-env:UserInstallation=${await profile(folder, lang)}`,
      "--headless",
      ...(isCsv ? [`--infilter=${filter}`] : []),
      "--convert-to",
      format,
      "--outdir",
      outcome,
      ...paths,
    ],
    stdout: "null",
    stderr: "piped",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const [extension] = format.split(":");
  return paths.map((path) => `${outcome}/${basename(path).replace(/\.\w+$/, "")}.${extension}`);
}
