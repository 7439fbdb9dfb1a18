/** Makes valid and invalid certificates for tests with the command `openssl`. */

import { isInstalled } from "./program.ts";

/**
 * Whether to skip the tests that need certificates: only without `openssl`, and never in CI (see
 * `withoutMosquitto`).
 */
export const withoutOpenssl = !Deno.env.get("MQTTREC_REQUIRE_MOSQUITTO") &&
  !await isInstalled("openssl", ["version"]);

/** Password of the encrypted keys. */
export const KEY_PASSWORD = "open sesame";

interface Wanted {
  readonly commonName: string;
  /** Names of a server; absent: a client. */
  readonly names?: string;
  readonly from?: string;
  readonly to?: string;
  /** @default {"authority"} */
  readonly issuer?: "authority" | "stranger" | "itself";
}

const HERE = "DNS:localhost, IP:127.0.0.1, IP:::1";
const LONG_AGO = "20200101000000Z", AGO = "20210101000000Z";
/**
 * Farther than any clock is wrong, but before 2050, up to which every TLS library reads UTCTime.
 */
const AHEAD = "20480101000000Z", FAR_AHEAD = "20490101000000Z";

/** Each becomes `<name>.crt` and `<name>.key`. */
const CERTIFICATES = {
  server: { commonName: "localhost", names: HERE },
  expired: { commonName: "localhost", names: HERE, to: AGO },
  early: { commonName: "localhost", names: HERE, from: AHEAD },
  elsewhere: { commonName: "elsewhere", names: "DNS:broker.example, DNS:*.sensors.example" },
  selfSigned: { commonName: "localhost", names: HERE, issuer: "itself" },
  client: { commonName: "anna" },
  otherClient: { commonName: "bert" },
  expiredClient: { commonName: "anna", to: AGO },
  foreignClient: { commonName: "anna", issuer: "stranger" },
} as const satisfies Record<string, Wanted>;

/** Only `openssl ca` of OpenSSL 3.0 accepts both ends of the validity. */
const CONFIG = `
[ca]
default_ca = authority
[authority]
database = index
new_certs_dir = .
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = any
`;

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [...args],
    cwd: folder,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`openssl ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}

/** Options for a new key, on an elliptic curve because RSA takes long. */
const newKey = (name: string) => [
  ...["-config", "ca.cnf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
  ...["-nodes", "-keyout", `${name}.key`],
];

async function makeAuthority(folder: string, name: string): Promise<void> {
  await openssl(folder, [
    ...["req", "-x509", ...newKey(name), "-out", `${name}.crt`, "-subj", `/CN=Test ${name}`],
    ...["-days", "30", "-addext", "basicConstraints=critical,CA:TRUE"],
    ...["-addext", "keyUsage=critical,keyCertSign"],
  ]);
}

async function makeCertificate(folder: string, name: string, wanted: Wanted): Promise<void> {
  const { commonName, names, from = LONG_AGO, to = FAR_AHEAD, issuer = "authority" } = wanted;
  const extensions = [`extendedKeyUsage = ${names ? "serverAuth" : "clientAuth"}`];
  if (names) extensions.push(`subjectAltName = ${names}`);
  await Deno.writeTextFile(`${folder}/${name}.ext`, extensions.join("\n"));
  await openssl(folder, [
    ...["req", "-new", ...newKey(name), "-out", `${name}.csr`, "-subj", `/CN=${commonName}`],
  ]);
  await openssl(folder, [
    ...["ca", "-batch", "-notext", "-config", "ca.cnf", "-in", `${name}.csr`],
    ...(issuer === "itself"
      ? ["-selfsign", "-keyfile", `${name}.key`]
      : ["-cert", `${issuer}.crt`, "-keyfile", `${issuer}.key`]),
    ...["-startdate", from, "-enddate", to, "-extfile", `${name}.ext`, "-out", `${name}.crt`],
  ]);
}

/**
 * Makes all of them in `folder`: `authority.crt`, `stranger.crt` (an untrusted authority), those
 * named above, and `client.key` encrypted in two ways, as `client.pkcs8.key` and
 * `client.traditional.key`.
 */
export async function makeCertificates(folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/ca.cnf`, CONFIG);
  await Deno.writeTextFile(`${folder}/index`, "");
  await makeAuthority(folder, "authority");
  await makeAuthority(folder, "stranger");
  for (const [name, wanted] of Object.entries(CERTIFICATES)) {
    await makeCertificate(folder, name, wanted);
  }
  const encrypted = ["-in", "client.key", "-passout", `pass:${KEY_PASSWORD}`];
  await openssl(
    folder,
    ["pkcs8", "-topk8", "-v2", "aes-128-cbc", ...encrypted].concat(
      ["-out", "client.pkcs8.key"],
    ),
  );
  await openssl(folder, ["ec", "-aes128", ...encrypted, "-out", "client.traditional.key"]);
}

let made: Promise<string> | undefined;

/** The folder of certificates that all tests of a file share; made at the first call. */
export function certificates(): Promise<string> {
  return made ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "mqttrec_certificates_" });
    globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    await makeCertificates(folder);
    return folder;
  })();
}
