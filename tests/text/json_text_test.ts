import assert from "node:assert/strict";
import { scanJson } from "../../lib/text/json_text.ts";
import { seeded } from "../support/arbitrary.ts";

/** The offset of the error that is found, and of the mark `»` that stands where it is. */
function errorIn(marked: string): readonly [number | undefined, number] {
  const at = marked.indexOf("»");
  return [scanJson(marked.replace("»", "")).errorAt, at];
}

Deno.test("scanJson() finds the offset of the first error", () => {
  for (
    const marked of [
      '{"port": 1883,\n»}',
      '{"port": 1883\n»"qos": 1}',
      "{»port: 1883}",
      "{»'port': 1883}",
      '{"port" »1883}',
      '{"port": »}',
      '{"port": »01}',
      '{"port": »1.}',
      '{"topic": ["a",»]}',
      '{"topic": ["a"»}',
      '{"output": »"C:\\data"}',
      '{"a": »"no end}',
      '{"a": 1} »x',
      '{"a": »True}',
      "»// comment\n{}",
      "»",
      '{"a": [1, 2»',
      '{"a": »nullify}',
    ]
  ) {
    const [found, expected] = errorIn(marked);
    assert.equal(found, expected, marked);
  }
});

Deno.test("scanJson() accepts what JSON.parse accepts, also of damaged texts", () => {
  const whole = '{"a": [1, -2.5e+3, "x\\n\\u00e9", true], "b": {"c": null, "": []}, "d": 0}\n';
  const random = seeded(7);
  const fragments = [
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "0",
    ".",
    "e",
    "-",
    " ",
    "t",
    "\n",
    "",
  ];
  for (let i = 0; i < 3_000; i++) {
    let text = whole;
    for (let n = random(3); n >= 0; n--) {
      const at = random(text.length + 1);
      text = text.slice(0, at) + fragments[random(fragments.length)] + text.slice(at + random(3));
    }
    let isJson = true;
    try {
      JSON.parse(text);
    } catch {
      isJson = false;
    }
    assert.equal(scanJson(text).errorAt === undefined, isJson, text);
  }
});

Deno.test("scanJson() lists the names of the outermost object, repeated ones included", () => {
  const { names } = scanJson('{"a": {"x": 1}, "b": [{"y": 2}], "\\u0061": "c"}');
  assert.deepEqual(names, ["a", "b", "a"]);
  assert.deepEqual(scanJson('["a", {"b": 1}]').names, []);
});

Deno.test("scanJson() accepts any depth", () => {
  assert.equal(scanJson("[".repeat(1e5) + "]".repeat(1e5)).errorAt, undefined);
  assert.equal(scanJson("[".repeat(1e5)).errorAt, 1e5);
});
