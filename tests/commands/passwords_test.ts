import assert from "node:assert/strict";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, readCsv, run, start } from "../support/program.ts";

/** Holds characters that break careless parsers of URLs, files and command lines. */
const PASSWORD = `pä:ss@w/rd?#%20 "1`;
/** Forms that would reveal it: plain, in a URL, in base64, in JSON. */
const BASE64 = new TextEncoder().encode(PASSWORD).toBase64().slice(0, 12);
const TRACES = [PASSWORD, encodeURIComponent(PASSWORD), BASE64, "ss@w/rd", "ss%40w"];

/** The access list. */
const ACL = `
user anna
topic read sensors/open/#
user device
topic write sensors/#
`;

/** A broker with two users, in a folder of its own. */
async function startWithUsers(folder: string): Promise<Mosquitto> {
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/acl`, ACL);
  await Deno.writeTextFile(`${folder}/users`, "");
  for (const [user, password] of [["anna", PASSWORD], ["device", "device"]] as const) {
    const { success } = await new Deno.Command("mosquitto_passwd", {
      args: ["-b", `${folder}/users`, user, password],
    }).output();
    assert.ok(success);
  }
  return await Mosquitto.start(folder, [
    ...["allow_anonymous false", `password_file ${folder}/users`, `acl_file ${folder}/acl`],
  ]);
}

/** A test with the broker and an empty folder for the recorder. */
function test(name: string, body: (cwd: string, broker: Mosquitto) => Promise<void>) {
  Deno.test({
    name,
    ignore: withoutMosquitto,
    fn: () =>
      inFolder(async (folder) => {
        await using broker = await startWithUsers(`${folder}/broker`);
        await Deno.mkdir(`${folder}/recorder`);
        await body(`${folder}/recorder`, broker);
      }),
  });
}

/** Names and bytes of all files below a folder, one character for each byte. */
async function everything(folder: string): Promise<string> {
  let text = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (name === "password") continue;
    text += `${name}\n`;
    text += isDirectory ? await everything(path) : await Deno.readTextFile(path);
  }
  return text;
}

function assertNoTrace(text: string, where: string): void {
  for (const trace of TRACES) assert.ok(!text.includes(trace), `${trace} in ${where}:\n${text}`);
}

interface Way {
  readonly flags: (host: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The warning printed first if others may see the password. */
  readonly visible?: boolean;
}

/** Every way to give the password, by the name of the test. */
const WAYS: Readonly<Record<string, Way>> = {
  "a file": {
    flags: (host) => ["--broker", host, "--username", "anna", "--password-file", "password"],
  },
  "MQTT_PASSWORD": {
    flags: (host) => ["--broker", host, "--username", "anna"],
    env: { MQTT_PASSWORD: PASSWORD },
  },
  "MQTT_USERNAME and MQTT_PASSWORD": {
    flags: (host) => ["--broker", host],
    env: { MQTT_USERNAME: "anna", MQTT_PASSWORD: PASSWORD },
  },
  "the command line": {
    flags: (host) => ["--broker", host, "--username", "anna", "--password", PASSWORD],
    visible: true,
  },
  "the URL": {
    flags: (host) => ["--broker", `mqtt://anna:${encodeURIComponent(PASSWORD)}@${host}`],
    visible: true,
  },
};

for (const [name, { flags, env = {}, visible = false }] of Object.entries(WAYS)) {
  test(
    `mqttrec connects with a password given by ${name} and shows it nowhere`,
    async (cwd, broker) => {
      await Deno.writeTextFile(`${cwd}/password`, `${PASSWORD}\r\n`);
      const all = [...flags(`127.0.0.1:${broker.port}`), "--lang", "en", "--verbose"];
      const program = start(all, { cwd, env });
      await program.waitForOutput("Files:");
      await broker.publish(["-u", "device", "-P", "device", "-t", "sensors/open/a", "-m", "1"]);
      await broker.publish(["-u", "device", "-P", "device", "-t", "sensors/secret", "-m", "2"]);
      await program.type("s");
      await program.waitForOutput("Activity");
      assertNoTrace(await everything(cwd), "the files while recording");
      if (!visible && Deno.build.os === "linux") {
        const path = `/proc/${program.child.pid}/cmdline`;
        assertNoTrace(await Deno.readTextFile(path), "the command line");
      }
      // Losing the connection writes gaps and reasons too.
      await broker.stop("SIGKILL");
      await program.waitForOutput("lost");
      await broker.start();
      await program.waitForOutput("again");
      await program.type("q");
      const { code, stdout, stderr } = await program.ended;
      assert.equal(code, 0, stderr);
      assertNoTrace(stdout + stderr, "its output");
      assertNoTrace(await everything(cwd), "the files");
      assert.equal(stderr.includes("visible to others on this machine"), visible);
      // The access list allows nothing else.
      const rows = await readCsv(`${cwd}/exports/mqtt_data.csv`);
      assert.deepEqual(rows.map(({ topic }) => topic), ["sensors/open/a"]);
    },
  );
}

