/**
 * Compares the table of permissions with the tasks of deno.json, the compiled program and the
 * documentation.
 */

import assert from "node:assert/strict";
import { compiledPermissions, taskPermissions } from "../../.ci/task_permissions.ts";
import {
  CHECK,
  type Check,
  EXPORT,
  type Export,
  type Feature,
  LOOKING,
  type Permission,
  permissionFlags,
  permissionsOfAnyRecording,
  RECORDING,
  type RecordingSettings,
} from "../../lib/config/permissions_table.ts";
import { DOUBLE_CLICK_VARIABLES } from "../../lib/system/double_click.ts";
import { config } from "../support/configured.ts";

/** Settings of recordings that together use every feature of the table. */
const RECORDINGS: Readonly<Record<string, RecordingSettings>> = {
  "plain MQTT": config("--broker", "house.lan"),
  "IPv6": config("--broker", "[fd00::7]:1884"),
  "TLS": config("--broker", "mqtts://house.lan"),
  "WebSocket": config("--broker", "ws://house.lan"),
  "WebSocket in TLS": config("--broker", "wss://house.lan"),
  "client certificate": config("--cafile", "/etc/ca.pem", "--cert", "me.pem", "--key", "../me.key"),
  "encrypted key": config("--cert", "me.pem", "--key-password-file", "key.password"),
  "password in a file": config("--username", "anna", "--password-file", "/run/anna.password"),
  "settings in a file": { ...config(), configFile: "/etc/house.json" },
  "simulation with the built-in broker": config("--simulate", "--embedded-broker"),
};
const CHECKS: Readonly<Record<string, Check>> = {
  "check": { operands: ["exports/mqtt_data.csv", "exports/monday"], repair: false },
  "check --repair": { operands: ["exports/mqtt_data"], repair: true },
};

const EXPORTS: Readonly<Record<string, Export>> = {
  "export": { operands: ["exports/mqtt_data"], output: "exports/mqtt_data.xlsx" },
};

function permissionsOf<Asked>(features: readonly Feature<Asked>[], asked: Asked): Permission[] {
  return features.flatMap((feature) => feature.permissions(asked));
}

/** The cases of each task, and the permissions they need. */
const USES = {
  start: Object.entries(RECORDINGS).map(([name, asked]) => [name, permissionsOf(RECORDING, asked)]),
  simulate: Object.entries(RECORDINGS)
    .map(([name, asked]) => [name, permissionsOf(RECORDING, asked)]),
  verify: Object.entries(CHECKS).map(([name, asked]) => [name, permissionsOf(CHECK, asked)]),
  export: Object.entries(EXPORTS).map(([name, asked]) => [name, permissionsOf(EXPORT, asked)]),
} as Readonly<
  Record<"start" | "simulate" | "verify" | "export", readonly [string, Permission[]][]>
>;

/** The permissions of flags; `--allow-sys=a,b` gives two. */
function permissionsIn(flags: readonly string[]): Permission[] {
  return flags.flatMap((flag): Permission[] => {
    const [, kind, scopes] = /^--allow-(\w+)(?:=(.*))?$/.exec(flag) ?? [];
    if (kind === undefined) return [];
    return (scopes?.split(",") ?? [undefined]).map((scope) => ({ kind, scope }));
  });
}

/** Whether `given` includes a permission, by the rules of Deno that the flags here use. */
function isCovered({ kind, scope }: Permission, given: readonly Permission[]): boolean {
  return given.some((one) =>
    one.kind === kind &&
    (one.scope === undefined || one.scope === scope ||
      (kind === "env" && /\*$/.test(one.scope) && scope?.startsWith(one.scope.slice(0, -1))))
  );
}

for (const task of ["start", "simulate", "verify", "export"] as const) {
  const given = permissionsIn(taskPermissions(task));

  Deno.test(`deno task ${task} grants every permission of its features`, () => {
    for (const [name, used] of USES[task]) {
      for (const permission of used) {
        assert.ok(isCovered(permission, given), `${name}: ${permissionFlags([permission])}`);
      }
    }
  });

  Deno.test(`deno task ${task} grants no permission without a feature`, () => {
    for (const one of given) {
      const others = given.filter((other) => other !== one);
      const unused = USES[task].every(([, used]) => used.every((each) => isCovered(each, others)));
      assert.ok(!unused, `${permissionFlags([one])}`);
    }
  });
}

