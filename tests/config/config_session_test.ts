import assert from "node:assert/strict";
import type { Config } from "../../lib/config/config.ts";
import { escapeForTerminal } from "../../lib/text/escape.ts";
import { badValue, config, refusal } from "../support/configured.ts";

/** Asserts the values that a flag accepts, and the error for those it refuses. */
function assertTakes<T>(
  flag: string,
  good: Readonly<Record<string, T>>,
  bad: readonly string[],
  read: (config: Config) => T,
): void {
  for (const [typed, value] of Object.entries(good)) {
    assert.equal(read(config(`--${flag}`, typed)), value, typed);
  }
  for (const typed of bad) {
    const said = badValue(`--${flag}`, escapeForTerminal(typed));
    assert.equal(refusal(`--${flag}`, typed), said);
  }
}

Deno.test("makeConfig() reads the session expiry in whole seconds", () => {
  const good = {
    "0": 0,
    "0s": 0,
    "1ms": 1,
    "90": 90,
    "1.5m": 90,
    "2h": 7_200,
    "7d": 604_800,
    "4294967295": 4_294_967_295,
  };
  const bad = ["", "-1", "1w", "h", "1 h", "4294967296", "49711d", "1e3", "∞", "0x10"];
  assertTakes("session-expiry", good, bad, ({ sessionExpiryS }) => sessionExpiryS);
});

Deno.test("makeConfig() accepts keepalives of 1 to 65,535 s", () => {
  const bad = ["0", "65536", "-1", "", "30s", "1.5", "9".repeat(17)];
  assertTakes("keepalive", { "1": 1, "65535": 65_535, "007": 7 }, bad, (c) => c.keepaliveS);
});

Deno.test("makeConfig() accepts any client id of MQTT without control characters", () => {
  const long = "é".repeat(32_767);
  const good = Object.fromEntries(["a", "my recorder", "é/#", `${long}x`].map((id) => [id, id]));
  const bad = ["", `${long}xx`, "a\0", "a\nb", "\x1b[2J", "\x7f", "\x85", "\ud800"];
  assertTakes("client-id", good, bad, ({ clientId }) => clientId!);
});

Deno.test("makeConfig() reads --keep-session and --exit-on-error", () => {
  assert.equal(config("--keep-session").keepSession, true);
  assert.equal(config("--exit-on-error").exitOnError, true);
});
