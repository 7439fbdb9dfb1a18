/** `deno task start` that is ended from outside, without a terminal. */

import assert from "node:assert/strict";
import { type Launcher, startTask, withoutNpx } from "../support/as_user.ts";
import { inCheckout } from "../support/checkout.ts";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder } from "../support/program.ts";
import { sentences } from "../../lib/locale/mod.ts";

const en = sentences("en");

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test({
    name: `mqttrec ends cleanly on ${signal} to deno task alone`,
    ignore: withoutMosquitto || Deno.build.os === "windows",
    fn: () =>
      inFolder((folder) =>
        inCheckout(async (checkout) => {
          await using broker = await Mosquitto.start(folder, [], { asInstalled: true });
          await using program = startTask("start", ["-p", String(broker.port)], { checkout });
          await program.waitForOutput("Files:");
          program.child.kill(signal);
          await program.waitForOutput("Program ended.");
          const { stderr } = await program.ended;
          assert.equal(stderr.includes(en.launcherEnded), signal === "SIGKILL", stderr);
          const left = await Array.fromAsync(Deno.readDir(`${checkout}/exports`));
          assert.deepEqual(left.map(({ name }) => name).sort(), [
            "mqtt_data.csv",
            "mqtt_data.json",
            "mqtt_data.lock",
          ]);
          const lock = await Deno.readTextFile(`${checkout}/exports/mqtt_data.lock`);
          assert.equal(JSON.parse(lock).alive, 0, "a run that was killed");
        })
      ),
  });
}

for (const [launcher, says] of [["npx", true], ["deno", false]] as [Launcher, boolean][]) {
  Deno.test({
    name: `${launcher} without a terminal ${
      says ? "is said to pass" : "says nothing of passing"
    } no signal on`,
    ignore: withoutMosquitto || launcher === "npx" && withoutNpx,
    fn: () =>
      inFolder((folder) =>
        inCheckout(async (checkout) => {
          await using broker = await Mosquitto.start(folder, [], { asInstalled: true });
          const flags = ["-p", String(broker.port), "-W", "0.1"];
          await using program = startTask("start", flags, { checkout, launcher });
          const { stderr } = await program.ended;
          assert.equal(stderr.includes(en.throughNpm("npx")), says, stderr);
        })
      ),
  });
}
