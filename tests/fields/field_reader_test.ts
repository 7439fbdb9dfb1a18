import assert from "node:assert/strict";
import { fieldBudget, FieldNode } from "../../lib/fields/field_node.ts";
import { FieldReader, type FieldReaderOptions } from "../../lib/fields/field_reader.ts";
import { BOOLEAN, INTEGER, NULL, NUMBER } from "../../lib/fields/field_list.ts";
import { byteClassesOf } from "../../lib/message/byte_classes.ts";

type Value = [name: string, value: unknown, unit?: string];

/** The fields of payloads in turn, read by one reader: names, and numbers, booleans, null, texts. */
function readAll(payloads: (string | Uint8Array)[], options: FieldReaderOptions = {}): Value[][] {
  const reader = new FieldReader(options);
  const root = FieldNode.root(fieldBudget());
  return payloads.map((payload) => {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    // In the middle of other bytes, as in a batch.
    const all = new Uint8Array(bytes.length + 9).fill(57);
    all.set(bytes, 4);
    const end = 4 + bytes.length;
    reader.read(all, 4, end, byteClassesOf(all, 4, end), root);
    const { fields } = reader;
    return Array.from({ length: fields.count }, (_, i): Value => {
      const kind = fields.kinds[i]!, n = fields.numbers[i]!;
      const value = kind === NUMBER || kind === INTEGER
        ? n
        : kind === BOOLEAN
        ? n === 1
        : kind === NULL
        ? null
        : reader.text(i);
      const { name } = fields.nodes[i]!;
      return fields.unit === undefined ? [name, value] : [name, value, fields.unit];
    });
  });
}

const read = (payload: string | Uint8Array, options?: FieldReaderOptions) =>
  readAll([payload], options)[0]!;

Deno.test("FieldReader reads a plain payload as a number, a switch or a text", () => {
  const cases: [string, unknown][] = [
    ["21.5", 21.5],
    ["-0.25", -0.25],
    ["22.50\n", 22.5],
    ["1e3", 1000],
    ["9007199254740991", 9007199254740991],
    ["0.1", 0.1],
    ["123456.789012345", 123456.789012345],
    ["1.7976931348623157e308", 1.7976931348623157e308],
    ["true", true],
    ["false", false],
    ["ON", "ON"],
    ["True", "True"],
    ["", ""],
    ["null", null],
    // What a number could not give back.
    ["007", "007"],
    ["+5", "+5"],
    ["1.", "1."],
    [".5", ".5"],
    ["1e400", "1e400"],
    ["1e-400", "1e-400"],
    ["1152921504606846976", "1152921504606846976"],
    ["-9007199254740993", "-9007199254740993"],
    ["9007199254740993.5", "9007199254740993.5"],
    ["NaN", "NaN"],
    ["3/4", "3/4"],
    ["=1+1", "=1+1"],
    ["21,5", "21,5"],
    ["  ", "  "],
    ["two\r\nlines", "two\r\nlines"],
    ["😀 é", "😀 é"],
    ["2026-11-26", "2026-11-26"],
  ];
  for (const [payload, value] of cases) assert.deepEqual(read(payload), [["", value]], payload);
});

Deno.test("FieldReader tells a unit from other text after a number", () => {
  for (
    const [payload, value, unit] of [
      ["21.5 °C", 21.5, "°C"],
      ["55%", 55, "%"],
      ["-3.2C", -3.2, "C"],
      ["230 V", 230, "V"],
      ["12\u00a0µg/m³", 12, "µg/m³"],
      ["3 apples", 3, "apples"],
    ] as const
  ) assert.deepEqual(read(payload), [["", value, unit]], payload);
  for (const text of ["12ab", "0x1F", "1.2.3", "10:30", "5 GHz WLAN", "12 34", "7°C?\u0007 x"]) {
    assert.deepEqual(read(text), [["", text]]);
  }
  // The unit of one message is not that of the next one.
  assert.deepEqual(readAll(["1 V", "2"]), [[["", 1, "V"]], [["", 2]]]);
});

