import assert from "node:assert/strict";
import { runCommand, type Started } from "../../lib/config/run_command.ts";

const POSIX: Started = {
  argv: [],
  execPath: "/usr/bin/deno",
  version: "2.9.5",
  main: "/home/anna/mqttrec/main.ts",
  cwd: "/home/anna/mqttrec",
  windows: false,
};

/** The arguments after the program in the command for `argv`. */
function typed(argv: readonly string[], windows = false): string {
  return runCommand([], { ...POSIX, argv, windows }).split(" main.ts ")[1]!;
}

Deno.test("runCommand() repeats the command line with the given permissions", () => {
  const flags = ["--allow-net=house.lan:1883", "--allow-env=LANG,MQTTREC_*"];
  assert.equal(
    runCommand(flags, { ...POSIX, argv: ["--broker", "house.lan"] }),
    "deno run --quiet --no-prompt --allow-net=house.lan:1883 " +
      '"--allow-env=LANG,MQTTREC_*" main.ts --broker house.lan',
  );
});

Deno.test("runCommand() uses npx if Deno came with it", () => {
  const execPath = "/home/anna/.npm/_npx/1a2b/node_modules/@deno/linux-x64-glibc/deno";
  assert.match(runCommand([], { ...POSIX, execPath }), /^npx --yes deno@2\.9\.5 run /);
  const windows = "C:\\Users\\anna\\AppData\\Local\\npm-cache\\_npx\\1\\node_modules\\deno.exe";
  assert.match(runCommand([], { ...POSIX, execPath: windows }), /^npx --yes deno@2\.9\.5 run /);
});

Deno.test("runCommand() finds the program from another folder", () => {
  // The separator is that of the machine.
  assert.match(runCommand([], { ...POSIX, cwd: "/home/anna" }), / '?mqttrec[\\/]main\.ts'?$/);
  assert.match(runCommand([], { ...POSIX, cwd: "/srv" }), / \/home\/anna\/mqttrec\/main\.ts$/);
});

Deno.test("runCommand() quotes what a shell would expand", () => {
  assert.equal(
    typed(["-t", "home/#", "--output", "exports/a b"]),
    '-t "home/#" --output "exports/a b"',
  );
  assert.equal(typed(["-t", "$SYS/#", "-i", "it's"]), `-t '$SYS/#' -i "it's"`);
  assert.equal(typed(["-i", `"$'`]), `-i '"$'\\'''`);
  assert.equal(typed(["-i", ""]), '-i ""');
});

Deno.test({
  name: "runCommand() writes words that a POSIX shell reads back unchanged",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const argv = ["home/#", "$SYS/#", "it's", `"$'`, "a\\b", "!x", "=ls", "~", "é", "*", "a,b", ""];
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf '%s\\n' ${typed(argv)}`],
    }).output();
    assert.deepEqual(new TextDecoder().decode(stdout).split("\n"), [...argv, ""]);
  },
});

Deno.test("runCommand() on Windows uses quotes that cmd.exe and PowerShell share", () => {
  assert.equal(typed(["-t", "home/#"], true), '-t "home/#"');
  assert.equal(typed(["--output", "D:\\data\\house"], true), "--output D:\\data\\house");
  assert.equal(typed(["--output", "D:\\my data\\"], true), '--output "D:\\my data\\\\"');
  assert.equal(typed(["-i", 'a\\"b'], true), '-i "a\\\\\\"b"');
});

Deno.test("runCommand() leaves out what the task verify adds to files that are named", () => {
  assert.equal(
    typed(["check", "--folder", "exports", "a.csv", "--repair"]),
    "check a.csv --repair",
  );
  assert.equal(typed(["check", "--folder", "exports"]), "check --folder exports");
});

/** Every notation of a password, and what the command shows instead. */
const SECRETS: readonly (readonly [string[], string])[] = [
  [["-P", "s3cret"], "-P PASSWORD"],
  [["--password", "s3cret"], "--password PASSWORD"],
  [["--password=s3cret=1"], "--password=PASSWORD"],
  [["-P=s3cret"], "-P=PASSWORD"],
  [["--broker", "mqtt://anna:s3cret@house.lan"], "--broker mqtt://USER:PASSWORD@house.lan"],
  [["--broker=mqtts://anna:s3@cret@house.lan:1"], "--broker=mqtts://USER:PASSWORD@house.lan:1"],
  [["--broker", "anna:s3cret@house.lan"], "--broker USER:PASSWORD@house.lan"],
  [["--broker", "ws://s3cret@house.lan/mqtt"], "--broker ws://USER@house.lan/mqtt"],
  [["--broker", "ws://a:s3@cret@h/mqtt?user=x@y"], '--broker "ws://USER:PASSWORD@h/mqtt?user=x@y"'],
];

Deno.test("runCommand() hides secrets in every notation", () => {
  for (const [argv, shown] of SECRETS) assert.equal(typed(argv), shown);
});

Deno.test("runCommand() keeps words that only resemble a secret", () => {
  const argv = ["--password-file", "a@b", "-u", "anna@house", "check"];
  assert.equal(typed(argv), argv.join(" "));
});
