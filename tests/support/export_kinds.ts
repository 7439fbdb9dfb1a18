/**
 * A recording of every kind of payload that `export` meets, with the fields that each has to become:
 * written by hand, so that no code of the program says what is right.
 */

import type { Message } from "../../lib/message/message.ts";
import { bytes, START } from "./arbitrary.ts";

/**
 * A field as a person reads the payload: a number, a boolean, a text, or the `null` of JSON. Bytes
 * that are no text are expected in base64.
 */
export interface ExpectedField {
  /** Dotted path; empty for the payload itself. */
  readonly field: string;
  readonly value: number | boolean | string | null;
  readonly unit?: string;
}

/** One message, and what is in it. */
export interface Kind {
  /** What it stands for. */
  readonly name: string;
  readonly topic: string;
  readonly payload: string | Uint8Array;
  /** Fields in the order in which the payload has them. */
  readonly fields: readonly ExpectedField[];
}

type Fields = Readonly<Record<string, ExpectedField["value"]>>;

/** A payload that is one value. */
function plain(
  name: string,
  payload: string | Uint8Array,
  value: ExpectedField["value"],
  { unit, topic = `kinds/${name.replaceAll(/[^a-z0-9]+/gi, "_")}` }: {
    readonly unit?: string;
    readonly topic?: string;
  } = {},
): Kind {
  return {
    name,
    topic,
    payload,
    fields: [{ field: "", value, ...(unit === undefined ? {} : { unit }) }],
  };
}

/** A payload that stays the text it is. */
function text(name: string, payload: string, topic?: string): Kind {
  return plain(name, payload, payload, topic === undefined ? {} : { topic });
}

/** A JSON payload; its fields by path. */
function json(name: string, topic: string, payload: string | Uint8Array, fields: Fields): Kind {
  const listed = Object.entries(fields).map(([field, value]) => ({ field, value }));
  return { name, topic, payload, fields: listed };
}

const PLAIN: readonly Kind[] = [
  plain("number", "21.5", 21.5, { topic: "home/kitchen/temperature" }),
  plain("integer", "42", 42),
  plain("zero", "0", 0),
  plain("negative number", "-12.5", -12.5),
  plain("exponent", "1.5e-3", 0.0015),
  plain("all digits of a double", "0.30000000000000004", 0.30000000000000004),
  plain("number with spaces around", " 21.5\n", 21.5),
  plain("2^53 - 1", "9007199254740991", 9007199254740991),
  text("2^60", "1152921504606846976"),
  text("above what a double holds", "1e400"),
  text("leading zeros", "007"),
  text("NaN", "NaN"),
  text("Infinity", "-Infinity"),
  text("fraction that Excel takes for a date", "3/4"),
  text("date", "2026-11-23"),
  text("time of day", "10:30"),
  text("version number", "1.2.3"),
  text("decimal comma", "21,5"),
  text("hexadecimal", "0x1F"),
  text("phone number", "+33612345678"),
  plain("number with a unit", "21.5 °C", 21.5, { unit: "°C" }),
  plain("percent", "45 %", 45, { unit: "%" }),
  plain("negative number with a unit", "-71 dBm", -71, { unit: "dBm" }),
  text("ON", "ON", "home/lamp/state"),
  text("OFF", "OFF", "home/lamp/state"),
  plain("true", "true", true),
  plain("false", "false", false),
  plain("null", "null", null),
  text("empty", ""),
  text("only spaces", "   "),
  text("multi-line text", "first line\nsecond line\r\nthird\rfourth"),
  text("emoji", "🌡️ 21 — 温度 ✓"),
  text("right-to-left", "\u202eمرحبا\u202c"),
  text("formula", "=1+1"),
  text("formula that runs a program", '=cmd|" /C calc"!A0'),
  text("formula by plus", "+1+1"),
  text("formula by minus", "-1+1"),
  text("formula by at", "@SUM(A1:A9)"),
  text("formula by tabulator", "\t=1+1"),
  text("quotes and separators", "a \"quoted\", text; with\ttabs | and 'all'"),
  text("escape sequence of xlsx", "_x0041_ and _x000D_"),
  text("control characters", "\x01\x02\x1b[31mred\x1b[0m\x7f"),
  text("not characters of XML", "\ufffe\uffff \ufeff"),
  text("markup", "<b>&amp;</b> ]]>"),
  text("spaces around", "  padded  "),
  text("NULL", "NULL"),
  text("NA", "NA"),
  plain("no UTF-8", Uint8Array.of(0xff, 0xfe, 0x00, 0x80), "//4AgA=="),
  plain("binary with line breaks", Uint8Array.of(13, 10, 0xc3, 34, 44), "DQrDIiw="),
  plain("trailing NUL", "21.5\0", 21.5),
  plain("trailing NUL after text", "ready\0", "ready"),
  plain("NUL in the middle", "a\0b", bytes("a\0b").toBase64()),
];

