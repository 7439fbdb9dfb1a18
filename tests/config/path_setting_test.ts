import assert from "node:assert/strict";
import { makeConfig, refuseQuotes } from "../../lib/config/config.ts";
import { parseConfigFile } from "../../lib/config/config_file.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { pathOf, pathProblem } from "../../lib/config/path_setting.ts";
import { SettingReader } from "../../lib/config/setting_reader.ts";
import { UsageError } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { en, refusal } from "../support/configured.ts";

const { settings } = en;

Deno.test("pathProblem() finds what Windows takes for something else than a file", () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    "C:\\data\\house": undefined,
    "C:house": undefined,
    "exports/house.v2": undefined,
    "..\\.\\house": undefined,
    "\\\\server\\share\\house": undefined,
    "C:\\Mes données\\été (1) & 'x' #%!": undefined,
    "console\\nullable\\company1": undefined,
    // Taken as they stand behind \\?\ and \\.\.
    "\\\\?\\C:\\data\\a. ": undefined,
    "\\\\.\\pipe\\a:b": undefined,
    "//?/C:/data/a.": undefined,
    "C:\\data\\10:30": "colon",
    "house:2026": "colon",
    "file:///C:/data": "colon",
    "C:\\data\\a<b": "character",
    "a>b": "character",
    'a"b': "character",
    "a|b": "character",
    "what?": "character",
    "a*": "character",
    "NUL": "device",
    "nul.csv": "device",
    "C:\\data\\Aux .json\\house": "device",
    "con": "device",
    "COM1": "device",
    "lpt\u00b2.x": "device",
    "conout$": "device",
    "house.": "ending",
    "house ": "ending",
    "C:\\data.\\house": "ending",
    "...": "ending",
    "C:\\a\tb": "control",
    "\\\\?\\C:\\a\nb": "control",
  };
  for (const [path, problem] of Object.entries(cases)) {
    assert.equal(pathProblem(path, true), problem, path);
    // Elsewhere these are ordinary names, but for control characters.
    assert.equal(pathProblem(path, false), problem === "control" ? problem : undefined, path);
  }
});

Deno.test("pathOf() names the setting and the reason, in both languages", () => {
  const reader = new SettingReader(parseFlags(["--output", "C:\\data\\10:30"]));
  for (const lang of ["en", "fr"] as const) {
    const t = sentences(lang);
    assert.throws(() => pathOf(reader, "output", true), (error) => {
      assert.ok(error instanceof UsageError);
      const { pathProblems, badPath } = t.settings;
      const said = badPath("--output", "C:\\data\\10:30", pathProblems.colon, false);
      assert.equal(error.say(t, String), said);
      return true;
    });
  }
  assert.equal(pathOf(reader, "output", false), "C:\\data\\10:30");
  assert.equal(pathOf(reader, "cafile", true), undefined);
});

Deno.test("makeConfig() refuses a control character in every path", () => {
  const flags = ["output", "password-file", "cafile", "cert", "key", "key-password-file"];
  for (const flag of flags) {
    assert.equal(
      refusal(`--${flag}`, "a\tb", "--username", "anna"),
      settings.badPath(`--${flag}`, "a\\tb", settings.pathProblems.control, false),
    );
  }
});

Deno.test("makeConfig() tells how a backslash is written in a file", () => {
  const text = String.raw`{"output": "C:\temp"}`;
  const flags = parseConfigFile(text, "c.json");
  const origins = { output: { origin: "file", name: "output (c.json)" } } as const;
  assert.throws(() => makeConfig(flags, () => undefined, origins), {
    message: settings.badPath(
      "output (c.json)",
      "C:\\temp",
      settings.pathProblems.control,
      true,
    ),
  });
  for (const path of ["C:\\data", "C:\\temp\\data", "C:\\Users", "C:\\u12", "\\x"]) {
    const text = `{"output": "${path}"}`;
    assert.throws(() => parseConfigFile(text, "c.json"), {
      message: settings.notJson("c.json", 1, 12, true),
    }, text);
  }
  // A text that is broken for another reason.
  assert.throws(() => parseConfigFile('{"output": "C:\\\\data}', "c.json"), {
    message: settings.notJson("c.json", 1, 12, false),
  });
});

Deno.test("makeConfig() tells that cmd.exe keeps '…', for a value that is none with them", () => {
  for (const [flag, value] of [["--broker", "localhost"], ["--qos", "1"], ["--format", "csv"]]) {
    const said = settings.quotedValue(flag!, `'${value}'`, value!);
    assert.equal(refusal(flag!, `'${value}'`), said);
  }
});

Deno.test("refuseQuotes() refuses names in '…' on Windows, and no password", () => {
  const reader = new SettingReader(parseFlags(["-u", "'anna'", "-P", "'secret'"]));
  assert.throws(() => refuseQuotes(reader, true), {
    message: settings.quotedValue("--username", "'anna'", "anna"),
  });
  refuseQuotes(reader, false);
  refuseQuotes(new SettingReader(parseFlags(["-u", "o'anna'", "-P", "'secret'"])), true);
  const path = new SettingReader(parseFlags(["--output", "'C:\\data'"]));
  assert.throws(() => pathOf(path, "output", true), {
    message: settings.quotedValue("--output", "'C:\\data'", "C:\\data"),
  });
});

Deno.test("makeConfig() refuses an output beside which the gap log could not have its name", () => {
  for (
    const [name, rotates, fits] of [
      ["é".repeat(120), false, true],
      ["n".repeat(241), false, false],
      ["é".repeat(121), false, false],
      ["n".repeat(215), true, true],
      ["n".repeat(216), true, false],
    ] as const
  ) {
    const output = `${"folder/".repeat(50)}${name}`;
    const flags = ["--output", output, ...rotates ? ["--rotate", "1d"] : []];
    const make = () => makeConfig(parseFlags(flags), () => undefined);
    if (fits) assert.equal(make().output, output);
    else {
      const wanted = settings.badPath(
        "--output",
        output,
        settings.nameTooLong(rotates ? 40 : 15),
        false,
      );
      assert.throws(make, (error) => error instanceof UsageError && error.message === wanted);
    }
  }
});
