/** Diagnoses why a broker cannot be reached from errors of TLS, HTTP and sockets. */

import { isTls, isWebSocket, type Place } from "../../config/address.ts";
import { escapeForTerminal } from "../../text/escape.ts";
import type { ConnectProblem } from "../../locale/mod.ts";
import type { Sentences } from "../../locale/mod.ts";
import type { TransportOptions } from "./transport_options.ts";
import { isCut } from "./cut_codes.ts";
import { HttpRefusal } from "./http_refusal.ts";
import { isOldForm, MalformedPacketError } from "../packets/properties.ts";

/** Ports that hardly ever speak plain MQTT. */
const TLS_PORTS = new Set([443, 8883, 8884, 8886, 8443]);

/** OpenSSL's codes for an untrusted certificate. */
const UNTRUSTED: Readonly<Record<string, ConnectProblem>> = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "notYetValid",
  DEPTH_ZERO_SELF_SIGNED_CERT: "selfSigned",
  SELF_SIGNED_CERT_IN_CHAIN: "unknownAuthority",
  UNABLE_TO_GET_ISSUER_CERT: "unknownAuthority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "unknownAuthority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "unknownAuthority",
};

/** Problems of a certificate, the broker's or ours, and of what both sides of TLS can do. */
const OF_CERTIFICATES = new Set<unknown>([
  ...Object.values(UNTRUSTED),
  "wantsCertificate",
  "refusesCertificate",
  "handshakeRefused",
  "tlsVersion",
  "alpn",
]);

/** Whether a connection fails for a certificate: trying again does not help. */
export function isCertificateProblem(cause: unknown): boolean {
  // The address matters to other problems only.
  const found = diagnose({ scheme: "mqtts", host: "", port: 0 }, cause);
  return OF_CERTIFICATES.has(found) || innermost(cause).code === "ERR_TLS_CERT_ALTNAME_INVALID";
}

/** A sentence that still needs the address. */
type Say = (t: Sentences) => (address: string) => string;

/** What the user gave for TLS, which is not advised again. */
type Given = Pick<TransportOptions, "material">;

/** The problem that is left where what would solve it is given already. */
const GIVEN: Readonly<Record<string, readonly ["ca" | "cert", ConnectProblem]>> = {
  selfSigned: ["ca", "notOfCafile"],
  unknownAuthority: ["ca", "notOfCafile"],
  wantsCertificate: ["cert", "refusesCertificate"],
};

/** The sentence for a failure; undefined for an unknown one. */
export function connectProblem(at: Place & Given, cause: unknown): Say | undefined {
  let found = diagnose(at, cause);
  const [given, left] = typeof found === "string" ? GIVEN[found] ?? [] : [];
  if (given !== undefined && at.material?.[given] !== undefined) found = left;
  return typeof found === "string" ? (t) => t.connect.problems[found] : found;
}

function diagnose(
  { scheme = "mqtt", port }: Place,
  cause: unknown,
): ConnectProblem | Say | undefined {
  const { code, message, origin } = innermost(cause);
  const tls = isTls(scheme);
  if (Object.hasOwn(UNTRUSTED, code)) return UNTRUSTED[code];
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const names = certificateNames(origin);
    return (t) => (address) => t.connect.wrongName(address, names);
  }
  if (origin instanceof HttpRefusal) {
    return (t) => (address) => t.connect.http[origin.problem](address, origin.answer);
  }
  // TLS alerts of the broker about our certificate [RFC 8446, 6.2].
  if (/CERTIFICATE_REQUIRED/.test(code + message)) return "wantsCertificate";
  // TLS 1.2 has one alert for a missing certificate and for no cipher in common.
  if (/HANDSHAKE_FAILURE/.test(code + message)) return "handshakeRefused";
  if (/ALERT_PROTOCOL_VERSION/.test(code)) return "tlsVersion";
  if (/NO_APPLICATION_PROTOCOL/.test(code)) return "alpn";
  if (/ALERT_.*(CERTIFICATE|UNKNOWN_CA)|alert.*(certificate|unknown ca)/i.test(code + message)) {
    return "refusesCertificate";
  }
  // Brokers without TLS answer with other bytes, or close at once.
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|ERR_TLS_CUT_OFF/.test(code)) return "noTls";
  if (/^ERR_SSL/.test(code)) return "tlsFailed";
  if (isOldForm(origin)) return "oldForm";
  if (origin instanceof MalformedPacketError && origin.afterConnack) {
    return (t) => (address) => t.connect.malformed(address, origin.state(t));
  }
  if (isWebSocket(scheme)) {
    if (code === "ERR_WS_NOT_FOR_MQTT") return "otherWebSocket";
    const other = code.startsWith("HPE_") || isCut(code);
    return other ? "noWebSocket" : undefined;
  }
  if (code === "EPROTO") return "perhapsWebSocket";
  if (!isCut(code)) return undefined;
  // In TLS 1.3 our handshake is done before the broker checks our certificate. If it closes with
  // our first bytes unread, the system drops its alert.
  if (tls) return "tlsClosed";
  return TLS_PORTS.has(port) ? "perhapsTls" : "closed";
}

/** The first in the chain of causes that has a code. */
function innermost(cause: unknown): { code: string; message: string; origin: unknown } {
  let error = cause;
  for (let depth = 0; error instanceof Error && depth < 8; depth++) {
    const { code } = error as { code?: unknown };
    if (typeof code === "string") return { code, message: error.message, origin: error };
    error = error.cause;
  }
  return { code: "", message: "", origin: error };
}

/** The names of a certificate, as many as fit on a line. */
function certificateNames(error: unknown): string {
  const { cert } = error as { cert?: { subjectaltname?: string; subject?: { CN?: string } } };
  const names = cert?.subjectaltname || cert?.subject?.CN || "?"; // Empty where there is none.
  return escapeForTerminal(names.replaceAll(/DNS:|IP Address:/g, "").slice(0, 200));
}
