/** `--print-files`: names of finished files for whoever reads standard output. */

import assert from "node:assert/strict";
import { startRotation } from "../../lib/commands/start_rotation.ts";
import { finishedFiles } from "../../lib/files/finished_name.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { Recorder } from "../../lib/recording/recorder.ts";
import { batchOf, message } from "../support/arbitrary.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inCheckout } from "../support/checkout.ts";
import { readSet } from "../support/recorded_set.ts";
import { freePort, inFolder, start } from "../support/program.ts";
import { until } from "../support/until.ts";

const flags = () => [
  ...["--simulate", "--embedded-broker", "--broker", `localhost:${freePort()}`],
  ...["--sensors", "20", "--interval", "0.1", "--rotate", "30", "--print-files", "--output", "r"],
];

Deno.test("--print-files names every finished file once it is compressed, and nothing else", () =>
  inFolder(async (cwd) => {
    const running = start([...flags(), "--compress", "--count", "200"], { cwd });
    const { code, stdout } = await running.ended;
    const names = stdout.trimEnd().split("\n");
    assert.equal(code, 0);
    assert.deepEqual(names.map((name) => name.replace(/\d{8}T\d{6}Z/, "TIME")), [
      ...[1, 2, 3, 4, 5, 6].flatMap((n) => ["csv", "json"].map((e) => `r_0000${n}_TIME.${e}.gz`)),
    ]);
    for (const name of names) assert.ok((await Deno.stat(`${cwd}/${name}`)).isFile);
  }));

Deno.test("--print-files records on when its reader ends early", () =>
  inFolder(async (cwd) => {
    const running = start([...flags(), "--count", "400"], { cwd });
    await running.waitForOutput("Files:");
    running.hangUp();
    assert.equal((await running.ended).code, 0);
    const rows = await readSet(`${cwd}/r`, ["csv", "json"]);
    assert.equal(rows.flat().length, 400);
  }));

Deno.test({
  name: "a second q ends a recording whose names nobody reads",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (cwd) => {
      await new Deno.Command("mkfifo", { args: [`${cwd}/names`] }).output();
      // The reader opens the pipe and takes nothing; to open it for writing too does not wait.
      using _reader = await Deno.open(`${cwd}/names`, { read: true, write: true });
      const through = ["sh", "-c", 'exec "$@" >names', "sh"];
      // More than a pipe holds.
      const name = "r".repeat(200);
      const long = [...flags().slice(0, -5), "--rotate", "2", "--print-files", "--output", name];
      const running = start(long, { cwd, through });
      await running.waitForOutput("Files:");
      const isMuch = async () => (await finishedFiles(`${cwd}/${name}`)).length > 400;
      await until(isMuch, { everyMs: 100, turns: 600 });
      await running.type("q");
      await running.waitForOutput(sentences("en").rotate.namesWait);
      await running.type("q");
      const { code, stderr } = await running.ended;
      assert.equal(code, 0);
      assert.match(stderr, /Program ended\.\n$/);
    }),
});

Deno.test("--print-files waits for a slow reader at the end, and not for one that is given up", () =>
  inFolder(async (folder) => {
    for (const isInsisted of [false, true]) {
      const output = `${folder}/${isInsisted}`, clock = new FakeClock();
      const insist = new AbortController(), read = Promise.withResolvers<void>();
      let printed = "";
      const out = {
        async write(bytes: Uint8Array) {
          await read.promise;
          printed += new TextDecoder().decode(bytes);
          return bytes.length;
        },
      };
      const rotate = { rows: 2, bytes: undefined, periodMs: undefined };
      const config = { output, rotate, printFiles: true };
      const options = { insisted: insist.signal, out };
      await using lock = await OutputLock.take(output);
      const rotating = await startRotation(config, lock, clock, () => {}, options);
      const { rotation, finisher } = rotating;
      using recorder = await Recorder.open({ output, formats: ["csv"], clock, rotation });
      await recorder.record((async function* () {
        yield { batch: batchOf([1, 2, 3].map((i) => message("t", `${i}`))), ack() {} };
      })());
      await finisher!.idle();
      assert.equal(rotating.printing, true);
      const ended = rotating[Symbol.asyncDispose]();
      if (isInsisted) insist.abort();
      else read.resolve();
      await ended;
      assert.equal(printed.split("\n").length, isInsisted ? 1 : 2);
      read.resolve();
    }
  }));

Deno.test({
  name: "the pipeline of exports/README.md copies every finished file in a fresh checkout",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inCheckout(async (cwd) => {
      const page = await Deno.readTextFile(new URL("../../exports/README.md", import.meta.url));
      const [, example] = /```sh\n([^`]*--print-files[^`]*)```/.exec(page)!;
      const here =
        `simulate --broker localhost:${freePort()} --interval 0.1 --count 100 --rotate 30`;
      // Its own broker, and an end after some files.
      const script = example!.replace("npx --yes deno@2.9.5", '"$0"')
        .replace("start --rotate 1d", here);
      assert.equal(script.split(here).length, 2, script);
      const { code, stderr } = await new Deno.Command("sh", {
        args: ["-c", script, Deno.execPath()],
        cwd,
        stdin: "null",
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      const finished = (await finishedFiles(`${cwd}/exports/mqtt_data`)).map(({ name }) => name);
      assert.equal(finished.length, 6);
      for (const name of finished) {
        const [original, copy] = await Promise.all(
          ["exports", "exports/archive"].map((folder) => Deno.readFile(`${cwd}/${folder}/${name}`)),
        );
        assert.deepEqual(copy, original);
      }
    }),
});
