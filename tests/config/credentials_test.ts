import assert from "node:assert/strict";
import { certificates, KEY_PASSWORD, withoutOpenssl } from "../support/certificates.ts";
import { inFolder } from "../support/program.ts";
import { type Credentials, loadCredentials } from "../../lib/config/credentials.ts";
import { UsageError } from "../../lib/locale/errors.ts";
import type { TlsConfig } from "../../lib/config/connection_options.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { Secret } from "../../lib/text/secret.ts";

const t = sentences("en");
const folder = withoutOpenssl ? "" : await certificates();

const NO_TLS: TlsConfig = {
  cafile: undefined,
  cert: undefined,
  key: undefined,
  keyPasswordFile: undefined,
  insecure: false,
  alpn: undefined,
  servername: undefined,
};

interface Given {
  readonly username?: string;
  readonly password?: string;
  readonly passwordFile?: string;
  readonly passwordVisible?: boolean;
  readonly trimmed?: readonly string[];
  readonly tls?: Partial<TlsConfig>;
  /** Answers to questions, in order; undefined: there is no terminal. */
  readonly typed?: readonly string[];
}

/** Loads credentials; returns them, the questions and the warnings. */
async function load(
  { typed, tls = {}, password, ...given }: Given,
): Promise<Credentials & { asked: string[]; warned: string[] }> {
  const asked: string[] = [];
  const warned: string[] = [];
  const answers = [...typed ?? []];
  const credentials = await loadCredentials(
    {
      username: given.username,
      password: password === undefined ? undefined : new Secret(password),
      passwordFile: given.passwordFile,
      passwordVisible: given.passwordVisible ?? false,
      trimmed: given.trimmed ?? [],
      tls: { ...NO_TLS, ...tls },
    },
    t,
    (question) => {
      if (typed === undefined) return undefined;
      asked.push(question);
      return new Secret(answers.shift()!);
    },
    (line) => warned.push(line),
  );
  return { ...credentials, asked, warned };
}

/** The client certificate and the key `key`. */
const own = (key: string, cert = "client.crt"): Partial<TlsConfig> => ({
  cert: `${folder}/${cert}`,
  key: `${folder}/${key}`,
});

async function refused(given: Given, message: string): Promise<void> {
  await assert.rejects(load(given), (error: Error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.message, message);
    return true;
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: withoutOpenssl, fn });
}

Deno.test("loadCredentials() reads the password from the first line of its file, with any line end", () =>
  inFolder(async (cwd) => {
    const passwordFile = `${cwd}/password`;
    for (
      const [text, wanted] of [
        ["secret", "secret"],
        ["secret\n", "secret"],
        ["secret\r\n", "secret"],
        ["secret\r\nmore\r\n", "secret"],
        [" se cret é\n", " se cret é"],
        ["\ufeffsecret\r\n", "secret"],
      ]
    ) {
      await Deno.writeTextFile(passwordFile, text!);
      const { password, asked, warned } = await load({ username: "anna", passwordFile, typed: [] });
      assert.equal(password?.reveal(), wanted);
      assert.deepEqual([asked, warned], [[], []]);
    }
  }));

Deno.test("loadCredentials() reads the UTF-16 password file of PowerShell", () =>
  inFolder(async (cwd) => {
    const passwordFile = `${cwd}/password`;
    const units = Uint16Array.from("\ufeffsecret\r\n", (unit) => unit.charCodeAt(0));
    await Deno.writeFile(passwordFile, new Uint8Array(units.buffer));
    const { password } = await load({ username: "anna", passwordFile });
    assert.equal(password?.reveal(), "secret");
  }));

Deno.test("loadCredentials() leaves out and names the blank that cmd.exe writes after a password", () =>
  inFolder(async (cwd) => {
    const passwordFile = `${cwd}/password`;
    await Deno.writeTextFile(passwordFile, "secret \r\n");
    const { password, warned } = await load({ username: "anna", passwordFile });
    assert.equal(password?.reveal(), "secret");
    assert.deepEqual(warned, [t.connect.trimmed(passwordFile)]);
    const given = await load({ username: "anna", password: "x", trimmed: ["MQTT_PASSWORD"] });
    assert.deepEqual(given.warned, [t.connect.trimmed("MQTT_PASSWORD")]);
  }));

Deno.test("loadCredentials() refuses a password file in another encoding or with control characters", () =>
  inFolder(async (cwd) => {
    const passwordFile = `${cwd}/password`;
    const given = { username: "anna", passwordFile };
    await Deno.writeFile(passwordFile, Uint8Array.of(0x70, 0xe4, 0x73, 0x73));
    await refused(given, t.connect.notText(passwordFile));
    for (const [control, shown] of [["\0", "\\x00"], ["\x07", "\\x07"], ["\r", "\\r"]]) {
      await Deno.writeTextFile(passwordFile, `se${control}cret\n`);
      await refused(given, t.connect.controlInSecret(passwordFile, shown!));
    }
  }));