Deno.test("FieldReader gives the fields of JSON dotted names, also late ones", () => {
  assert.deepEqual(
    readAll([
      '{"state":{"temperature":21.5,"on":true},"list":[1,[2,"x"]],"none":null}',
      ' {"late":"yes","state":{"on":false}} ',
      '[{"a":1},{"a":2}]',
    ]),
    [
      [["state.temperature", 21.5], ["state.on", true], ["list.0", 1], ["list.1.0", 2], [
        "list.1.1",
        "x",
      ], ["none", null]],
      [["late", "yes"], ["state.on", false]],
      [["0.a", 1], ["1.a", 2]],
    ],
  );
});

Deno.test("FieldReader loses nothing of JSON: big integers, empty objects, escapes, repeated keys", () => {
  assert.deepEqual(read('{"id":1152921504606846976,"e":{},"l":[],"s":""}'), [
    ["id", "1152921504606846976"],
    ["e", "{}"],
    ["l", "[]"],
    ["s", ""],
  ]);
  assert.deepEqual(read(String.raw`{"a\"b":"\u00e9\n","n\u0061me":1,"nul":"a\u0000b"}`), [
    ['a"b', "é\n"],
    ["name", 1],
    ["nul", "a\0b"],
  ]);
  assert.deepEqual(read('"a text"'), [["", "a text"]]);
  assert.deepEqual(read('{"a":1,"a":2,"a":{"b":3}}'), [["a", 1], ["a", 2], ["a.b", 3]]);
});

Deno.test("FieldReader keeps two keys of the same dotted name apart", () => {
  const reader = new FieldReader();
  const bytes = new TextEncoder().encode('{"a.b":1,"a":{"b":2}}');
  reader.read(bytes, 0, bytes.length, 0, FieldNode.root(fieldBudget()));
  const [one, other] = reader.fields.nodes;
  assert.deepEqual([one!.name, other!.name], ["a.b", "a.b"]);
  assert.notEqual(one, other);
});

Deno.test("FieldReader gives the same fields the same nodes, whatever their order", () => {
  const reader = new FieldReader();
  const root = FieldNode.root(fieldBudget());
  const nodes = ['{"a":1,"b":2,"c":3}', '{"c":1,"a":2,"b":3}', '{"b":1,"c":1,"a":0}'].map(
    (text) => {
      const bytes = new TextEncoder().encode(text);
      reader.read(bytes, 0, bytes.length, 0, root);
      return new Map(reader.fields.nodes.slice(0, 3).map((node) => [node.name, node]));
    },
  );
  assert.equal(new Set(nodes.flatMap((map) => [...map.values()])).size, 3);
});

Deno.test("FieldReader takes names such as __proto__ for names", () => {
  assert.deepEqual(read('{"__proto__":{"x":1},"constructor":2,"toString":3}'), [
    ["__proto__.x", 1],
    ["constructor", 2],
    ["toString", 3],
  ]);
});

Deno.test("FieldReader leaves what is no JSON a text, whole", () => {
  for (
    const text of [
      '{"a":1',
      '{"a":1}}',
      "{a:1}",
      '{"a":NaN}',
      '{"a":007}',
      '{"a":1,}',
      "[1 2]",
      "[",
      '{"a":"\u0001"}',
      String.raw`{"a":"\x"}`,
      String.raw`{"a":"\u12"}`,
      '"open',
      "{} {}",
      '{"a":tru}',
      '{"a" 1}',
    ]
  ) {
    assert.deepEqual(read(text), [["", text]]);
    assert.throws(() => JSON.parse(text));
  }
});

Deno.test("FieldReader keeps what lies deeper than 16 levels as JSON text", () => {
  const deep = (n: number, inner: string) => "[".repeat(n) + inner + "]".repeat(n);
  const zeros = Array(16).fill(0).join(".");
  assert.deepEqual(read(deep(16, "5")), [[zeros, 5]]);
  assert.deepEqual(read(deep(17, "5")), [[zeros, "[5]"]]);
  const inner = '{"a": [1, {}, {"b":"c"}], "d":[] }';
  assert.deepEqual(read(deep(16, inner)), [[zeros, inner]]);
  // A hundred thousand levels need no stack.
  assert.equal(read(deep(100_000, "1"))[0]![0], zeros);
  for (const broken of [deep(17, "1 2"), deep(17, "{"), deep(16, '{"a":1,}'), `${deep(17, "")}]`]) {
    assert.deepEqual(read(broken), [["", broken]]);
  }
});

