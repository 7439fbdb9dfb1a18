/** The program's errors about missing permissions; the table's permissions suffice. */

import assert from "node:assert/strict";
import { notPermitted, permissionError } from "../../lib/config/permissions.ts";
import {
  CHECK,
  type Permission,
  permissionFlags,
  RECORDING,
  type RecordingSettings,
} from "../../lib/config/permissions_table.ts";
import { BrokerError, describe, exitCode, missingPermission } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { KEY_PASSWORD } from "../support/certificates.ts";
import { config } from "../support/configured.ts";
import { type Listeners, startListeners, withoutListeners } from "../support/listeners.ts";
import { freePort, inFolder, run, startCommand } from "../support/program.ts";

const listeners: Listeners | undefined = withoutListeners ? undefined : await startListeners();

/** The parts of a recording that need permissions, by the name of the test. */
const USES: Readonly<Record<string, (listeners: Listeners) => readonly string[]>> = {
  "plain MQTT": ({ ports }) => ["--broker", `localhost:${ports.plain}`],
  "TLS": ({ ports, tls }) => [
    ...["--broker", `mqtts://localhost:${ports.tls}`, "--cafile", `${tls}/authority.crt`],
  ],
  "TLS, whoever answers": ({ ports }) => [
    ...["--broker", `mqtts://localhost:${ports.tls}`, "--insecure"],
  ],
  "a WebSocket": ({ ports }) => ["--broker", `ws://localhost:${ports.ws}`],
  "a WebSocket in TLS": ({ ports, tls }) => [
    ...["--broker", `wss://localhost:${ports.wss}`, "--cafile", `${tls}/authority.crt`],
  ],
  "a certificate of its own": ({ ports, tls }) => [
    ...["--broker", `mqtts://localhost:${ports.mutual}`, "--cafile", `${tls}/authority.crt`],
    ...["--cert", `${tls}/client.crt`, "--key", `${tls}/client.pkcs8.key`],
    ...["--key-password-file", "key.password"],
  ],
  "a password in a file": ({ ports }) => [
    ...["--broker", `localhost:${ports.plain}`, "--username", "anna"],
    ...["--password-file", "key.password"],
  ],
  "the built-in broker": () => ["--embedded-broker", "--simulate", "--port", String(freePort())],
};

/** Deno's flags for the minimum of permissions. */
function requiredBy(asked: RecordingSettings): Permission[] {
  return RECORDING.filter(({ optional }) => !optional)
    .flatMap((feature) => feature.permissions(asked));
}

async function inFolderWithPassword(body: (cwd: string) => Promise<void>): Promise<void> {
  await inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/key.password`, `${KEY_PASSWORD}\n`);
    await body(cwd);
  });
}

for (const [name, flagsFor] of Object.entries(USES)) {
  Deno.test({
    name: `mqttrec needs exactly the table's permissions: ${name}`,
    ignore: withoutListeners,
    fn: () =>
      inFolderWithPassword(async (cwd) => {
        const argv = [...flagsFor(listeners!), "--duration", "200ms", "--lang", "en"];
        const all = requiredBy(config(...argv));
        const attempt = (permissions: readonly Permission[]) =>
          run(argv, { cwd, permissions: ["--no-prompt", ...permissionFlags(permissions)] });
        const { code, stderr } = await attempt(all);
        assert.equal(code, 0, stderr);
        assert.match(stderr, /^Connected to /m);
        await Promise.all(all.map(async (one) => {
          const { code, stderr } = await attempt(all.filter((other) => other !== one));
          const [flag] = permissionFlags([one]);
          const [first, second] = stderr.split("\n");
          assert.equal(first, `Cannot run: Deno was not given ${flag}`);
          assert.match(second!, /^Run: (?:npx --yes deno@\S+|deno) run /);
          assert.equal(code, 2);
        }));
      }),
  });
}

Deno.test("mqttrec prints a command for a missing permission that records when pasted", {
  ignore: withoutListeners || Deno.build.os === "windows",
}, () =>
  inFolderWithPassword(async (cwd) => {
    const { ports, tls } = listeners!;
    const argv = [
      ...[
        "--broker",
        `wss://anna:s3cret@localhost:${ports.wss}`,
        "--cafile",
        `${tls}/authority.crt`,
      ],
      ...["--topic", "a/#", "--topic", "$SYS/broker/version", "--client-id", "it's"],
      ...["--output", "my data/it, twice", "--duration", "200ms", "--lang", "en"],
    ];
    const { code, stderr } = await run(argv, { cwd, permissions: ["--no-prompt"] });
    assert.equal(code, 2, stderr);
    assert.doesNotMatch(stderr, /s3cret|anna/);
    const [, command] = /\nRun: (.*)\n/.exec(stderr)!;
    const here = command!.replace(/^(?:npx --yes deno@\S+|deno) /, `'${Deno.execPath()}' `);
    const pasted = await startCommand(["sh", "-c", here], { cwd, stdin: "null" }).ended;
    assert.equal(pasted.code, 0, pasted.stderr);
    await Deno.stat(`${cwd}/my data/it, twice.csv`);
  }));