Deno.test("loadCredentials() refuses an empty or missing password file", () =>
  inFolder(async (cwd) => {
    const passwordFile = `${cwd}/password`;
    const given = { username: "anna", passwordFile };
    await refused(
      given,
      `Cannot read "${passwordFile}": no such file or folder\nCheck the path`,
    );
    for (const text of ["", "\n", "\r\nsecret"]) {
      await Deno.writeTextFile(passwordFile, text);
      await refused(
        given,
        `Cannot use "${passwordFile}": its first line is empty\nThe password goes there`,
      );
    }
  }));

Deno.test("loadCredentials() refuses a password that MQTT cannot carry", () =>
  inFolder(async (cwd) => {
    const passwordFile = `${cwd}/pw`;
    await Deno.writeTextFile(passwordFile, `${"é".repeat(32_767)}x\nmore`);
    const { password } = await load({ passwordFile });
    assert.equal(password!.reveal().length, 32_768);
    await Deno.writeTextFile(passwordFile, "é".repeat(32_768));
    await assert.rejects(load({ passwordFile }), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /longer than 65,535 bytes/);
      return true;
    });
  }));

Deno.test("loadCredentials() asks for the password of a user who has none", async () => {
  const asked = await load({ username: "anna", typed: ["secret"] });
  assert.deepEqual(asked.asked, ["Password of anna: "]);
  assert.equal(asked.password?.reveal(), "secret");
  const known = await load({ username: "anna", password: "known", typed: [] });
  assert.deepEqual([known.asked, known.password?.reveal()], [[], "known"]);
  assert.equal((await load({ username: "anna" })).password, undefined);
  assert.deepEqual((await load({ typed: [] })).asked, []);
});

Deno.test("loadCredentials() warns of a visible password and --insecure", async () => {
  const { warned } = await load({ passwordVisible: true, tls: { insecure: true } });
  assert.deepEqual(warned, [t.connect.passwordVisible, t.connect.insecure]);
  assert.deepEqual((await load({})).warned, []);
});

test("loadCredentials() reads several certificates of one file and ignores other text", async () => {
  const one = await Deno.readTextFile(`${folder}/authority.crt`);
  const two = await Deno.readTextFile(`${folder}/stranger.crt`);
  await inFolder(async (cwd) => {
    const cafile = `${cwd}/ca.pem`;
    await Deno.writeTextFile(cafile, `# ours\r\n${one.replaceAll("\n", "\r\n")}\n# theirs\n${two}`);
    const { material } = await load({ tls: { cafile } });
    assert.equal(material.ca?.match(/BEGIN CERTIFICATE/g)?.length, 2);
    assert.ok(!material.ca?.includes("#"));
  });
});

test("loadCredentials() reads PEM files with a byte order mark, in UTF-16, and with Latin-1 words", async () => {
  const pem = await Deno.readTextFile(`${folder}/authority.crt`);
  const units = Uint16Array.from(`\ufeff${pem}`, (unit) => unit.charCodeAt(0));
  const latin1 = Uint8Array.from(`# Autorité\n${pem}`, (unit) => unit.charCodeAt(0));
  await inFolder(async (cwd) => {
    const cafile = `${cwd}/ca.pem`;
    for (
      const bytes of [
        new TextEncoder().encode(`\ufeff${pem}`),
        new Uint8Array(units.buffer),
        latin1,
      ]
    ) {
      await Deno.writeFile(cafile, bytes);
      const { material } = await load({ tls: { cafile } });
      assert.match(material.ca!, /BEGIN CERTIFICATE/);
    }
  });
});

test("loadCredentials() refuses a file without whole certificates", () =>
  inFolder(async (cwd) => {
    const cafile = `${cwd}/ca.pem`;
    await refused(
      { tls: { cafile } },
      `Cannot read "${cafile}": no such file or folder\nCheck the path`,
    );
    const whole = await Deno.readTextFile(`${folder}/authority.crt`);
    const key = await Deno.readTextFile(`${folder}/authority.key`);
    const torn = whole.replace(/\n.*\n(?=-----END)/, "\n");
    for (const text of ["", "hello", key, whole.slice(0, 200), torn, whole + torn]) {
      await Deno.writeTextFile(cafile, text);
      await refused(
        { tls: { cafile } },
        `Cannot use "${cafile}": it holds no certificate in PEM\n` +
          "It should have lines with BEGIN CERTIFICATE and END CERTIFICATE",
      );
    }
  }));