const JSON_SHAPES: readonly Kind[] = [
  json("JSON text", "kinds/json_text", '"21.5"', { "": "21.5" }),
  json("nested", "kinds/nested", '{"state":{"temperature":21.5,"on":true},"id":"s1"}', {
    "state.temperature": 21.5,
    "state.on": true,
    id: "s1",
  }),
  json("array", "kinds/array", "[1.5,2,[3]]", { "0": 1.5, "1": 2, "2.0": 3 }),
  json("array of objects", "kinds/array_of_objects", '{"r":[{"v":1},{"v":2.5,"u":"V"}]}', {
    "r.0.v": 1,
    "r.1.v": 2.5,
    "r.1.u": "V",
  }),
  json("values of JSON", "kinds/values", '{"a":null,"b":true,"c":"","d":[],"e":{},"f":-0.5}', {
    a: null,
    b: true,
    c: "",
    d: "[]",
    e: "{}",
    f: -0.5,
  }),
  json(
    "large numbers in JSON",
    "kinds/large",
    '{"n":1152921504606846976,"o":9007199254740991,"p":1e400}',
    { n: "1152921504606846976", o: 9007199254740991, p: "1e400" },
  ),
  json("escapes", "kinds/escapes", String.raw`{"a\"b":"l1\nl2","é":"é","s":"=1+1","z":"007"}`, {
    'a"b': "l1\nl2",
    "é": "é",
    s: "=1+1",
    z: "007",
  }),
  json("white space", "kinds/white_space", '\r\n{ "t" :\t21.5 }\n', { t: 21.5 }),
  json("trailing NUL after JSON", "kinds/json_nul", '{"t":21.5}\0', { t: 21.5 }),
  {
    name: "key that comes twice",
    topic: "kinds/twice",
    payload: '{"a":1,"a":2}',
    fields: [{ field: "a", value: 1 }, { field: "a", value: 2 }],
  },
  {
    name: "two paths of one name",
    topic: "kinds/colliding",
    payload: '{"a.b":1,"a":{"b":2}}',
    fields: [{ field: "a.b", value: 1 }, { field: "a.b", value: 2 }],
  },
  text("broken JSON", '{"t":21.5', "kinds/broken"),
  text("NaN in JSON", '{"t":NaN}', "kinds/broken"),
  text("JSON with a comment", '{"t":1} // x', "kinds/broken"),
  text("several JSON values", '{"t":1}{"t":2}', "kinds/broken"),
  json("path that another topic is", "kinds/level", '{"sub":1}', { sub: 1 }),
  plain("topic that another path is", "2", 2, { topic: "kinds/level/sub" }),
  json("capital letters", "kinds/case", '{"T":1,"t":2}', { T: 1, t: 2 }),
  plain("topic in capital letters", "3", 3, { topic: "KINDS/CASE" }),
  plain("changing type: number", "1", 1, { topic: "kinds/changing" }),
  text("changing type: text", "unavailable", "kinds/changing"),
  plain("changing type: boolean", "true", true, { topic: "kinds/changing" }),
  json("changing type: object", "kinds/changing", '{"v":4}', { v: 4 }),
  plain("changing unit", "70.7 °F", 70.7, { topic: "kinds/changing_unit", unit: "°F" }),
  plain("changed unit", "21.5 °C", 21.5, { topic: "kinds/changing_unit", unit: "°C" }),
  plain("topic like a formula", "4", 4, { topic: "=1+1" }),
  plain("topic with spaces and emoji", "5", 5, { topic: "kinds/🌡️ salon, nord" }),
];