Deno.test("mqttrec names an unreadable settings file, with a command for any settings", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/house.json`, '{"broker": "mqtts://house.lan"}');
    const permissions = [
      ...["--no-prompt", "--allow-net", "--allow-read=exports", "--allow-write=exports"],
      "--allow-env=MQTTREC_CONFIG",
    ];
    const typed = await run(["--config", "house.json"], { cwd, permissions });
    const inVariable = await run([], { cwd, permissions, env: { MQTTREC_CONFIG: "house.json" } });
    for (const { code, stderr } of [typed, inVariable]) {
      assert.match(stderr, /^Cannot run: Deno was not given --allow-read=house\.json\nRun: /);
      assert.match(stderr, / --allow-net --allow-read --allow-write=exports .*hostname,statfs,ca/);
      assert.equal(code, 2);
    }
  }));

Deno.test("mqttrec needs a file named by a variable as one named by a flag", () =>
  inFolder(async (cwd) => {
    const permissions = [
      ...["--no-prompt", "--allow-net", "--allow-read=exports", "--allow-write=exports"],
      "--allow-env=MQTTREC_*",
    ];
    const env = { MQTTREC_USERNAME: "anna", MQTTREC_PASSWORD_FILE: "pw" };
    const { code, stderr } = await run([], { cwd, permissions, env });
    assert.match(stderr, /^Cannot run: Deno was not given --allow-read=pw\n/);
    assert.equal(code, 2);
  }));

Deno.test("mqttrec check names the folder that it may not read", () =>
  inFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/other`);
    await Deno.writeTextFile(`${cwd}/other/x.csv`, "");
    const permissions = ["--no-prompt", "--allow-read=exports", "--allow-write=exports"];
    const { code, stderr } = await run(["check", "other/x.csv", "--repair"], { cwd, permissions });
    assert.match(
      stderr,
      /^Cannot run: Deno was not given --allow-read=other --allow-write=other\nRun: .* check other\/x\.csv --repair\n$/,
    );
    assert.equal(code, 2);
  }));

Deno.test({
  name: "mqttrec check through a link names the folder that the link leads to",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (cwd) => {
      const folder = await Deno.realPath(cwd);
      await Deno.mkdir(`${cwd}/elsewhere`);
      await Deno.writeTextFile(`${cwd}/elsewhere/x.csv`, "");
      await Deno.symlink("elsewhere", `${cwd}/exports`);
      const permissions = ["--no-prompt", "--allow-read=exports"];
      const { code, stderr } = await run(["check", "exports/x.csv"], { cwd, permissions });
      const first = `Cannot run: Deno was not given --allow-read=${folder}/elsewhere\n`;
      assert.ok(stderr.startsWith(first), stderr);
      assert.equal(code, 2);
    }),
});

Deno.test("mqttrec prints help, version and settings without any permission", () =>
  inFolder(async (cwd) => {
    for (const flag of ["--help", "--version", "--print-config"]) {
      const { code, stderr } = await run([flag], { cwd, permissions: ["--no-prompt"] });
      assert.deepEqual([code, stderr], [0, ""]);
    }
  }));

/** Deno's errors, and the permission that each is about. */
const THROWN: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['Requires net access to "[::1]:1883", run again with the --allow-net flag', "net", "[::1]:1883"],
  ['Requires sys access to "ca", run again with the --allow-sys flag', "sys", "ca"],
  ['Requires all access to "/dev/shm/x", run again with the --allow-all flag', "all", undefined],
  ["Requires net access, run again with the --allow-net flag", "net", undefined],
  [
    'Requires env access to "X", specify the required permissions during compilation',
    ...["env", "X"] as const,
  ],
  ["something else", undefined, undefined],
];

Deno.test("missingPermission() finds the permission in Deno's errors", () => {
  for (const [message, kind, scope] of THROWN) {
    const error = new Error("outer", { cause: new Deno.errors.NotCapable(message) });
    const expected = kind === undefined ? undefined : { kind, scope };
    assert.deepEqual(missingPermission(error), expected, message);
  }
  assert.equal(missingPermission(new Error(THROWN[0]![0])), undefined);
  assert.equal(missingPermission("text"), undefined);
});

Deno.test("mqttrec reports a permission missing at connect time as a permission error", () => {
  const cause = new Deno.errors.NotCapable(THROWN[1]![0]);
  const broker = new BrokerError((t) => t.brokerUnreachable("x", ""), { cause });
  const error = permissionError(RECORDING, config(), broker);
  assert.match(
    describe(error, sentences("en")),
    /^Cannot run: Deno was not given --allow-sys=ca\n/,
  );
  assert.equal(exitCode(error), 2);
});

Deno.test("permissionError() returns any other error unchanged", () => {
  const error = new BrokerError((t) => t.brokerUnreachable("x", ""));
  assert.equal(permissionError(RECORDING, config(), error), error);
  assert.equal(permissionError(CHECK, { operands: [], repair: false }, undefined), undefined);
});

Deno.test("a compiled mqttrec shows no command for a missing permission", () => {
  const missing = [{ kind: "all", scope: undefined }];
  const error = notPermitted(missing, missing, { started: "compiled" });
  for (const lang of ["en", "fr"] as const) {
    const output = describe(error, sentences(lang));
    assert.match(output, /--allow-all/);
    assert.doesNotMatch(output, /deno run/);
  }
  assert.equal(exitCode(error), 2);
});