test("loadCredentials() reads a client certificate and its key from two files or one", async () => {
  const { material } = await load({ tls: own("client.key") });
  assert.match(material.cert!, /BEGIN CERTIFICATE/);
  assert.match(material.key!.reveal(), /BEGIN PRIVATE KEY/);
  await inFolder(async (cwd) => {
    const both = `${cwd}/both.pem`;
    const texts = ["client.key", "client.crt"].map((n) => Deno.readTextFileSync(`${folder}/${n}`));
    // `openssl ecparam -genkey` writes this before a key.
    texts.push("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n");
    for (const order of [texts, texts.toReversed()]) {
      await Deno.writeTextFile(both, order.join(""));
      const { material } = await load({ tls: { cert: both, key: both } });
      assert.doesNotMatch(material.cert!, /KEY/);
      assert.match(material.key!.reveal(), /BEGIN PRIVATE KEY/);
    }
  });
});

for (const key of ["client.pkcs8.key", "client.traditional.key"]) {
  test(`loadCredentials() decrypts ${key} with a password from a file or typed`, () =>
    inFolder(async (cwd) => {
      const keyPasswordFile = `${cwd}/password`;
      await Deno.writeTextFile(keyPasswordFile, `${KEY_PASSWORD}\r\n`);
      const fromFile = await load({ tls: { ...own(key), keyPasswordFile }, typed: [] });
      const typed = await load({ tls: own(key), typed: [KEY_PASSWORD] });
      for (const { material } of [fromFile, typed]) {
        assert.match(material.key!.reveal(), /BEGIN PRIVATE KEY/);
      }
      assert.deepEqual(fromFile.asked, []);
      assert.deepEqual(typed.asked, [`Password of the key "${folder}/${key}": `]);
    }));

  test(`loadCredentials() refuses ${key} with a wrong password or none`, async () => {
    const path = `${folder}/${key}`;
    for (const wrong of ["wrong", ""]) {
      await refused(
        { tls: own(key), typed: [wrong] },
        `Cannot open "${path}": that is not its password\n` +
          "Check it, or decrypt the key with openssl",
      );
    }
    await refused(
      { tls: own(key) },
      `Cannot open "${path}": the key is encrypted\nAdd --key-password-file FILE`,
    );
  });
}

test("loadCredentials() refuses the key of another certificate", async () => {
  await refused(
    { tls: own("otherClient.key") },
    `Cannot use "${folder}/otherClient.key": it is not the key of "${folder}/client.crt"\n` +
      "Give the two that belong together",
  );
});

test("loadCredentials() refuses a file without a whole key", () =>
  inFolder(async (cwd) => {
    const key = `${cwd}/key.pem`;
    const tls = { ...own("client.key"), key };
    await refused({ tls }, `Cannot read "${key}": no such file or folder\nCheck the path`);
    const whole = await Deno.readTextFile(`${folder}/client.key`);
    const certificate = await Deno.readTextFile(`${folder}/client.crt`);
    for (const text of ["", certificate, whole.slice(0, 100)]) {
      await Deno.writeTextFile(key, text);
      await refused(
        { tls },
        `Cannot use "${key}": it holds no private key in PEM\n` +
          "It should have lines with BEGIN and END PRIVATE KEY",
      );
    }
  }));

test("loadCredentials() asks for --key where the file of the certificate holds none", async () => {
  const cert = `${folder}/client.crt`;
  await refused(
    { tls: { cert, key: cert } },
    `Cannot use certificate "${cert}" on its own: no private key is in that file\nAdd --key FILE`,
  );
});

test("loadCredentials() reads files before it asks, and asks for the key's password first", async () => {
  const tls = own("client.pkcs8.key");
  const asked: string[] = [];
  const ask = (question: string) => {
    asked.push(question);
    return new Secret(KEY_PASSWORD);
  };
  const config = { username: "anna", password: undefined, passwordVisible: false };
  const missing = { ...config, passwordFile: undefined, tls: { ...NO_TLS, ...tls, cafile: "no" } };
  await assert.rejects(loadCredentials(missing, t, ask, () => {}), UsageError);
  assert.deepEqual(asked, []);
  const whole = { ...config, passwordFile: undefined, tls: { ...NO_TLS, ...tls } };
  await loadCredentials(whole, t, ask, () => {});
  assert.deepEqual(asked, [`Password of the key "${tls.key}": `, "Password of anna: "]);
});

Deno.test("loadCredentials() refuses a typed password of which a letter did not arrive", async () => {
  await assert.rejects(load({ username: "anna", typed: ["caf\ufffd"] }), {
    name: "UsageError",
    message: t.connect.typedUnreadable("--password-file"),
  });
  // In a file it is what somebody wrote.
  const { password } = await load({ username: "anna", password: "caf\ufffd" });
  assert.equal(password?.reveal(), "caf\ufffd");
});
