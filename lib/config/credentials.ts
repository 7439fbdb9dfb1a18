/** Passwords, certificates and keys, read from files or asked for before anything is opened. */

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Config } from "./config.ts";
import { UsageError } from "../locale/errors.ts";
import type { TlsConfig } from "./connection_options.ts";
import type { Sentences } from "../locale/mod.ts";
import { readText } from "../system/read_text.ts";
import { Secret } from "../text/secret.ts";

/** A bundle of all authorities there are takes a quarter of a megabyte. */
const MAX_PEM_BYTES = 1 << 24;
/** Only the first line counts. */
const MAX_SECRET_FILE_BYTES = 1 << 20;
const MAX_PASSWORD_BYTES = 65_535;

/** Texts in PEM. */
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
export type Ask = (question: string) => Secret | undefined;

/**
 * @param warn Prints a warning about risky settings.
 * @throws {UsageError} A file cannot be read, or is not what it should be.
 */
export async function loadCredentials(
  { username, password, passwordFile, passwordVisible, tls }: Pick<
    Config,
    "username" | "password" | "passwordFile" | "passwordVisible" | "tls"
  >,
  t: Sentences,
  ask: Ask,
  warn: (line: string) => void,
): Promise<Credentials> {
  if (passwordVisible) warn(t.connect.passwordVisible);
  if (tls.insecure) warn(t.connect.insecure);
  // Files first, so that a missing one is reported before a password is typed.
  const fromFile = passwordFile === undefined ? undefined : await passwordIn(passwordFile);
  const ca = tls.cafile === undefined ? undefined : await readCertificates(tls.cafile);
  const own = await ownCertificate(tls, t, ask);
  const known = fromFile ?? password;
  return {
    password: username !== undefined && known === undefined
      ? ask(t.connect.askPassword(username))
      : known,
    material: { ca, ...own },
  };
}

async function ownCertificate(
  tls: TlsConfig,
  t: Sentences,
  ask: Ask,
): Promise<Pick<TlsMaterial, "cert" | "key">> {
  const { cert: certPath, key: keyPath } = tls;
  if (certPath === undefined || keyPath === undefined) return { cert: undefined, key: undefined };
  const cert = await readCertificates(certPath);
  const pem = await readPem(keyPath);
  const key = await openKey(pem, keyPath, tls, t, ask);
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key.reveal()))) {
    throw new UsageError((t) => t.connect.otherKey(keyPath, certPath));
  }
  return { cert, key };
}

/** The decrypted key, as the TLS library takes it. */
async function openKey(
  pem: string,
  path: string,
  { keyPasswordFile }: TlsConfig,
  t: Sentences,
  ask: Ask,
): Promise<Secret> {
  // Its file may hold the certificates too, or the parameters of its curve.
  const [block] = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?-----END \1-----/.exec(pem) ?? [];
  if (block === undefined) throw new UsageError((t) => t.connect.notKey(path));
  const encrypted = /ENCRYPTED/.test(block);
  const passphrase = !encrypted
    ? undefined
    : keyPasswordFile !== undefined
    ? await firstLine(keyPasswordFile)
    : ask(t.connect.askKeyPassword(path));
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
    // Said below: a file that holds anything else is none of certificates.
  }
  throw new UsageError((t) => t.connect.notCertificate(path));
}

/**
 * @throws {UsageError} It cannot be read, or MQTT cannot carry what stands there: its length has two
 * bytes [MQTT-3.1.3.6].
 */
async function passwordIn(path: string): Promise<Secret> {
  const secret = await firstLine(path);
  if (new TextEncoder().encode(secret.reveal()).length > MAX_PASSWORD_BYTES) {
    throw new UsageError((t) => t.connect.passwordTooLong(path));
  }
  return secret;
}

/** The first line of a file: editors put a line end after a password. */
async function firstLine(path: string): Promise<Secret> {
  const [line = ""] = (await readNamed(path, MAX_SECRET_FILE_BYTES)).split(/\r?\n/);
  if (line === "") throw new UsageError((t) => t.connect.emptyFile(path));
  return new Secret(line);
}

async function readPem(path: string): Promise<string> {
  return await readNamed(path, MAX_PEM_BYTES);
}

async function readNamed(path: string, maxBytes: number): Promise<string> {
  try {
    return await readText(path, maxBytes);
  } catch (cause) {
    throw new UsageError((t, because) => t.connect.cannotRead(path, because(cause)), { cause });
  }
}