Deno.test("FieldReader agrees with JSON.parse on random documents, whole and damaged", () => {
  let seed = 7;
  const random = (n: number) => {
    seed = Math.imul(seed, 1664525) + 1013904223 >>> 0;
    return Math.floor(seed / 2 ** 32 * n);
  };
  const make = (depth: number): unknown => {
    const kind = random(depth > 3 ? 5 : 8);
    if (kind === 0) return random(1e6) / 10 ** random(7);
    if (kind === 1) return -random(1e9);
    if (kind === 2) return ["x", "é\n", '"q"', "\\", "\u2028", "😀"][random(6)];
    if (kind === 3) return [true, false, null][random(3)];
    if (kind === 4) return random(2) ? [] : {};
    const entries = Array.from({ length: 1 + random(4) }, (_, i) => [`k${i}`, make(depth + 1)]);
    return kind === 5 ? entries.map(([, value]) => value) : Object.fromEntries(entries);
  };
  const flat = (value: unknown, name: string): Value[] => {
    if (typeof value !== "object" || value === null) return [[name, value]];
    const entries = Object.entries(value);
    if (entries.length === 0) return [[name, JSON.stringify(value)]];
    return entries.flatMap(([key, inner]) => flat(inner, name === "" ? key : `${name}.${key}`));
  };
  for (let round = 0; round < 3000; round++) {
    const value = { root: make(0) };
    const text = JSON.stringify(value, null, random(3));
    assert.deepEqual(read(text), flat(value, ""));
    const at = random(text.length);
    const damaged = `${text.slice(0, at)}${'{}[],:"x0\n\\'[random(11)]}${
      text.slice(at + random(2))
    }`.toWellFormed();
    let expected: Value[] = [["", damaged]];
    try {
      expected = flat(JSON.parse(damaged), "");
    } catch { /* It stays text. */ }
    // An empty object keeps its white space.
    const found = read(damaged).map(([name, value]): Value => [
      name,
      typeof value === "string" ? value.replace(/^([[{])\s+([\]}])$/, "$1$2") : value,
    ]);
    // A repeated key, which JSON.parse drops, and -0 are the only differences.
    if (found.length === expected.length) assert.deepEqual(found, expected, damaged);
    else assert.ok(found.length > expected.length, damaged);
  }
});

Deno.test("FieldReader takes off the NUL that ends a C string, and shows bytes in base64", () => {
  const bytes = (...values: number[]) => new Uint8Array(values);
  assert.deepEqual(read("21.5\0"), [["", 21.5]]);
  assert.deepEqual(read('{"a":1}\0\0'), [["a", 1]]);
  assert.deepEqual(read("a\0b"), [["", "YQBi"]]);
  assert.deepEqual(read(bytes(0)), [["", "AA=="]]);
  assert.deepEqual(read(bytes(255, 254, 0)), [["", "//4A"]]);
});

Deno.test("FieldReader makes switches numbers when asked to, and nothing else", () => {
  const options = { switchesAsNumbers: true };
  for (const [text, value] of [["ON", 1], ["off", 0], ["True", 1], ["false", 0]] as const) {
    assert.deepEqual(read(text, options), [["", value]]);
  }
  assert.deepEqual(read('{"a":true,"b":"OFF","c":"once","d":"on\\u0020"}', options), [
    ["a", 1],
    ["b", 0],
    ["c", "once"],
    ["d", "on "],
  ]);
});

Deno.test("FieldReader stays bounded where every message has new keys", () => {
  const budget = { nodes: 10, characters: 1000, exceeded: false };
  const reader = new FieldReader();
  const root = FieldNode.root(budget);
  for (let i = 0; i < 1000; i++) {
    const bytes = new TextEncoder().encode(`{"key${i}":{"x":${i}},"y":1}`);
    reader.read(bytes, 0, bytes.length, 0, root);
    const { nodes, numbers, count } = reader.fields;
    assert.deepEqual(
      [count, nodes[0]!.name, numbers[0], nodes[1]!.name],
      [2, `key${i}.x`, i, "y"],
    );
  }
  assert.deepEqual([budget.nodes, budget.exceeded], [0, true]);
});
