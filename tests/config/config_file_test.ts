import assert from "node:assert/strict";
import { parseConfigFile, readConfigFile } from "../../lib/config/config_file.ts";
import { UsageError } from "../../lib/locale/errors.ts";
import { FLAGS } from "../../lib/config/flags.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { inFolder } from "../support/program.ts";

const { settings } = sentences("en");
const { types } = settings;

const parse = (text: string) => parseConfigFile(text, "c.json");

/** The message of the UsageError for this text. */
function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  assert.fail(`accepted: ${text}`);
}

Deno.test("parseConfigFile() reads every setting as if it were typed", () => {
  assert.deepEqual(
    parse('{"broker": "h", "port": 1884, "topic": ["a", "b"], "quiet": true, "simulate": false}'),
    { broker: ["h"], port: ["1884"], topic: ["a", "b"], quiet: ["true"], simulate: [] },
  );
  assert.deepEqual(parse('\uFEFF{"topic": "a,b"}\r\n'), { topic: ["a,b"] });
  assert.deepEqual(parse("{}"), {});
});

Deno.test("parseConfigFile() keeps numbers as they are written", () => {
  assert.deepEqual(parse('{"password": 1.0, "client-id": 12345678901234567890, "topic": [7]}'), {
    password: ["1.0"],
    "client-id": ["12345678901234567890"],
    topic: ["7"],
  });
});

Deno.test("parseConfigFile() accepts every flag that is a setting, and no other", () => {
  const never = ["config", "print-config", "help", "version"];
  for (const flag of FLAGS) {
    const text = JSON.stringify({ [flag.name]: "value" in flag ? "x" : true });
    if (!never.includes(flag.name)) assert.ok(flag.name in parse(text));
    else assert.match(refusal(text), /no such setting exists/);
  }
});

Deno.test("parseConfigFile() suggests the closest setting for an unknown one", () => {
  for (const typed of ["prot", "--port", "Port"]) {
    assert.equal(refusal(`{"${typed}": 1}`), settings.unknownKey(`${typed} (c.json)`, "port"));
  }
  assert.match(refusal('{"sessionExpiry": 1}'), /"session-expiry"/);
  for (const odd of ["__proto__", "constructor", "", "zzzzzzzzzzz"]) {
    assert.equal(refusal(`{"${odd}": 1}`), settings.unknownKey(`${odd} (c.json)`, undefined));
  }
});

Deno.test("parseConfigFile() names the expected type", () => {
  const cases = {
    '"port": true': settings.wrongType("port (c.json)", types.value, '"port": "8883"'),
    '"port": null': settings.wrongType("port (c.json)", types.value, '"port": "8883"'),
    '"port": [1]': settings.wrongType("port (c.json)", types.value, '"port": "8883"'),
    '"port": {}': settings.wrongType("port (c.json)", types.value, '"port": "8883"'),
    '"quiet": "true"': settings.wrongType("quiet (c.json)", types.switch, '"quiet": true'),
    '"quiet": 1': settings.wrongType("quiet (c.json)", types.switch, '"quiet": true'),
    '"topic": []': settings.wrongType("topic (c.json)", types.list, '"topic": ["sensors/#"]'),
    '"topic": ["a", null]': settings.wrongType(
      "topic (c.json)",
      types.list,
      '"topic": ["sensors/#"]',
    ),
  };
  for (const [text, error] of Object.entries(cases)) assert.equal(refusal(`{${text}}`), error);
});

Deno.test("parseConfigFile() refuses a repeated setting", () => {
  assert.equal(refusal('{"port": 1, "qos": 1, "port": 2}'), settings.keyTwice("port (c.json)"));
});

Deno.test("parseConfigFile() reports line and column of invalid JSON, and requires one object", () => {
  assert.equal(refusal('{\r\n  "port": 1,\r\n}'), settings.notJson("c.json", 3, 1, false));
  assert.equal(refusal(""), settings.notJson("c.json", 1, 1, false));
  for (const text of ["[]", "null", '"x"', "1"]) {
    assert.equal(refusal(text), settings.notObject("c.json"));
  }
});

Deno.test("parseConfigFile() quotes no value of the file in its errors", () => {
  for (
    const text of [
      '{"password": "secret" "port": 1}',
      '{"password": "secret}',
      '{"password": ["secret"]}',
      '{"broker": ["mqtt://a:secret@b"]}',
      '{"password": secret}',
      '"secret"',
    ]
  ) assert.doesNotMatch(refusal(text), /secret/, text);
  assert.match(parseRefusal("{\u202e\x1b[2J}", "\x1b[2J.json"), /^[^\p{Cc}\p{Cf}]*\n[^\n]*$/u);
});

function parseRefusal(text: string, path: string): string {
  try {
    parseConfigFile(text, path);
  } catch (error) {
    return (error as Error).message;
  }
  assert.fail("accepted");
}

Deno.test("readConfigFile() reports which file it cannot read, and why", () =>
  inFolder(async (folder) => {
    const path = `${folder}/none.json`;
    await assert.rejects(readConfigFile(path), {
      name: "UsageError",
      message: `Cannot read "${path}": no such file or folder\nCheck the path`,
    });
    await Deno.writeTextFile(path, '{"qos": 2}');
    assert.deepEqual(await readConfigFile(path), { qos: ["2"] });
  }));