const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "a wrong password": ["--username", "anna", "--password", "wrong"],
  "an unknown user": ["--username", "eve", "--password", PASSWORD],
  "no password": ["--username", "anna"],
  "no user": [],
};

for (const [name, flags] of Object.entries(REFUSED)) {
  test(`mqttrec prints two lines and exits 3: ${name}`, async (cwd, broker) => {
    const { code, stderr } = await run(
      ["--broker", `127.0.0.1:${broker.port}`, "--lang", "en", ...flags],
      { cwd },
    );
    const lines = stderr.split("\n").filter((line) => !line.startsWith("The password on the"));
    const [says, remedy] = flags.length === 0
      ? [
        "wants a user name and a password (code 135)",
        "Add --username NAME: the password is asked for, or give --password-file FILE",
      ]
      : flags.includes("--password")
      ? [
        "does not accept this user name and password (code 135)",
        "Check both, or ask whoever runs it for access",
      ]
      : [
        "does not accept this user name without a password (code 135)",
        "Add --password-file FILE, or set MQTT_PASSWORD",
      ];
    assert.deepEqual(lines, [
      `Cannot connect to "127.0.0.1:${broker.port}": the broker ${says}`,
      remedy,
      "",
    ]);
    assertNoTrace(stderr, "its output");
    assert.equal(code, 3);
  });
}

/** Path of Mosquitto's plugin in Debian, whose access list covers subscriptions. */
async function pluginPath(): Promise<string | undefined> {
  for (const folder of ["x86_64-linux-gnu", "aarch64-linux-gnu"]) {
    const path = `/usr/lib/${folder}/mosquitto_dynamic_security.so`;
    if (await Deno.stat(path).then(() => true, () => false)) return path;
  }
  return undefined;
}
const plugin = await pluginPath();

Deno.test({
  name: "mqttrec exits 3 with state and remedy: a topic that the access list refuses",
  ignore: withoutMosquitto || plugin === undefined,
  fn: () =>
    inFolder(async (cwd) => {
      const acl = { acltype: "subscribePattern", topic: "secret/#", priority: 0, allow: false };
      await Deno.writeTextFile(
        `${cwd}/security.json`,
        JSON.stringify({
          defaultACLAccess: { subscribe: true, unsubscribe: true, publishClientReceive: true },
          roles: [{ rolename: "anyone", acls: [acl] }],
          groups: [{ groupname: "anyone", roles: [{ rolename: "anyone" }], clients: [] }],
          clients: [],
          anonymousGroup: "anyone",
        }),
      );
      await using broker = await Mosquitto.start(cwd, [
        ...[`plugin ${plugin}`, `plugin_opt_config_file ${cwd}/security.json`],
      ]);
      const at = ["--broker", `127.0.0.1:${broker.port}`, "--lang", "en", "--topic", "secret/#"];
      const said = 'Cannot subscribe to "secret/#": the broker refused (code 135)\n' +
        "Ask whoever runs it for the right to read there, or choose another filter with --topic\n";
      const { code, stderr } = await run(at, { cwd });
      assert.deepEqual([code, stderr], [3, said]);
      // The rest of several filters is recorded.
      const some = await run([...at, "--topic", "sensors/#", "--duration", "1"], { cwd });
      assert.equal(some.code, 0);
      assert.ok(some.stderr.startsWith(said), some.stderr);
      assert.match(some.stderr, /\nConnected to .*, recording sensors\/#\n/);
    }),
});
