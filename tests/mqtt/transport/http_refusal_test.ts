import assert from "node:assert/strict";
import { describe } from "../../../lib/locale/errors.ts";
import { sentences } from "../../../lib/locale/mod.ts";
import { brokerError, isUnwanted } from "../../../lib/mqtt/transport/connection_errors.ts";
import { HttpRefusal } from "../../../lib/mqtt/transport/http_refusal.ts";
import { connectWebSocket } from "../../../lib/mqtt/transport/websocket.ts";
import { tcpPeer } from "./peer.ts";

const AT = { scheme: "ws", host: "127.0.0.1", path: "/mqtt" } as const;

/** The error of connecting to a server that answers so. */
async function refusal(status: string, ...headers: string[]): Promise<HttpRefusal> {
  await using peer = await tcpPeer();
  const connecting = connectWebSocket({ ...AT, port: peer.port }, new AbortController().signal);
  const answer = [`HTTP/1.1 ${status}`, ...headers, "Content-Length: 0", "", ""].join("\r\n");
  (await peer.accepted()).write(answer);
  const error = await connecting.then(() => undefined, (error) => error);
  assert.ok(error instanceof HttpRefusal, String(error));
  return error;
}

/** State and remedy, in English. */
function told(error: HttpRefusal): string[] {
  const [state = "", remedy = "", ...more] = brokerError({ ...AT, port: 80 }, error).message
    .split("\n");
  assert.deepEqual(more, []);
  return [state.replace('Cannot connect to "ws://127.0.0.1:80/mqtt": ', ""), remedy];
}

const CASES: readonly (readonly [status: string, header: string, state: string, remedy: RegExp])[] =
  [
    [
      "401 Unauthorized",
      "WWW-Authenticate: Bearer",
      "its web server wants a login before MQTT begins: HTTP 401 (Bearer)",
      /without an Authorization header/,
    ],
    [
      "403 Forbidden",
      "",
      "its web server does not allow us a WebSocket: HTTP 403",
      /for access/,
    ],
    [
      "403 Quota of 10 used up",
      "",
      "its web server does not allow us a WebSocket: HTTP 403 (Quota of 10 used up)",
      /for access/,
    ],
    [
      "407 Proxy Authentication Required",
      'Proxy-Authenticate: Basic realm="office"',
      'a proxy on the way wants a login: HTTP 407 (Basic realm="office")',
      /at no proxy/,
    ],
    ["426 Upgrade Required", "", "it answers HTTP 426 to a WebSocket", /proxy in front/],
    ["429 Too Many Requests", "", "it had too many requests: HTTP 429", /later/],
    [
      "502 Bad Gateway",
      "",
      "a proxy answers, but does not reach the broker: HTTP 502",
      /Start the broker/,
    ],
    [
      "503 Service Unavailable",
      "",
      "its web server or a proxy cannot serve us now: HTTP 503",
      /later/,
    ],
    [
      "504 Gateway Timeout",
      "",
      "a proxy answers, but does not reach the broker: HTTP 504",
      /Start the broker/,
    ],
    [
      "301 Moved Permanently",
      "Location: https://broker.example/mqtt",
      "it refers to another address: HTTP 301 (https://broker.example/mqtt)",
      /wss:\/\/ for https/,
    ],
    ["500 Internal Server Error", "", "its web server fails: HTTP 500", /log/],
    [
      "511 Network Authentication Required",
      "",
      "this network wants a login first: HTTP 511",
      /browser/,
    ],
    ["404 Not Found", "", "it answers HTTP 404 to a WebSocket", /^Check the path/],
    ["200 OK", "", "it answers HTTP 200 to a WebSocket", /^Check the path/],
  ];

Deno.test("brokerError() tells for each HTTP status why there is no WebSocket", async () => {
  for (const [status, header, state, remedy] of CASES) {
    const lines = told(await refusal(status, ...header === "" ? [] : [header]));
    assert.equal(lines[0], state);
    assert.match(lines[1]!, remedy, status);
    assert.equal(/path behind the port/.test(lines[1]!), /^(404|200)/.test(status), status);
  }
});

Deno.test("HttpRefusal quotes the server escaped and cut off", () => {
  const long = `\x1b[31m${"x".repeat(500)}`;
  const { answer } = new HttpRefusal({ statusCode: 403, statusMessage: long });
  assert.match(answer, /^HTTP 403 \(\\x1b\[31mx{195}\)$/);
});

Deno.test("isUnwanted() takes a refused HTTP login for refused credentials, a lost broker not", () => {
  const unwanted = (statusCode: number) => isUnwanted(new HttpRefusal({ statusCode }));
  assert.deepEqual([401, 403, 407].map(unwanted), [true, true, true]);
  assert.deepEqual([404, 429, 502, 503].map(unwanted), [false, false, false, false]);
});

Deno.test("HttpRefusal has a state and a remedy for every problem in both languages", () => {
  for (const lang of ["en", "fr"] as const) {
    for (const [problem, say] of Object.entries(sentences(lang).connect.http)) {
      const [state = "", remedy = "", ...more] = say("a:1", "HTTP 4").split("\n");
      assert.match(state, /HTTP 4/, problem);
      assert.ok(remedy.length > 10 && more.length === 0, problem);
    }
  }
  const error = brokerError({ ...AT, port: 80 }, new HttpRefusal({ statusCode: 502 }));
  assert.match(describe(error, sentences("fr")), /un proxy répond, mais n'atteint pas le broker/);
});