Deno.test("RECORDING, CHECK and EXPORT have no feature without a case in this test", () => {
  for (const feature of RECORDING) {
    const used = Object.values(RECORDINGS).some((asked) => feature.permissions(asked).length > 0);
    assert.ok(used, feature.name);
  }
  for (const feature of CHECK) {
    const used = Object.values(CHECKS).some((asked) => feature.permissions(asked).length > 0);
    assert.ok(used, feature.name);
  }
  for (const feature of EXPORT) {
    const used = Object.values(EXPORTS).some((asked) => feature.permissions(asked).length > 0);
    assert.ok(used, feature.name);
  }
});

Deno.test("LOOKING needs the broker and its secrets, and neither writes nor serves", () => {
  const secret = config("--broker", "mqtts://house.lan", "--username", "anna");
  const flags = permissionFlags(permissionsOf(LOOKING, { ...secret, passwordFile: "/run/anna" }));
  assert.deepEqual(flags.map((flag) => flag.split("=")[0]), [
    "--allow-net",
    "--allow-read",
    "--allow-env",
    "--allow-sys",
  ]);
  assert.ok(flags.includes("--allow-net=house.lan:8883"));
  assert.ok(flags.includes("--allow-read=/run/anna"));
});

Deno.test("deno task start grants the flags of permissionsOfAnyRecording()", () => {
  const flags = permissionFlags(permissionsOfAnyRecording());
  assert.deepEqual(taskPermissions("start"), ["--no-prompt", ...flags]);
});

Deno.test("The compiled program may read and write everywhere, notice a double click, else what deno task start grants", () => {
  const everywhere = ["read", "write"].map((kind) => ({ kind, scope: undefined }));
  const variables = DOUBLE_CLICK_VARIABLES.map((scope) => ({ kind: "env", scope }));
  const flags = permissionFlags([...permissionsOfAnyRecording(), ...everywhere, ...variables]);
  assert.deepEqual(compiledPermissions(), ["--no-prompt", ...flags]);
});

Deno.test("permissionFlags() returns one flag a kind, and a whole kind instead of its parts", () => {
  const flags = permissionFlags([
    { kind: "write", scope: "a,b" },
    { kind: "net", scope: "h:1" },
    { kind: "write", scope: "c" },
    { kind: "write", scope: "c" },
    { kind: "net", scope: undefined },
  ]);
  assert.deepEqual(flags, ["--allow-net", "--allow-write=a,,b,c"]);
  const all = { kind: "all", scope: undefined };
  assert.deepEqual(permissionFlags([{ kind: "net", scope: "h:1" }, all]), ["--allow-all"]);
});

Deno.test("RECORDING asks for a host beyond ASCII as a flag can hold it", () => {
  const used = permissionsOf(RECORDING, config("--broker", "müller.lan"));
  const hosts = used.filter(({ kind }) => kind === "net").map(({ scope }) => scope);
  assert.deepEqual(hosts, ["xn--mller-kva.lan:1883"]);
});

const PAGE = await Deno.readTextFile(new URL("../../lib/config/README.md", import.meta.url));

Deno.test("config/README.md gives the deno run line for the default recording", () => {
  const lines = [...PAGE.matchAll(/^deno run (.*) main\.ts$/gm)].map(([, flags]) => flags);
  const required = RECORDING.filter(({ optional }) => !optional);
  const flags = permissionFlags(permissionsOf(required, config()));
  assert.deepEqual(lines.map((line) => line!.match(/--allow-\S+/g)), [flags]);
});

Deno.test("config/README.md names every variable and kind of information in its permissions table", () => {
  const [, section] = /\n## Permissions\n(.*)/s.exec(PAGE)!;
  const rows = [...section!.matchAll(/^\| `"?(--allow-[^"`]+)"?` /gm)].map(([, flag]) => flag!);
  const named = permissionsIn(rows);
  const used = permissionsOf(RECORDING, RECORDINGS["TLS"]!);
  for (const kind of ["env", "sys"]) {
    const scopes = (all: readonly Permission[]) =>
      all.filter((one) => one.kind === kind).map(({ scope }) => scope).sort();
    assert.deepEqual(scopes(named), scopes(used), kind);
  }
  for (const kind of ["net", "read", "write"]) {
    assert.ok(named.some((one) => one.kind === kind), kind);
  }
});
