import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { certificates, withoutOpenssl } from "../../support/certificates.ts";
import { freePort } from "../../support/program.ts";
import type { TlsConfig } from "../../../lib/config/connection_options.ts";
import { Secret } from "../../../lib/text/secret.ts";
import { connectTls, CUT_OFF } from "../../../lib/mqtt/transport/tls.ts";
import { assertGivesUp, assertWriterStops, testByteStream } from "./behaviour.ts";
import { type Peer, tcpPeer, tlsPeer } from "./peer.ts";

const host = "localhost";
const forEver = new AbortController().signal;
const folder = withoutOpenssl ? "" : await certificates();
const pem = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);

/** A server with this certificate. */
function serve(name: string, more = {}): Promise<Peer> {
  return tlsPeer({ cert: pem(`${name}.crt`), key: pem(`${name}.key`), ...more });
}

function connect(
  port: number,
  tls: Partial<TlsConfig> = {},
  own?: string,
  signal: AbortSignal = forEver,
) {
  const material = {
    ca: pem("authority.crt"),
    cert: own && pem(`${own}.crt`),
    key: own === undefined ? undefined : new Secret(pem(`${own}.key`)),
  };
  return connectTls({ scheme: "mqtts", host, port, tls, material }, signal);
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `TLS: ${name}`, ignore: withoutOpenssl, fn });
}

testByteStream("TLS", () => serve("server"), (port) => connect(port), withoutOpenssl);
testByteStream(
  "TLS 1.2",
  () => serve("server", { maxVersion: "TLSv1.2" }),
  (port) => connect(port),
  withoutOpenssl,
);

for (const maxVersion of ["TLSv1.2", "TLSv1.3"]) {
  for (
    const [name, code] of [
      ["expired", "CERT_HAS_EXPIRED"],
      ["early", "CERT_NOT_YET_VALID"],
      ["elsewhere", "ERR_TLS_CERT_ALTNAME_INVALID"],
      ["selfSigned", "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ] as const
  ) {
    test(`connectTls() refuses a certificate that is ${name}, ${maxVersion}`, async () => {
      await using peer = await serve(name, { maxVersion });
      await assert.rejects(connect(peer.port), { code });
      // Also with a client certificate.
      await assert.rejects(connect(peer.port, {}, "client"), { code });
    });
  }
}

test("connectTls() accepts a certificate for another name with that servername", async () => {
  await using peer = await serve("elsewhere");
  (await connect(peer.port, { servername: "broker.example" })).close();
  await assert.rejects(connect(peer.port, { servername: "other.example" }), {
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
});

test("connectTls() accepts every certificate with insecure", async () => {
  for (const name of ["expired", "elsewhere", "selfSigned"]) {
    await using peer = await serve(name);
    (await connect(peer.port, { insecure: true })).close();
  }
});

test("connectTls() offers an ALPN name, and fails if the server refuses it", async () => {
  await using peer = await serve("server", { ALPNProtocols: ["mqtt"] });
  (await connect(peer.port, { alpn: "mqtt" })).close();
  await assert.rejects(connect(peer.port, { alpn: "x-amzn-mqtt-ca" }), {
    code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
  });
});

test("connectTls() refuses a server without TLS", async () => {
  await using peer = await tcpPeer();
  const connecting = connect(peer.port);
  (await peer.accepted()).write("HTTP/1.1 400 Bad Request\r\n\r\n");
  await assert.rejects(connecting, { code: "ERR_SSL_WRONG_VERSION_NUMBER" });
});

test("connectTls() distinguishes a handshake that is cut off from a connection that is", async () => {
  await using peer = await tcpPeer();
  const connecting = connect(peer.port);
  (await peer.accepted()).destroy();
  await assert.rejects(connecting, { code: CUT_OFF });
});

test("write() waits for a peer that does not read", async () => {
  await using peer = await serve("server");
  // Deno's own TLS server reads without limit; the network in between does not.
  await using network = await tcpPeer();
  const connecting = connect(network.port);
  const stream = await network.accepted();
  const onward = createConnection({ host, port: peer.port });
  onward.on("error", () => {}).pipe(stream).pipe(onward);
  const byteStream = await connecting;
  stream.unpipe(onward).pause();
  await assertWriterStops(byteStream);
  byteStream.close();
  onward.destroy();
});

test("connectTls() rejects where nothing listens", async () => {
  await assert.rejects(connect(freePort()), { code: "ECONNREFUSED" });
});

test("connectTls() rejects a handshake when the signal aborts", async () => {
  await assertGivesUp((port, signal) => connect(port, {}, undefined, signal));
});
