/** Loads passwords, certificates and keys from files or the terminal, before anything is opened. */

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Config } from "./config.ts";
import { UsageError } from "../locale/errors.ts";
import type { TlsConfig } from "./connection_options.ts";
import { decodeText } from "../text/decode_text.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { Sentences } from "../locale/mod.ts";
import { cleanText, controlIn } from "./secret_text.ts";
import { readBounded } from "../system/read_bounded.ts";
import { Secret } from "../text/secret.ts";

/** A bundle of all authorities there are takes a quarter of a megabyte. */
const MAX_PEM_BYTES = 1 << 24;
/** Only the first line counts. */
const MAX_SECRET_FILE_BYTES = 1 << 20;
const MAX_PASSWORD_BYTES = 65_535;

/** Certificates and key in PEM. */
export interface TlsMaterial {
  /** Certificates to trust beside the system's. */
  readonly ca: string | undefined;
  /** Our certificate and its chain. */
  readonly cert: string | undefined;
  /** Its private key, decrypted. */
  readonly key: Secret | undefined;
}

export interface Credentials {
  readonly password: Secret | undefined;
  readonly material: TlsMaterial;
}

/** Asks for a secret; undefined without a terminal. */
export type Ask = (question: string) => Secret | undefined | Promise<Secret | undefined>;

/**
 * @param warn Prints a warning about risky settings.
 * @throws {UsageError} A file cannot be read, or its content is invalid.
 */
export async function loadCredentials(
  { username, password, passwordFile, passwordVisible, trimmed = [], tls }:
    & Pick<Config, "username" | "password" | "passwordFile" | "passwordVisible" | "tls">
    & Partial<Pick<Config, "trimmed">>,
  t: Sentences,
  ask: Ask,
  warn: (line: string) => void,
): Promise<Credentials> {
  if (passwordVisible) warn(t.connect.passwordVisible);
  if (tls.insecure) warn(t.connect.insecure);
  for (const label of trimmed) warn(t.connect.trimmed(label));
  // Files first, so that a missing one is reported before a password is typed.
  const fromFile = passwordFile === undefined ? undefined : await passwordIn(passwordFile, t, warn);
  const ca = tls.cafile === undefined ? undefined : await readCertificates(tls.cafile);
  const own = await ownCertificate(tls, t, ask, warn);
  const known = fromFile ?? password;
  return {
    password: username !== undefined && known === undefined
      ? await askReadable(ask, t.connect.askPassword(username), "--password-file")
      : known,
    material: { ca, ...own },
  };
}

/**
 * Asks for a secret.
 *
 * @param flag Takes the secret from a file.
 * @throws {UsageError} Deno did not get a letter of it: on Windows those beyond ASCII
 * (https://github.com/denoland/deno/issues/18240).
 */
async function askReadable(
  ask: Ask,
  question: string,
  flag: string,
): Promise<Secret | undefined> {
  const secret = await ask(question);
  if (secret?.reveal().includes("\ufffd")) {
    throw new UsageError((t) => t.connect.typedUnreadable(flag));
  }
  return secret;
}

async function ownCertificate(
  tls: TlsConfig,
  t: Sentences,
  ask: Ask,
  warn: (line: string) => void,
): Promise<Pick<TlsMaterial, "cert" | "key">> {
  const { cert: certPath, key: keyPath } = tls;
  if (certPath === undefined || keyPath === undefined) return { cert: undefined, key: undefined };
  const cert = await readCertificates(certPath);
  const pem = await readPem(keyPath);
  const key = await openKey(pem, keyPath, tls, t, ask, warn);
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key.reveal()))) {
    throw new UsageError((t) => t.connect.otherKey(keyPath, certPath));
  }
  return { cert, key };
}

/** The decrypted key, in PEM for the TLS library. */
async function openKey(
  pem: string,
  path: string,
  { cert, keyPasswordFile }: TlsConfig,
  t: Sentences,
  ask: Ask,
  warn: (line: string) => void,
): Promise<Secret> {
  // The file may also hold certificates, or the parameters of the key's curve.
  const [block] = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?-----END \1-----/.exec(pem) ?? [];
  if (block === undefined) {
    throw new UsageError((t) =>
      path === cert ? t.connect.keyMissing(path) : t.connect.notKey(path)
    );
  }
  const encrypted = /ENCRYPTED/.test(block);
  const passphrase = !encrypted
    ? undefined
    : keyPasswordFile !== undefined
    ? await firstLine(keyPasswordFile, t, warn)
    : await askReadable(ask, t.connect.askKeyPassword(path), "--key-password-file");
  if (encrypted && passphrase === undefined) {
    throw new UsageError((t) => t.connect.keyIsEncrypted(path));
  }
  try {
    const key = createPrivateKey({ key: block, passphrase: passphrase?.reveal() });
    return new Secret(key.export({ type: "pkcs8", format: "pem" }).toString());
  } catch {
    throw new UsageError((t) => encrypted ? t.connect.keyStaysShut(path) : t.connect.notKey(path));
  }
}

async function readCertificates(path: string): Promise<string> {
  const pem = await readPem(path);
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const block of blocks) new X509Certificate(block);
    if (blocks.length > 0) return blocks.join("\n");
  } catch {
    // Reported below: a block that is no certificate makes the file invalid.
  }
  throw new UsageError((t) => t.connect.notCertificate(path));
}

/**
 * @throws {UsageError} It cannot be read, or MQTT cannot carry what stands there: its length has two
 * bytes [MQTT-3.1.3.6].
 */
async function passwordIn(
  path: string,
  t: Sentences,
  warn: (line: string) => void,
): Promise<Secret> {
  const secret = await firstLine(path, t, warn);
  if (new TextEncoder().encode(secret.reveal()).length > MAX_PASSWORD_BYTES) {
    throw new UsageError((t) => t.connect.passwordTooLong(path));
  }
  return secret;
}

/** The first line of a file, because editors add a line end after a password. */
async function firstLine(
  path: string,
  t: Sentences,
  warn: (line: string) => void,
): Promise<Secret> {
  const written = decodeText(await readBytes(path, MAX_SECRET_FILE_BYTES));
  if (written === undefined) throw new UsageError((t) => t.connect.notText(path));
  const [line = ""] = written.split("\n");
  const { text, trimmed } = cleanText(line, { blanks: true });
  if (text === "") throw new UsageError((t) => t.connect.emptyFile(path));
  const control = controlIn(text);
  if (control !== undefined) {
    const shown = escapeForTerminal(control);
    throw new UsageError((t) => t.connect.controlInSecret(path, shown));
  }
  if (trimmed) warn(t.connect.trimmed(path));
  return new Secret(text);
}

/** The text of a PEM file, whose words around the blocks may be in any encoding. */
async function readPem(path: string): Promise<string> {
  const bytes = await readBytes(path, MAX_PEM_BYTES);
  return decodeText(bytes) ?? new TextDecoder().decode(bytes);
}

async function readBytes(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    return await readBounded(path, maxBytes);
  } catch (cause) {
    throw new UsageError((t, because) => t.connect.cannotRead(path, because(cause)), { cause });
  }
}
