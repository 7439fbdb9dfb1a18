/**
 * TLS over TCP, with `node:tls`. `Deno.startTls` refuses self-signed certificates even if they are
 * given as trusted (https://github.com/denoland/deno/issues/10312), does not use the system store,
 * and cannot skip verification.
 */

import type { Duplex } from "node:stream";
import { type ConnectionOptions, getCACertificates } from "node:tls";
import { StateError } from "../../locale/errors.ts";
import { TimeoutError } from "../../system/deadline.ts";
import { AnswerTimeout } from "./connection_errors.ts";
import { isCut } from "./cut_codes.ts";
import { PacedTls } from "./paced_tls.ts";
import { NodeByteStream, whenOpen } from "./node_byte_stream.ts";
import { connectTcp } from "./tcp.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { TransportOptions } from "./transport_options.ts";

/** Code of a connection that the broker closed during the TLS handshake. */
export const CUT_OFF = "ERR_TLS_CUT_OFF";

export async function connectTls(
  options: TransportOptions,
  signal: AbortSignal,
): Promise<ByteStream> {
  return new NodeByteStream(await openTls(options, signal));
}

/** Connects; resolves with the stream after the handshake. */
export async function openTls(options: TransportOptions, signal: AbortSignal): Promise<Duplex> {
  try {
    return await handshake(options, settings(options), signal);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const invalid = code === UNVERIFIED ? await invalidNow(options, signal) : undefined;
    throw invalid ?? error;
  }
}

/** Connects with these settings; resolves after the handshake. */
async function handshake(
  { host, port }: TransportOptions,
  settings: ConnectionOptions,
  signal: AbortSignal,
): Promise<PacedTls> {
  const stream = new PacedTls(await connectTcp({ host, port }, signal), settings);
  try {
    await whenOpen(stream, "secureConnect", signal, stream.secure);
    return stream;
  } catch (error) {
    if (error instanceof TimeoutError) throw new AnswerTimeout("TLS");
    throw isReset(error) ? new StateError(CUT_OFF) : error;
  }
}

/** Whether the other side closed the connection. */
export function isReset(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return error instanceof Deno.errors.ConnectionReset || isCut(code);
}

function settings({ host, tls = {}, material }: TransportOptions): ConnectionOptions {
  return {
    host,
    ca: [...trusted(), ...(material?.ca === undefined ? [] : [material.ca])],
    rejectUnauthorized: !tls.insecure,
    ...(tls.servername !== undefined && { servername: tls.servername }),
    ...(tls.alpn !== undefined && { ALPNProtocols: [tls.alpn] }),
    ...(material?.cert !== undefined && { cert: material.cert }),
    ...(material?.key !== undefined && { key: material.key.reveal() }),
  };
}

/**
 * The authorities of the system, where companies add their own, and of Mozilla: some systems have
 * no store.
 */
function trusted(): readonly string[] {
  return getCACertificates("default");
}

/** Deno's code for an expired certificate too, where Node.js distinguishes them. */
const UNVERIFIED = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";

/**
 * Whether a refused certificate is expired or not yet valid. Reads it on a separate connection that
 * sends nothing, not even our certificate.
 */
async function invalidNow(
  options: TransportOptions,
  signal: AbortSignal,
): Promise<StateError | undefined> {
  const { cert: _, key: __, ...unknown } = settings(options);
  try {
    const stream = await handshake(options, { ...unknown, rejectUnauthorized: false }, signal);
    const { valid_from, valid_to } = stream.secure.getPeerCertificate();
    stream.destroy();
    const now = Date.now();
    if (now > Date.parse(valid_to)) return new StateError("CERT_HAS_EXPIRED");
    if (now < Date.parse(valid_from)) return new StateError("CERT_NOT_YET_VALID");
  } catch {
    // The first error is reported.
  }
  return undefined;
}
