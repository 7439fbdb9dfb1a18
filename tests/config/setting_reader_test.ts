import assert from "node:assert/strict";
import { UsageError } from "../../lib/locale/errors.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { type Origin, type Origins, SettingReader } from "../../lib/config/setting_reader.ts";

const en = sentences("en");

/** Two settings with these origins. */
function placed(port: Origin, broker: Origin): SettingReader {
  const origins: Origins = {
    port: { origin: port, name: "P" },
    broker: { origin: broker, name: "B" },
  };
  return new SettingReader(parseFlags(["--port", "1", "--broker", "a"]), origins);
}

Deno.test("SettingReader.prevails() prefers a flag to the environment, and that to a file", () => {
  const origins: readonly Origin[] = ["flag", "environment", "file"];
  for (const [i, port] of origins.entries()) {
    for (const [k, broker] of origins.entries()) {
      const reader = placed(port, broker);
      assert.equal(reader.prevails("port", "broker"), i <= k, `${port}, ${broker}`);
      assert.equal(reader.onCommandLine("port"), port === "flag");
    }
  }
  const alone = new SettingReader(parseFlags(["--port", "1"]));
  assert.deepEqual(
    [alone.prevails("port", "broker"), alone.prevails("broker", "port")],
    [true, false],
  );
});

Deno.test("SettingReader.bad() names a refused value as the user wrote it", () => {
  assert.equal(placed("file", "flag").label("port"), "P");
  assert.equal(new SettingReader({}).label("port"), "--port");
  const error = placed("environment", "flag").bad("port", "x\x1b");
  assert.ok(error instanceof UsageError);
  assert.equal(error.message, en.badValue("P", "x\\x1b", en.wanted["port"]!, "MQTTREC_PORT=8883"));
  assert.match(placed("file", "flag").bad("port", "x").message, /\nExample: "port": "8883"$/);
  assert.match(placed("flag", "file").bad("port", "x").message, /\nExample: --port 8883$/);
});

Deno.test("SettingReader.time() reads units, and seconds without one", () => {
  const times = {
    "10": 10_000,
    "500ms": 500,
    "1.5s": 1_500,
    "5m": 3e5,
    "2h": 7.2e6,
    "7d": 6.048e8,
    "1h30m": 5.4e6,
    "1h30": 5.4e6,
    "1,5h": 5.4e6,
    "1d2h3m4s5ms": 93_784_005,
    "2H": 7.2e6,
    "5min": 3e5,
    "2j": 1.728e8,
  };
  const any = () => true;
  for (const [text, ms] of Object.entries(times)) {
    assert.equal(new SettingReader({ duration: [text] }).time("duration", any), ms, text);
  }
  assert.equal(new SettingReader({}).time("duration", any), undefined);
  for (
    const bad of [
      "",
      "x",
      "-1",
      "1w",
      "1 s",
      "1e3",
      "٣",
      "30m1h",
      "1m1m",
      "1h5",
      "1h30m5",
      "h",
      "1.",
    ]
  ) {
    const reader = new SettingReader({ duration: [bad] });
    assert.throws(() => reader.time("duration", (ms) => ms >= 0), UsageError, bad);
  }
});
