import assert from "node:assert/strict";
import { maxTotal, rotationLimits } from "../../lib/config/rotation_limits.ts";
import { SettingReader } from "../../lib/config/setting_reader.ts";
import { UsageError } from "../../lib/locale/errors.ts";

const limits = (...values: string[]) => rotationLimits(new SettingReader({ rotate: values }));

Deno.test("rotationLimits() tells times, sizes and rows apart", () => {
  const none = { periodMs: undefined, bytes: undefined, rows: undefined };
  assert.equal(rotationLimits(new SettingReader({})), undefined);
  assert.deepEqual(limits("1h"), { ...none, periodMs: 3_600_000 });
  assert.deepEqual(limits("15m"), { ...none, periodMs: 900_000 });
  assert.deepEqual(limits("7d"), { ...none, periodMs: 7 * 86_400_000 });
  assert.deepEqual(limits("500MB"), { ...none, bytes: 500_000_000 });
  assert.deepEqual(limits("2GiB"), { ...none, bytes: 2 ** 31 });
  assert.deepEqual(limits("1000000"), { ...none, rows: 1_000_000 });
});

Deno.test("rotationLimits() takes the first of each kind that is reached", () => {
  assert.deepEqual(limits("1d", "1000", "6h", "1MB", "500"), {
    periodMs: 6 * 3_600_000,
    bytes: 1_000_000,
    rows: 500,
  });
});

Deno.test("rotationLimits() refuses what is none of these, and a capital M alone", () => {
  for (
    const bad of ["", "0", "0s", "100ms", "500M", "36h", "1.5d", "400d", "10B", "x", "1e6", "-5"]
  ) {
    assert.throws(() => limits(bad), UsageError, bad);
  }
});

Deno.test("maxTotal() refuses a size below that of one finished file, as each would be deleted", () => {
  const most = (value: string, ...rotate: string[]) => {
    const flags = rotate.length > 0 ? { rotate, "max-total": [value] } : { "max-total": [value] };
    const reader = new SettingReader(flags);
    return maxTotal(reader, rotationLimits(reader));
  };
  for (const [value, rotate] of [["0", "1d"], ["20", "100"], ["400MB", "500MB"]] as const) {
    assert.throws(() => most(value, rotate, "1h"), UsageError, value);
  }
  assert.equal(most("20GB", "1d"), 20e9);
  assert.equal(most("500MB", "500MB"), 500e6);
  assert.equal(most("0"), 0, "kept in a file for another start, with --rotate");
});
