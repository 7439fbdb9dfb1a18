/** What the program leaves of the terminal, and of other people's input. */

import assert from "node:assert/strict";
import { inCheckout } from "../support/checkout.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, run } from "../support/program.ts";
import { inTerminal, type Step, withoutPty } from "../support/pty.ts";

/** A test of `deno task start` at a terminal, by a shell that then runs `next`. */
function atTerminal(
  name: string,
  flags: readonly string[],
  next: string,
  steps: readonly Step[],
  check: (after: string, screen: string) => void,
): void {
  Deno.test({
    name,
    ignore: withoutMosquitto || withoutPty,
    fn: () =>
      inFolder((folder) =>
        inCheckout(async (cwd) => {
          await using broker = await Mosquitto.start(folder, [], { asInstalled: true });
          const task = [Deno.execPath(), "task", "--quiet", "start", "-p", String(broker.port)];
          const shell = ["sh", "-c", `trap : INT; "$@"; ${next}`, "sh"];
          const { screen } = await inTerminal([...shell, ...task, ...flags], steps, { cwd });
          const [, after] = screen.split("Program ended.");
          assert.ok(after !== undefined, screen);
          check(after, screen);
        })
      ),
  });
}

const QUIT = "Type 'q' to quit: ";

atTerminal(
  "what was pasted behind q does not reach the shell",
  [],
  "timeout --foreground 1 cat",
  [[QUIT, "q\nrm -rf x\nls"]],
  (after) => assert.doesNotMatch(after, /rm|ls/),
);

atTerminal(
  "Ctrl+D does not take the keys away, and pasted text is answered once",
  [],
  "true",
  [[QUIT, "\x04one\ntwo\nthree"], ["Unknown key", "s"], ["Activity", "q"]],
  (_, screen) => assert.equal(screen.match(/Unknown key/g)?.length, 1, screen),
);

atTerminal(
  "Ctrl+C where a password is asked for leaves the echo on",
  ["-u", "anna"],
  "stty -a",
  [["Password of anna: ", "\x03"]],
  (after) => assert.match(after, /[ ;]echo /),
);

Deno.test({
  name: "a loop of the shell keeps the lines that it reads",
  ignore: withoutMosquitto || Deno.build.os === "windows",
  fn: () =>
    inFolder(async (cwd) => {
      await using broker = await Mosquitto.start(cwd, [], { asInstalled: true });
      const loop = ["sh", "-c", 'while read -r line; do "$@" >/dev/null; echo "$line"; done', "sh"];
      await Deno.writeTextFile(`${cwd}/lines`, "a\nq\nb\n");
      const shell = ["sh", "-c", 'exec "$@" <lines', "sh"];
      const { stdout } = await run(
        ["-p", String(broker.port), "-W", "0.1", "--output", `${cwd}/x`],
        {
          cwd,
          through: [...shell, ...loop],
        },
      );
      assert.equal(stdout, "a\nq\nb\n");
    }),
});
