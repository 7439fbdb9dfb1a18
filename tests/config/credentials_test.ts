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
  readonly tls?: Partial<TlsConfig>;
  /** What is typed, in this order; none: there is no terminal. */
  readonly typed?: readonly string[];
}

/** What comes of it, what was asked, and what was warned of. */
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

/** A certificate of our own and that key. */
const own = (key: string, cert = "client.crt"): Partial<TlsConfig> => ({
  cert: `${folder}/${cert}`,
  key: `${folder}/${key}`,
});

async function refused(given: Given, said: string): Promise<void> {
  await assert.rejects(load(given), (error: Error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.message, said);
    return true;
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: withoutOpenssl, fn });
}

Deno.test("a password is the first line of its file, whatever ends it", () =>
  inFolder(async (cwd) => {
    const passwordFile = `${cwd}/password`;
    for (
      const [text, wanted] of [
        ["secret", "secret"],
        ["secret\n", "secret"],
        ["secret\r\n", "secret"],
        ["secret\r\nmore\r\n", "secret"],
        [" se\rcret é \n", " se\rcret é "],
      ]
    ) {
      await Deno.writeTextFile(passwordFile, text!);
      const { password, asked } = await load({ username: "anna", passwordFile, typed: [] });
      assert.equal(password?.reveal(), wanted);
      assert.deepEqual(asked, []);
    }
  }));

Deno.test("a password file that is empty or missing is refused", () =>
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

Deno.test("a password is asked for where a user has none, and only there", async () => {
  const asked = await load({ username: "anna", typed: ["secret"] });
  assert.deepEqual(asked.asked, ["Password of anna: "]);
  assert.equal(asked.password?.reveal(), "secret");
  const known = await load({ username: "anna", password: "known", typed: [] });
  assert.deepEqual([known.asked, known.password?.reveal()], [[], "known"]);
  assert.equal((await load({ username: "anna" })).password, undefined);
  assert.deepEqual((await load({ typed: [] })).asked, []);
});

Deno.test("what is risky is warned of before anything is asked or read", async () => {
  const { warned } = await load({ passwordVisible: true, tls: { insecure: true } });
  assert.deepEqual(warned, [t.connect.passwordVisible, t.connect.insecure]);
  assert.deepEqual((await load({})).warned, []);
});

test("certificates to trust are taken, several in one file with words around them", async () => {
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

test("a file without certificates is refused: missing, empty, words, a key, a torn one", () =>
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

test("an own certificate and its key are taken, in two files or in one", async () => {
  const { material } = await load({ tls: own("client.key") });
  assert.match(material.cert!, /BEGIN CERTIFICATE/);
  assert.match(material.key!.reveal(), /BEGIN PRIVATE KEY/);
  await inFolder(async (cwd) => {
    const both = `${cwd}/both.pem`;
    const texts = ["client.key", "client.crt"].map((n) => Deno.readTextFileSync(`${folder}/${n}`));
    // What `openssl ecparam -genkey` puts before a key.
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
  test(`${key}, encrypted, is opened by its password, from a file or typed`, () =>
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

  test(`${key}, encrypted, stays shut with a wrong password or none`, async () => {
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

test("the key of another certificate is refused", async () => {
  await refused(
    { tls: own("otherClient.key") },
    `Cannot use "${folder}/otherClient.key": it is not the key of "${folder}/client.crt"\n` +
      "Give the two that belong together",
  );
});

test("a file without a key is refused: missing, empty, a certificate, a torn one", () =>
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

test("files come before questions, the key's question before the user's", async () => {
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
