import assert from "node:assert/strict";
import { isPropertiesText } from "../../lib/formats/properties_text.ts";
import { bytes } from "../support/arbitrary.ts";
import { packed, property, recordedOf } from "../support/with_properties.ts";

Deno.test("propertiesText() writes every property of a message under its name, in a fixed order", () => {
  const all = packed(
    property(0x26, "unit", "°C"),
    property(0x09, Uint8Array.of(0, 255, 10)),
    [0x02, 0xff, 0, 0, 1],
    property(0x08, "reply/here"),
    [0x0b, 0x80, 0x01],
    property(0x26, "unit", "K"),
    [0x01, 1],
    property(0x03, "text/plain"),
  );
  assert.equal(
    recordedOf(all),
    '{"contentType":"text/plain","responseTopic":"reply/here","correlationData":"AP8K",' +
      '"messageExpiryInterval":4278190081,"payloadFormatIndicator":1,' +
      '"userProperties":[["unit","°C"],["unit","K"]]}',
  );
});

Deno.test("propertiesText() omits absent properties and returns no text without any", () => {
  assert.equal(recordedOf(packed(property(0x03, ""))), '{"contentType":""}');
  assert.equal(recordedOf(packed([0x01, 0])), '{"payloadFormatIndicator":0}');
  assert.equal(recordedOf(packed(property(0x09, ""))), '{"correlationData":""}');
  assert.equal(recordedOf(packed()), "");
  assert.equal(recordedOf(packed([0x0b, 7])), "", "a subscription identifier says nothing of it");
  assert.equal(recordedOf(packed([0x23, 0, 7])), "", "nor does a topic alias");
  assert.equal(recordedOf(new Uint8Array(0)), "", "MQTT 3.1.1");
});

Deno.test("propertiesText() replaces invalid UTF-8 by U+FFFD", () => {
  assert.equal(
    recordedOf(packed(property(0x03, Uint8Array.of(65, 0xff, 66)))),
    '{"contentType":"A\ufffdB"}',
  );
});

Deno.test("propertiesText() reads properties longer than 127 bytes and names of any kind", () => {
  const pair = ["__proto__", "x".repeat(300)] as const;
  const text = recordedOf(packed(property(0x26, ...pair), property(0x26, "", "")));
  assert.deepEqual(JSON.parse(text), { userProperties: [pair, ["", ""]] });
});

Deno.test("isPropertiesText() accepts only the spelling of propertiesText()", () => {
  const is = (text: string) => isPropertiesText(bytes(text), 0, bytes(text).length);
  assert.ok(is('{"contentType":"a","payloadFormatIndicator":1}'));
  for (
    const text of [
      "",
      "{}",
      "null",
      "[]",
      '{"contentType": "a"}',
      '{"other":1}',
      '{"payloadFormatIndicator":1,"contentType":"a"}',
      '{"contentType":"a","contentType":"a"}',
      '{"contentType":"\\u0061"}',
    ]
  ) assert.ok(!is(text), text);
});
