import assert from "node:assert/strict";
import { hostPort, parseAddress, type Scheme, showAddress } from "../../lib/config/address.ts";
import { UsageError } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";

/** The parts of an address that are neither undefined nor empty. */
function read(text: string): Record<string, unknown> | undefined {
  const written = parseAddress(text);
  if (written === undefined) return undefined;
  const entries = Object.entries({ ...written, password: written.password?.reveal() });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== ""));
}

Deno.test("parseAddress() reads hosts and ports in every notation", () => {
  const cases: Record<string, Record<string, unknown>> = {
    "localhost": { host: "localhost" },
    "example.com:1884": { host: "example.com", port: 1884 },
    "mqtt://example.com": { scheme: "mqtt", host: "example.com" },
    "MQTT://example.com:1884/": { scheme: "mqtt", host: "example.com", port: 1884 },
    "tcp://example.com": { scheme: "mqtt", host: "example.com" },
    "ssl://example.com": { scheme: "mqtts", host: "example.com" },
    "192.0.2.7:1": { host: "192.0.2.7", port: 1 },
    "::1": { host: "::1" },
    "[::1]": { host: "::1" },
    "[::1]:1885": { host: "::1", port: 1885 },
    "[fe80::1%eth0]:1": { host: "fe80::1%eth0", port: 1 },
    "mqtts://[2001:db8::1]:1885": { scheme: "mqtts", host: "2001:db8::1", port: 1885 },
    "my_broker-1.local": { host: "my_broker-1.local" },
    "example.com.": { host: "example.com." },
    // As the network knows it [RFC 5891].
    "bücher.example:1884": { host: "xn--bcher-kva.example", port: 1884 },
    "mqtts://BÜCHER.example": { scheme: "mqtts", host: "xn--bcher-kva.example" },
    "bu\u0308cher.example": { host: "xn--bcher-kva.example" },
  };
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual(read(text), expected);
});

Deno.test("parseAddress() reads the path of a WebSocket, /mqtt by default", () => {
  assert.deepEqual(read("ws://a"), { scheme: "ws", host: "a", path: "/mqtt" });
  assert.deepEqual(read("wss://a:1/"), { scheme: "wss", host: "a", port: 1, path: "/mqtt" });
  assert.deepEqual(read("ws://a/ws/x?y=1"), { scheme: "ws", host: "a", path: "/ws/x?y=1" });
});

Deno.test("parseAddress() reads user and password, percent-encoded or plain", () => {
  const cases: Record<string, [username: string | undefined, password: string | undefined]> = {
    "anna@a": ["anna", undefined],
    "anna:x@a": ["anna", "x"],
    "mqtt://anna:a%40b%2F@a": ["anna", "a@b/"],
    "mqtt://app1@ttn:NNSXS.key@a": ["app1@ttn", "NNSXS.key"],
    "app1%40ttn:a@a": ["app1@ttn", "a"],
    "mqtt://vh:anna:x@a": ["vh", "anna:x"],
    "mqtt://vh%3Aanna:x@a": ["vh:anna", "x"],
    "wss://anna:x@a/mqtt?token=y@z": ["anna", "x"],
    "mqtt://anna:100%@a": ["anna", "100%"],
    "mqtt://anna:@a": ["anna", ""],
    "mqtt://:x@a": [undefined, "x"],
  };
  for (const [text, [username, password]] of Object.entries(cases)) {
    const written = parseAddress(text);
    assert.deepEqual([written?.username, written?.password?.reveal()], [username, password], text);
    assert.equal(written?.host, "a");
  }
});

Deno.test("parseAddress() takes an @ in the query of a WebSocket for a part of it", () => {
  for (const place of ["a", "a:1"]) {
    const written = parseAddress(`wss://${place}/mqtt?user=anna@example.com`)!;
    assert.deepEqual([written.host, written.path], ["a", "/mqtt?user=anna@example.com"]);
  }
  assert.equal(parseAddress("wss://a/devices/anna@home")?.path, "/devices/anna@home");
});

Deno.test("parseAddress() refuses a password with a bare / ? or #, and names what to write", () => {
  for (
    const text of ["anna:a/b@h", "mqtt://anna:a/b@h", "mqtts://anna:a?b@h", "mqtt://anna:a#b@h"]
      .concat("mqtt://anna:a@b/c:d@h", "wss://anna:12/3@h/mqtt", "wss://anna:12?3@h/mqtt")
      .concat("wss://anna:a@b/c@h/mqtt")
  ) {
    assert.throws(() => parseAddress(text), (error: Error) => {
      assert.equal(error.message, sentences("en").connect.cutAtSlash);
      return error.message.includes("%40");
    }, text);
  }
});

Deno.test("parseAddress() leaves blanks around an address out, as the URL standard does", () => {
  assert.equal(parseAddress(" mqtt://a:1 \r\n")?.host, "a");
});

Deno.test("parseAddress() returns undefined for what is no address", () => {
  for (
    const text of ["", " ", "a b", "a:", "a:x", ":1883", "[::1", "mqtt://", "a/b", "mqtt://a/path"]
      .concat(
        "mqtt://a?x",
        "a#b",
        "[localhost]",
        "a\0",
        "[::1]x",
        ":::",
        "ws://a/#",
        "ws://a/ b",
        ".",
        "a..b",
        ".a",
      )
  ) assert.equal(parseAddress(text), undefined, text);
});

Deno.test("parseAddress() refuses other schemes", () => {
  for (const scheme of ["http", "https", "amqp", "constructor"]) {
    assert.throws(() => parseAddress(`${scheme}://a`), UsageError);
  }
});

Deno.test("showAddress() shows plain MQTT as host:port and all else as a URL", () => {
  const at = (scheme: Scheme, path: string) => ({ scheme, host: "::1", port: 1, path });
  assert.equal(hostPort({ host: "a", port: 2 }), "a:2");
  assert.equal(showAddress({ host: "a", port: 2 }), "a:2");
  assert.equal(showAddress(at("mqtt", "")), "[::1]:1");
  assert.equal(showAddress(at("mqtts", "")), "mqtts://[::1]:1");
  assert.equal(showAddress(at("wss", "/mqtt")), "wss://[::1]:1/mqtt");
});
