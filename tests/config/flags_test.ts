import assert from "node:assert/strict";
import { UsageError } from "../../lib/locale/errors.ts";
import { FLAGS, helpText, langTyped, parseFlags, variableOf } from "../../lib/config/flags.ts";
import { sentences } from "../../lib/locale/mod.ts";

const en = sentences("en"), fr = sentences("fr");

/** The message of the UsageError for this command line. */
function refusal(...argv: string[]): string {
  try {
    parseFlags(argv);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  assert.fail(`accepted: ${argv.join(" ")}`);
}

Deno.test("parseFlags() returns nothing for an empty command line", () => {
  assert.deepEqual(parseFlags([]), {});
});

Deno.test("parseFlags() reads every flag of the table in both notations", () => {
  for (const flag of FLAGS) {
    if (!("value" in flag)) {
      assert.deepEqual(parseFlags([`--${flag.name}`]), { [flag.name]: ["true"] });
    } else {
      const value = "otherwise" in flag ? "5m" : "x";
      assert.deepEqual(parseFlags([`--${flag.name}`, value]), { [flag.name]: [value] });
      assert.deepEqual(parseFlags([`--${flag.name}=x`]), { [flag.name]: ["x"] });
    }
  }
});

Deno.test("parseFlags() takes --wait without a value, and only a number behind it for one", () => {
  assert.deepEqual(parseFlags(["--wait"]), { wait: ["yes"] });
  assert.deepEqual(parseFlags(["--wait", "--quiet"]), { wait: ["yes"], quiet: ["true"] });
  assert.deepEqual(parseFlags(["--wait", "10m", "--quiet"]), { wait: ["10m"], quiet: ["true"] });
  assert.throws(() => parseFlags(["--wait", "house/#"]), UsageError);
});

Deno.test("parseFlags() keeps values as they are typed", () => {
  for (
    const value of [
      "007",
      "1e3",
      "0x10",
      "true",
      "false",
      "a=b",
      "a\nb",
      "",
      "-",
      " ",
      "é",
      "__proto__",
    ]
  ) {
    assert.deepEqual(parseFlags(["--topic", value]).topic, [value]);
    assert.deepEqual(parseFlags([`--topic=${value}`]).topic, [value]);
  }
});

Deno.test("parseFlags() reads negative numbers as values, for a range error", () => {
  assert.deepEqual(parseFlags(["--interval", "-1", "--simulate"]), {
    interval: ["-1"],
    simulate: ["true"],
  });
  assert.deepEqual(parseFlags(["--port", "-0.5"]).port, ["-0.5"]);
});

Deno.test("parseFlags() keeps repeated topics in order and refuses other repetitions", () => {
  assert.deepEqual(parseFlags(["--topic", "b", "--qos", "1", "--topic=a"]).topic, ["b", "a"]);
  assert.equal(refusal("--port", "1", "--port", "2"), en.givenTwice("--port"));
  assert.equal(refusal("--quiet", "--quiet"), en.givenTwice("--quiet"));
  assert.equal(refusal("-h", "--help"), en.givenTwice("--help"));
});

Deno.test("parseFlags() reads -h as --help", () => {
  assert.deepEqual(parseFlags(["-h"]), { help: ["true"] });
});

Deno.test("parseFlags() suggests the closest flag for an unknown one", () => {
  const cases = {
    "--brokr": "--broker",
    "--topics": "--topic",
    "--Topic": "--topic",
    "-topic": "--topic",
    "--simulated": "--simulate",
    "--embedded": "--embedded-broker",
    "--intervall": "--interval",
    "--out": "--output",
    "--no-quiet": "--quiet",
  };
  for (const [typed, meant] of Object.entries(cases)) {
    assert.equal(refusal(typed), en.unknownFlag(typed, meant));
  }
  assert.equal(refusal("--zzzzzzzz"), en.unknownFlag("--zzzzzzzz", undefined));
  for (const name of ["--__proto__", "--constructor", "--toString=1"]) {
    assert.ok(refusal(name).startsWith("Cannot"));
  }
});

Deno.test("parseFlags() refuses a flag without its value", () => {
  assert.equal(refusal("--topic"), en.missingValue("--topic", '--topic "sensors/#"'));
  assert.equal(refusal("--topic", "--qos", "1"), en.missingValue("--topic", '--topic "sensors/#"'));
  assert.equal(refusal("--output", "-h"), en.missingValue("--output", "--output exports/monday"));
});

Deno.test("parseFlags() refuses a value for a switch", () => {
  assert.equal(refusal("--quiet=yes"), en.unexpectedValue("--quiet"));
  assert.equal(refusal("--quiet="), en.unexpectedValue("--quiet"));
  assert.equal(refusal("--quiet", "true"), en.strayArgument("true"));
});

Deno.test("parseFlags() refuses arguments that belong to no flag", () => {
  for (const stray of ["sensors/#", "-1", "--", "-", "", "5"]) {
    assert.equal(refusal(stray), en.strayArgument(stray));
  }
  assert.equal(refusal("--topic", "a", "b"), en.strayArgument("b"));
  assert.match(refusal("home/#"), /--topic "home\/#"$/);
  assert.match(refusal("--duration", "2", "hours"), /--broker, .* --topic; a value is one word$/);
  assert.equal(refusal("--topic", "it's", "b"), en.strayArgument("b"));
});

Deno.test("parseFlags() escapes its errors and hides passwords in them", () => {
  assert.ok(refusal("a\x1b[2J").includes("\\x1b"));
  assert.ok(refusal("--x\x1b[2J").includes("\\x1b"));
  for (const typed of ["mqtt://user:secret@host", "--broke=mqtt://user:secret@host"]) {
    assert.ok(!refusal(typed).includes("secret"), refusal(typed));
  }
});

Deno.test("parseFlags() shows no password that is joined to its flag, or without quotes", () => {
  for (const typed of ["-Psecret", "-psecret", "-uanna:secret", "--passwordsecret"]) {
    const said = refusal(typed);
    assert.ok(!said.includes("secret"), said);
    assert.match(said, /^Cannot use flag "-.*\*\*\*".*\nWrite: --?\w+ VALUE$/);
  }
  for (const argv of [["-P", "my", "secret"], ["--password=my", "secret"]]) {
    assert.equal(refusal(...argv), en.strayArgument("***"));
  }
  assert.equal(refusal("-q1"), en.joinedValue("-q1", "-q"));
  assert.equal(refusal("-tsensors/#"), en.joinedValue("-tsensors/#", "-t"));
  assert.equal(refusal("-password", "x"), en.unknownFlag("-password", "--password"));
});

Deno.test("parseFlags() knows what other programs call a flag", () => {
  const cases = {
    "--host": "--broker",
    "--file": "--output",
    "--pw": "--password",
    "--timeout": "--duration",
    "-L": "--broker",
    "-v": "--verbose",
    "--FILE": "--output",
  };
  for (const [typed, name] of Object.entries(cases)) {
    assert.equal(refusal(typed, "x"), en.unknownFlag(typed, name));
  }
  assert.equal(refusal("-h", "192.0.2.7"), en.hostBehindHelp("192.0.2.7"));
});

Deno.test("variableOf() names the variable of a flag", () => {
  assert.equal(variableOf("session-expiry"), "MQTTREC_SESSION_EXPIRY");
});

Deno.test("langTyped() finds the language on an invalid command line", () => {
  assert.deepEqual(langTyped(["--nonsense", "--lang", "fr"]), { lang: ["fr"] });
  assert.deepEqual(langTyped(["--lang=fr", "--nonsense"]), { lang: ["fr"] });
  assert.deepEqual(langTyped(["--nonsense"]), {});
  assert.deepEqual(langTyped(["--lang"]), {});
});

Deno.test("helpText() lists every flag and its default, in both languages", () => {
  for (const t of [en, fr]) {
    const help = helpText(t).replaceAll(/[ \n]+/g, " ");
    for (const flag of FLAGS) {
      assert.ok(help.includes(`--${flag.name}`));
      assert.ok(help.includes(flag.help[t.lang]));
      if ("default" in flag) assert.ok(help.includes(`${t.help.default} ${flag.default}`));
    }
    assert.ok(help.includes("-h, --help"));
  }
});

Deno.test("helpText() shows examples, then the four flags to know, then the others in groups", () => {
  for (const t of [en, fr]) {
    const lines = helpText(t).split("\n");
    const at = (text: string) => lines.findIndex((line) => line.includes(text));
    const names = lines.map((line) => /^ {2}(?:-\w, )?--([\w-]+)/.exec(line)?.[1])
      .filter((name) => name !== undefined);
    assert.deepEqual(names.slice(0, 4), ["broker", "topic", "output", "username"]);
    assert.deepEqual(names.toSorted(), FLAGS.map(({ name }) => name).toSorted());
    const groups = [t.help.examples, ...t.help.groups].map(at);
    assert.deepEqual(groups, groups.toSorted((a, b) => a - b));
    for (const line of groups) assert.equal(lines[line - 1], "");
  }
});

Deno.test("helpText() in French has no English value names or sentences", () => {
  assert.doesNotMatch(helpText(fr), /HOST|FILTER|PATH|TIME|SECONDS|\bthe\b|\bof\b/);
});

Deno.test("helpText() fits 80 columns, and its flags a narrower terminal", () => {
  for (const t of [en, fr]) {
    for (const line of helpText(t).split("\n")) assert.ok(line.length <= 80, line);
    const flags = helpText(t, 60).split("\n").filter((line) => /^ {2}.* {2}/.test(line));
    assert.ok(flags.length > 40);
    // An address is a word that is not cut.
    for (const line of flags) assert.ok(line.length <= 60 || line.includes("://"), line);
  }
});

Deno.test("parseFlags() tells that cmd.exe cuts a value in '…' at its blanks", () => {
  const { quotedValue } = en.settings;
  for (const words of [["'my", "house'"], ["'my", "own", "house'"]]) {
    const text = words.join(" ");
    assert.equal(refusal("--output", ...words), quotedValue("--output", text, text.slice(1, -1)));
  }
  assert.equal(refusal("-u", "anna", "-P", "'my", "secret'"), en.strayArgument("***"));
});
