/**
 * TLS over TCP. Node's, not Deno's own: that one refuses the self-signed certificates of small
 * brokers even where they are given as trusted, trusts no system store, and cannot be `--insecure`.
 */

import type { Duplex } from "node:stream";
import { type ConnectionOptions, getCACertificates } from "node:tls";
import { StateError } from "../../locale/errors.ts";
import { PacedTls } from "./paced_tls.ts";
import { NodeByteStream, whenOpen } from "./node_byte_stream.ts";
import { connectTcp } from "./tcp.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { TransportOptions } from "./transport_options.ts";

/** The code of a connection that was closed while TLS was being agreed on. */
export const CUT_OFF = "ERR_TLS_CUT_OFF";

export async function connectTls(
  options: TransportOptions,
  signal: AbortSignal,
): Promise<ByteStream> {
  return new NodeByteStream(await openTls(options, signal));
}

/** The encrypted stream, once both sides know each other. */
export async function openTls(options: TransportOptions, signal: AbortSignal): Promise<Duplex> {
  try {
    return await handshake(options, settings(options), signal);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const invalid = code === UNVERIFIED ? await invalidNow(options, signal) : undefined;
    throw invalid ?? error;
  }
}

/** A connection with these settings, once both sides know each other. */
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
    throw isReset(error) ? new StateError(CUT_OFF) : error;
  }
}

/** Whether the other side went away. */
function isReset(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return error instanceof Deno.errors.ConnectionReset || code === "ECONNRESET" || code === "EPIPE";
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

/** Authorities of the system and of Mozilla: some systems have none, companies add their own. */
function trusted(): readonly string[] {
  return getCACertificates("default");
}

/** What Deno says of a certificate out of its time too, where Node tells them apart. */
const UNVERIFIED = "UNABLE_TO_VERIFY_LEAF_SIGNATURE";

/**
 * Whether a certificate that was refused is out of its time. It is looked at on a connection of
 * its own, over which nothing is sent, not even a certificate of ours.
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
    // It stays with what was said first.
  }
  return undefined;
}
