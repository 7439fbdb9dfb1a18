import assert from "node:assert/strict";
import { Stop } from "../../lib/system/stop.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { inFolder } from "../support/program.ts";

Deno.test("Stop.request() aborts the signal", () => {
  using stop = new Stop();
  assert.equal(stop.signal.aborted, false);
  stop.request();
  assert.equal(stop.signal.aborted, true);
});

Deno.test("Stop.after() aborts after the duration, and never without one", async () => {
  const clock = new FakeClock();
  using stop = new Stop();
  stop.after(undefined, clock);
  stop.after(5_000, clock);
  await clock.advance(4_999);
  assert.equal(stop.signal.aborted, false);
  await clock.advance(1);
  assert.equal(stop.signal.aborted, true);
  assert.equal(clock.sleeping, 0);
});

Deno.test({
  name: "Stop aborts on a signal of the system",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using stop = new Stop({ terminal: true });
    const aborted = new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
    Deno.kill(Deno.pid, "SIGHUP");
    // A signal listener does not keep the event loop alive.
    const timer = setTimeout(() => {}, 10_000);
    await aborted;
    clearTimeout(timer);
  },
});

Deno.test({
  name: "SIGHUP does not abort where no terminal is ours, SIGTERM does",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using stop = new Stop({ terminal: false });
    const heard = Promise.withResolvers<void>();
    const onHangup = () => heard.resolve();
    Deno.addSignalListener("SIGHUP", onHangup);
    const timer = setTimeout(() => {}, 10_000);
    Deno.kill(Deno.pid, "SIGHUP");
    await heard.promise;
    Deno.removeSignalListener("SIGHUP", onHangup);
    assert.deepEqual([stop.signal.aborted, stop.terminated], [false, false]);
    const aborted = new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
    Deno.kill(Deno.pid, "SIGTERM");
    await aborted;
    assert.equal(stop.terminated, true);
    clearTimeout(timer);
  },
});

Deno.test({
  name: "Stop.insisted aborts on a second signal, but not on one that a launcher passes on",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    for (const [afterMs, insists] of [[100, false], [600, true]] as const) {
      let now = 1_000;
      using stop = new Stop({ terminal: true, monotonic: () => now });
      // A signal listener does not keep the event loop alive.
      const timer = setTimeout(() => {}, 10_000);
      for (const _ of [1, 2]) {
        const heard = Promise.withResolvers<void>();
        const onSignal = () => heard.resolve();
        Deno.addSignalListener("SIGHUP", onSignal);
        Deno.kill(Deno.pid, "SIGHUP");
        await heard.promise;
        Deno.removeSignalListener("SIGHUP", onSignal);
        now += afterMs;
      }
      assert.deepEqual([stop.signal.aborted, stop.insisted.aborted], [true, insists]);
      clearTimeout(timer);
    }
  },
});

Deno.test({
  name: "Stop.insisted aborts on the first signal where the end was requested before",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using stop = new Stop({ terminal: true });
    stop.request();
    const timer = setTimeout(() => {}, 10_000);
    const insisted = new Promise((resolve) => stop.insisted.addEventListener("abort", resolve));
    Deno.kill(Deno.pid, "SIGHUP");
    await insisted;
    clearTimeout(timer);
  },
});

Deno.test({
  name: "Stop that a signal has ended hears one that comes after it, but not a third one",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const stop = new URL("../../lib/system/stop.ts", import.meta.url);
    const script = `
      const { Stop } = await import(${JSON.stringify(stop.href)});
      {
        using stop = new Stop();
        console.log("records");
        await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
      }
      console.log("ended");
      for (;;) await new Promise((resolve) => setTimeout(resolve, 10));`;
    const args = ["eval", "--quiet", "-c", new URL("../../deno.json", stop).pathname, script];
    await using child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    const shown = child.stdout.getReader();
    for (let signals = 0; signals < 2; signals++) {
      await shown.read();
      child.kill("SIGTERM");
    }
    // One that comes at once was passed on by a launcher, and does not count.
    for (const pressed of [1, 2]) {
      const timer = Promise.withResolvers<string>();
      setTimeout(timer.resolve, 600, "alive");
      assert.equal(await Promise.race([child.status, timer.promise]), "alive", `${pressed}`);
      child.kill("SIGTERM");
    }
    assert.equal((await child.status).signal, "SIGTERM");
    await shown.cancel();
  },
});

Deno.test({
  name: "exit() exits with its code, also if a signal comes meanwhile",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const stop = new URL("../../lib/system/stop.ts", import.meta.url);
      const killed = `${folder}/killed`;
      // Its exit lasts until the signal was sent.
      const script = `
      const { exit } = await import(${JSON.stringify(stop.href)});
      const isKilled = () => [...Deno.readDirSync(${JSON.stringify(folder)})].length > 0;
      addEventListener("unload", () => {
        console.log("exits");
        const until = performance.now() + 10_000;
        while (!isKilled() && performance.now() < until);
      });
      exit(7);`;
      const args = ["eval", "--quiet", "-c", new URL("../../deno.json", stop).pathname, script];
      const options = { args, stdout: "piped" } as const;
      await using child = new Deno.Command(Deno.execPath(), options).spawn();
      const shown = child.stdout.getReader();
      assert.equal(new TextDecoder().decode((await shown.read()).value), "exits\n");
      child.kill("SIGTERM");
      await Deno.writeTextFile(killed, "");
      const { code, signal } = await child.status;
      await shown.cancel();
      assert.deepEqual([code, signal], [7, null]);
    }),
});
