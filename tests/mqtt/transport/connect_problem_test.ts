import assert from "node:assert/strict";
import { showAddress } from "../../../lib/config/address.ts";
import { connectProblem } from "../../../lib/mqtt/transport/connect_problem.ts";
import { brokerError, ConnectionClosed } from "../../../lib/mqtt/transport/connection_errors.ts";
import { sentences } from "../../../lib/locale/mod.ts";
import { MalformedPacketError } from "../../../lib/mqtt/packets/properties.ts";

const host = "broker.example";

/** An error as TLS and sockets throw it. */
function failure(code: string, message = "", more = {}): Error {
  return Object.assign(new Error(message), { code, ...more });
}

const at = (scheme: "mqtt" | "mqtts" | "ws" | "wss", port = 1) => ({ scheme, host, port });

/** The name of the problem of a sentence, or any other sentence itself. */
function problemOf(...args: Parameters<typeof connectProblem>): string | undefined {
  const t = sentences("en");
  const said = connectProblem(...args)?.(t)("x");
  const named = Object.entries(t.connect.problems).find(([, say]) => say("x") === said);
  return named?.[0] ?? said;
}

Deno.test("connectProblem() distinguishes untrusted certificates", () => {
  const codes = {
    CERT_HAS_EXPIRED: "expired",
    CERT_NOT_YET_VALID: "notYetValid",
    DEPTH_ZERO_SELF_SIGNED_CERT: "selfSigned",
    SELF_SIGNED_CERT_IN_CHAIN: "unknownAuthority",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknownAuthority",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknownAuthority",
  };
  for (const scheme of ["mqtts", "wss"] as const) {
    for (const [code, problem] of Object.entries(codes)) {
      assert.equal(problemOf(at(scheme), failure(code)), problem);
    }
  }
});

Deno.test("connectProblem() lists the names of a certificate for another host, escaped", () => {
  const cert = { subjectaltname: "DNS:a.example, IP Address:192.0.2.7, DNS:\x1b[2J" };
  const cause = failure("ERR_TLS_CERT_ALTNAME_INVALID", "", { cert });
  const { message } = brokerError(at("mqtts"), cause);
  assert.equal(
    message.split("\n")[0],
    'Cannot connect to "mqtts://broker.example:1": its certificate is for another name: ' +
      "a.example, 192.0.2.7, \\x1b[2J",
  );
  const old = failure("ERR_TLS_CERT_ALTNAME_INVALID", "", {
    cert: { subjectaltname: "", subject: { CN: "old" } },
  });
  assert.match(brokerError(at("mqtts"), old).message, /another name: old\n/);
  assert.match(
    brokerError(at("mqtts"), failure("ERR_TLS_CERT_ALTNAME_INVALID")).message,
    /another name: \?\n/,
  );
});

Deno.test("connectProblem() recognises from TLS alerts that the broker refuses our certificate", () => {
  const alerts = {
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "wantsCertificate",
    ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: "handshakeRefused",
    ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "tlsVersion",
    ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR: "tlsFailed",
    ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "refusesCertificate",
    ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "refusesCertificate",
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "refusesCertificate",
    ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: "alpn",
    ERR_SSL_WRONG_VERSION_NUMBER: "noTls",
    ERR_TLS_CUT_OFF: "noTls",
    ECONNRESET: "tlsClosed",
  };
  for (const [code, problem] of Object.entries(alerts)) {
    assert.equal(problemOf(at("mqtts"), failure(code)), problem, code);
  }
});

Deno.test("connectProblem() does not advise a certificate that is given already", () => {
  const given = (ca?: string, cert?: string) =>
    ({ ...at("mqtts"), material: { ca, cert, key: undefined } }) as const;
  const untrusted = failure("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  const selfSigned = failure("DEPTH_ZERO_SELF_SIGNED_CERT");
  const required = failure("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  assert.equal(problemOf(given("x"), untrusted), "notOfCafile");
  assert.equal(problemOf(given("x"), selfSigned), "notOfCafile");
  assert.equal(problemOf(given(undefined, "x"), untrusted), "unknownAuthority");
  assert.equal(problemOf(given("x", "x"), required), "refusesCertificate");
  assert.equal(problemOf(given("x"), required), "wantsCertificate");
});

Deno.test("connectProblem() recognises a port that speaks no MQTT", () => {
  assert.equal(problemOf(at("mqtt", 1883), new ConnectionClosed()), "closed");
  assert.equal(problemOf(at("mqtt", 8883), new ConnectionClosed()), "perhapsTls");
  assert.equal(problemOf(at("mqtt"), failure("EPROTO")), "perhapsWebSocket");
  assert.equal(problemOf(at("ws"), failure("HPE_INVALID_CONSTANT")), "noWebSocket");
  assert.equal(problemOf(at("wss"), failure("ECONNRESET")), "noWebSocket");
  assert.equal(problemOf(at("ws"), failure("ERR_WS_NOT_FOR_MQTT")), "otherWebSocket");
});

Deno.test("connectProblem() distinguishes a malformed packet of a broker from another protocol", () => {
  const malformed = new MalformedPacketError("PUBLISH with QoS 3");
  malformed.sent = "6\\x06";
  assert.equal(problemOf(at("mqtt"), malformed), "perhapsWebSocket");
  malformed.afterConnack = true;
  const late = new ConnectionClosed(malformed);
  for (const scheme of ["mqtt", "wss"] as const) {
    assert.equal(
      brokerError(at(scheme), late).message.split("\n")[0],
      `Cannot connect to "${showAddress(at(scheme))}": it sent something that is not MQTT: ` +
        "a message with QoS 3 (6\\x06)",
    );
  }
});

Deno.test("connectProblem() finds an inner cause, and returns undefined for an unknown one", () => {
  const inner = new Error("outer", { cause: failure("CERT_HAS_EXPIRED") });
  assert.equal(problemOf(at("mqtts"), inner), "expired");
  for (const code of ["ECONNREFUSED", "ENOTFOUND", "constructor", "__proto__"]) {
    assert.equal(problemOf(at("mqtts"), failure(code)), undefined, code);
  }
  for (const odd of [undefined, null, "text", new Error("x"), {}]) {
    assert.equal(problemOf(at("mqtts"), odd), undefined);
  }
  const circle = new Error("a");
  circle.cause = circle;
  assert.equal(problemOf(at("mqtts"), circle), undefined);
});

Deno.test("connectProblem() has a state and a remedy for every problem in both languages", () => {
  for (const lang of ["en", "fr"] as const) {
    for (const [name, say] of Object.entries(sentences(lang).connect.problems)) {
      const [state = "", remedy = "", ...more] = say("a:1").split("\n");
      assert.match(state, /"a:1"|«\u00a0a:1\u00a0»/, name);
      assert.ok(state.length > 40 && remedy.length > 10 && more.length === 0, name);
      assert.doesNotMatch(state + remedy, /\.$/, name);
    }
  }
});