const DEVICES: readonly Kind[] = [
  json(
    "Zigbee2MQTT",
    "zigbee2mqtt/Salon",
    '{"battery":91,"humidity":45.32,"last_seen":"2026-11-23T10:00:00+01:00","linkquality":120,' +
      '"temperature":21.57,"update":{"installed_version":16777241,"state":"idle"},' +
      '"update_available":null,"contact":false}',
    {
      battery: 91,
      humidity: 45.32,
      last_seen: "2026-11-23T10:00:00+01:00",
      linkquality: 120,
      temperature: 21.57,
      "update.installed_version": 16777241,
      "update.state": "idle",
      update_available: null,
      contact: false,
    },
  ),
  text("Zigbee2MQTT bridge", "online", "zigbee2mqtt/bridge/state"),
  json(
    "Tasmota",
    "tele/plug/SENSOR",
    '{"Time":"2026-11-23T10:00:00","ENERGY":{"Total":12.345,"Power":60,"Factor":0.85,' +
      '"Voltage":231,"Current":0.309},"TempUnit":"C"}',
    {
      Time: "2026-11-23T10:00:00",
      "ENERGY.Total": 12.345,
      "ENERGY.Power": 60,
      "ENERGY.Factor": 0.85,
      "ENERGY.Voltage": 231,
      "ENERGY.Current": 0.309,
      TempUnit: "C",
    },
  ),
  text("Tasmota state", "ON", "stat/plug/POWER"),
  plain("Shelly, first generation", "12.30", 12.3, {
    topic: "shellies/shelly1pm-1A2B/relay/0/power",
  }),
  json(
    "Shelly, second generation",
    "shellyplus1pm-1a2b/status/switch:0",
    '{"id":0,"source":"init","output":true,"apower":8.9,"aenergy":{"total":6.532,' +
      '"by_minute":[45.199,47.141],"minute_ts":1795600800},"temperature":{"tC":23.5,"tF":74.3}}',
    {
      id: 0,
      source: "init",
      output: true,
      apower: 8.9,
      "aenergy.total": 6.532,
      "aenergy.by_minute.0": 45.199,
      "aenergy.by_minute.1": 47.141,
      "aenergy.minute_ts": 1795600800,
      "temperature.tC": 23.5,
      "temperature.tF": 74.3,
    },
  ),
  json(
    "The Things Stack",
    "v3/app@ttn/devices/dev1/up",
    '{"end_device_ids":{"device_id":"dev1","dev_eui":"0004A30B001C0530"},' +
      '"received_at":"2026-11-23T10:00:00.123456789Z","uplink_message":{"f_port":1,' +
      '"frm_payload":"gkHJ","decoded_payload":{"temperature":1.0,"batt":3.6},' +
      '"rx_metadata":[{"gateway_ids":{"gateway_id":"gtw1"},"rssi":-35,"snr":5.2}]}}',
    {
      "end_device_ids.device_id": "dev1",
      "end_device_ids.dev_eui": "0004A30B001C0530",
      received_at: "2026-11-23T10:00:00.123456789Z",
      "uplink_message.f_port": 1,
      "uplink_message.frm_payload": "gkHJ",
      "uplink_message.decoded_payload.temperature": 1,
      "uplink_message.decoded_payload.batt": 3.6,
      "uplink_message.rx_metadata.0.gateway_ids.gateway_id": "gtw1",
      "uplink_message.rx_metadata.0.rssi": -35,
      "uplink_message.rx_metadata.0.snr": 5.2,
    },
  ),
  plain("ESPHome", "21.53", 21.53, { topic: "esphome/sensor/temperature/state" }),
  text("ESPHome without a value", "nan", "esphome/sensor/temperature/state"),
  text("Homie", "ready", "homie/boiler/$state"),
  json(
    "late field",
    "zigbee2mqtt/Salon",
    '{"battery":90,"temperature":21.6,"illuminance":120,"action":"press"}',
    { battery: 90, temperature: 21.6, illuminance: 120, action: "press" },
  ),
];

/** All of them, in order of time. */
export const KINDS: readonly Kind[] = [...PLAIN, ...JSON_SHAPES, ...DEVICES];

/**
 * The messages of {@linkcode KINDS}: 1,237 ms apart, so that all milliseconds occur, with every QoS
 * and both flags.
 */
export function kindMessages(): Message[] {
  return KINDS.map(({ topic, payload }, i) => ({
    time: START + i * 1237,
    topic,
    payload: typeof payload === "string" ? bytes(payload) : payload,
    qos: (i % 3) as Message["qos"],
    retain: i % 5 === 0,
    dup: i % 3 > 0 && i % 7 === 0,
  }));
}
