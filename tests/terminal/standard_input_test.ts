import assert from "node:assert/strict";
import type { Keyboard } from "../../lib/terminal/keyboard.ts";
import { type InputKind, TerminalKeys, unknownKind } from "../../lib/terminal/standard_input.ts";
import { FakeClock, runMicrotasks } from "../support/fake_clock.ts";
import { withoutPty } from "../support/pty.ts";

/** A keyboard that gives these lines; `null` is Ctrl+D, an error a terminal that is gone. */
function keyboard(given: (string | null | Error)[]) {
  const done: string[] = [];
  const terminal: Keyboard & { there: boolean } = {
    there: true,
    isTerminal: () => terminal.there,
    setRaw: (raw, options) => void done.push(`raw ${raw}${options?.cbreak ? " cbreak" : ""}`),
    read(into) {
      const next = given.shift();
      if (next === undefined) return new Promise(() => {});
      if (next instanceof Error) return Promise.reject(next);
      done.push(`read ${next}`);
      const count = next === null ? null : new TextEncoder().encodeInto(next, into).written;
      return Promise.resolve(count);
    },
  };
  return { terminal, done };
}

Deno.test("TerminalKeys.read() goes on after Ctrl+D, without haste", async () => {
  const clock = new FakeClock();
  const { terminal } = keyboard([null, null, "q\n"]);
  const keys = new TerminalKeys(terminal, clock);
  const into = new Uint8Array(9);
  let count: number | null | undefined;
  void keys.read(into).then((n) => count = n);
  await clock.advance(199);
  assert.equal(count, undefined);
  await clock.advance(1);
  assert.deepEqual([count, into[0], keys.gone], [2, 0x71, false]);
});

Deno.test("TerminalKeys.read() tells a terminal that is gone from Ctrl+D", async () => {
  const failed = new TerminalKeys(keyboard([new Error("EIO")]).terminal, new FakeClock());
  assert.deepEqual([await failed.read(new Uint8Array(9)), failed.gone], [null, true]);
  const { terminal } = keyboard([null]);
  terminal.there = false;
  const closed = new TerminalKeys(terminal, new FakeClock());
  assert.deepEqual([await closed.read(new Uint8Array(9)), closed.gone], [null, true]);
});

Deno.test({
  name: "TerminalKeys.discard() takes what waits, a line that is not complete too",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const clock = new FakeClock();
    const { terminal, done } = keyboard(["rm -rf x\n", "ls"]);
    const discarded = new TerminalKeys(terminal, clock).discard();
    await runMicrotasks();
    await clock.advance(100);
    await discarded;
    assert.deepEqual(done, ["raw true cbreak", "read rm -rf x\n", "read ls", "raw false"]);
    assert.equal(clock.sleeping, 0);
  },
});

/** What `inputKind()` says in a process whose standard input is made by this line of a shell. */
async function kindOf(shell: string): Promise<InputKind> {
  const module = new URL("../../lib/terminal/standard_input.ts", import.meta.url);
  const code = `import { inputKind } from "${module}"; console.log(inputKind());`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", shell],
    env: { RUN: `data:text/typescript,${encodeURIComponent(code)}`, DENO: Deno.execPath() },
  }).output();
  return new TextDecoder().decode(stdout).trim() as InputKind;
}

const PROGRAM = '"$DENO" run --quiet --no-prompt --allow-import --allow-read "$RUN"';
const SHELL: Readonly<Record<string, readonly [shell: string, kind: InputKind]>> = {
  "a pipe is read": [`true | ${PROGRAM}`, "pipe"],
  "a file is left to the loop that reads it": [`${PROGRAM} </etc/passwd`, "none"],
  "a device is not read": [`${PROGRAM} </dev/null`, "none"],
  "a closed input is not read": [`${PROGRAM} <&-`, "none"],
};
for (const [name, [shell, kind]] of Object.entries(SHELL)) {
  Deno.test({
    name: `inputKind(): ${name}`,
    ignore: Deno.build.os === "windows",
    fn: async () => assert.equal(await kindOf(shell), kind),
  });
}

const PTY = "import os, pty, sys; sys.exit(pty.spawn(['sh', '-c', sys.argv[1]]))";
for (const [setsid, kind] of [["", "terminal"], ["setsid -w ", "none"]] as const) {
  Deno.test({
    name: `inputKind() of a terminal ${setsid ? "of another session" : "of our own"} is ${kind}`,
    ignore: withoutPty,
    fn: async () => assert.equal(await kindOf(`python3 -c "${PTY}" '${setsid}${PROGRAM}'`), kind),
  });
}

Deno.test("unknownKind() is a pipe on Windows, which tells nothing of those, unless it is closed", () => {
  const error = (code: string) => Object.assign(new Error(code), { code });
  assert.equal(unknownKind(error("EINVAL"), true), "pipe");
  assert.equal(unknownKind(error("EISDIR"), true), "pipe");
  assert.equal(unknownKind(error("EBADF"), true), "none");
  assert.equal(unknownKind(error("EINVAL"), false), "none");
});
