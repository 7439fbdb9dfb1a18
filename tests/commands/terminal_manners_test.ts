/** What the program leaves of the terminal, and of other people's input. */

import assert from "node:assert/strict";
import { sentences } from "../../lib/locale/mod.ts";
import { inCheckout } from "../support/checkout.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, isInstalled, run } from "../support/program.ts";
import { inTerminal, type Step, withoutPty } from "../support/pty.ts";

const en = sentences("en");
const QUIT = "Type 'q' to quit: ";

/** A test of `deno task start` at a terminal, as `"$@"` in a line of a shell. */
function atTerminal(
  name: string,
  flags: readonly string[],
  line: string,
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
          const shell = ["sh", "-c", `trap : INT; ${line}`, "sh"];
          const { screen } = await inTerminal([...shell, ...task, ...flags], steps, { cwd });
          const [, after] = screen.split("Program ended.");
          assert.ok(after !== undefined, screen);
          check(after, screen);
        })
      ),
  });
}

atTerminal(
  "what was pasted behind q does not reach the shell",
  [],
  '"$@"; timeout --foreground 1 cat',
  [[QUIT, "q\nrm -rf x\nls"]],
  (after) => assert.doesNotMatch(after, /rm|ls/),
);

atTerminal(
  "Ctrl+D does not take the keys away, and pasted text is answered once",
  [],
  '"$@"; true',
  [[QUIT, "\x04one\ntwo\nthree"], ["Unknown key", "s"], ["Activity", "q"]],
  (_, screen) => assert.equal(screen.match(/Unknown key/g)?.length, 1, screen),
);

atTerminal(
  "Ctrl+C where a password is asked for leaves the echo on, and exits with 130",
  ["-u", "anna"],
  '"$@"; echo code=$?; stty -a',
  [["Password of anna: ", "\x03"]],
  (after) => assert.match(after, /^\s*code=130\s[^]*[ ;]echo /),
);

atTerminal(
  "Ctrl+Z, which does not stop deno task, does not stop the recording either",
  [],
  '"$@"',
  [[QUIT, "\x1a"], [en.keysLeft.slice(0, 40), "\x03"]],
  (_, screen) => assert.match(screen, /0 messages recorded/),
);

// bash takes the terminal back as soon as the loop has ended.
if (await isInstalled("bash", ["--version"])) {
  atTerminal(
    "Ctrl+C ends a recording in front of a loop of the shell",
    ["--rotate", "1d", "--print-files"],
    `bash --norc -ic '"$@" | while read -r f; do :; done; sleep 2' bash "$@"; true`,
    [[QUIT, "\x03"]],
    (_, screen) => assert.match(screen, /0 messages recorded/),
  );
}

// /proc tells who is in front.
if (Deno.build.os === "linux") {
  atTerminal(
    "a task with & records beside the shell, and draws nothing",
    ["-W", "1"],
    'set -m; "$@" & wait',
    [],
    (_, screen) => {
      assert.match(screen, /0 messages recorded/);
      assert.ok(!screen.includes(QUIT), screen);
    },
  );
}

atTerminal(
  "a recording ends, and says why, when the launcher of deno task is killed",
  [],
  `set -m
  (until [ -s exports/mqtt_data.json ]; do sleep 0.1; done; sleep 1; kill -KILL $(cat exports/pid)) &
  sh -c 'echo $$ >exports/pid; "$@"; true' sh "$@"
  sleep 4`,
  [],
  (_, screen) => assert.ok(screen.includes(en.launcherEnded), screen),
);

Deno.test({
  name: "mqttrec leaves the input of a shell loop unread",
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
