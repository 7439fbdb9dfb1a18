import assert from "node:assert/strict";
import { type Desktop, recordForDoubleClick, untilEnter } from "../../lib/commands/double_click.ts";
import { BrokerError, Cancelled, StateError, UsageError } from "../../lib/locale/errors.ts";
import type { Flags } from "../../lib/config/flags.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { AnswerTimeout, ConnectRefusal } from "../../lib/mqtt/transport/connection_errors.ts";
import { SharedKeyboard } from "../../lib/terminal/shared_keyboard.ts";
import { FakeClock } from "../support/fake_clock.ts";

const t = sentences("en");
const ENV: Readonly<Record<string, string>> = {
  USERPROFILE: "C:\\Users\\anna",
  SystemRoot: "C:\\Windows",
  TEMP: "C:\\Temp",
};

const EXE = Deno.build.os === "windows" ? "C:\\mqttrec\\mqttrec.exe" : "C:\\mqttrec/mqttrec.exe";
const REMEMBERED = "C:\\mqttrec\\mqttrec-broker.txt";

/** A desktop on which `lines` are typed one after the other, each when a question is shown. */
function desktop(lines: readonly string[] = [], disk = new Map<string, string>()) {
  const left = [...lines];
  const shown: string[] = [];
  /** host:port of the brokers that answer. */
  const up = new Set<string>();
  /** What was recorded: broker, output and whether it is simulated. */
  const recorded: string[] = [];
  /** What a recording does; connects if nothing else is said. */
  let behaviour: (address: string) => void = () => {};
  const clock = new FakeClock();
  let asked = Promise.withResolvers<void>();
  const keyboard = new SharedKeyboard({
    isTerminal: () => true,
    setRaw: () => {},
    async read(into) {
      await asked.promise;
      asked = Promise.withResolvers();
      const line = left.shift();
      if (line === undefined) return await new Promise<never>(() => {});
      if (line === "^Z") return null;
      return new TextEncoder().encodeInto(`${line}\r\n`, into).written;
    },
  });
  const here: Desktop = {
    env: (name) => ENV[name],
    cwd: "C:\\mqttrec",
    execPath: EXE,
    keyboard,
    writer: {
      write(bytes) {
        const text = new TextDecoder().decode(bytes);
        if (text.endsWith(": ")) asked.resolve();
        shown.push(text);
        return Promise.resolve(bytes.length);
      },
    },
    say(text) {
      shown.push(text);
      return Promise.resolve();
    },
    clock,
    isListening: (host, port) => Promise.resolve(up.has(`${host}:${port}`)),
    record(config, _t, _file, { onConnected = () => {} } = {}) {
      const address = `${config.host}:${config.port}`;
      recorded.push(`${address} ${config.output}${config.simulate ? " simulated" : ""}`);
      return (async () => {
        behaviour(address);
        await onConnected();
      })();
    },
    readBroker: (path) => Promise.resolve(disk.get(path)),
    writeBroker: (path, address) => Promise.resolve(void disk.set(path, address)),
    ensureDir: () => Promise.resolve(),
  };
  const run = (flags: Flags = {}) => recordForDoubleClick({ flags, origins: {} }, t, here);
  return {
    here,
    disk,
    shown,
    up,
    recorded,
    clock,
    run,
    behave: (how: (address: string) => void) => behaviour = how,
  };
}

Deno.test("recordForDoubleClick() records from a broker on this machine without a question", async () => {
  const { run, up, recorded, shown } = desktop();
  up.add("localhost:1883");
  await run();
  assert.deepEqual(recorded, ["localhost:1883 C:\\mqttrec\\exports\\mqtt_data"]);
  assert.deepEqual(shown, []);
});

Deno.test("recordForDoubleClick() begins by itself when a broker answers during the question", async () => {
  const { run, up, recorded, shown, clock } = desktop();
  const done = run();
  await clock.advance(5_000);
  assert.equal(shown.at(-1), t.doubleClick.question);
  up.add("localhost:1883");
  await clock.advance(2_000);
  await done;
  assert.deepEqual(recorded, ["localhost:1883 C:\\mqttrec\\exports\\mqtt_data"]);
  assert.equal(shown.at(-1), t.doubleClick.answers("localhost:1883"));
  assert.equal(clock.sleeping, 0);
});

Deno.test("recordForDoubleClick() simulates after Enter, into files of its own", async () => {
  const { run, recorded, clock } = desktop([""]);
  const done = run({ output: ["C:\\data\\house"] });
  await clock.advance(1_000);
  await done;
  assert.deepEqual(recorded, ["localhost:1883 C:\\mqttrec\\exports\\simulation simulated"]);
});

Deno.test("recordForDoubleClick() simulates sensors, whatever topics the environment names", async () => {
  const { here, clock } = desktop([""]);
  const filters: (readonly string[])[] = [];
  const seen: Desktop = {
    ...here,
    record: ({ topics }) => Promise.resolve(void filters.push(topics)),
  };
  const flags = { topic: ["home/#"], "topic-qos": ["power/#=2"] };
  const done = recordForDoubleClick({ flags, origins: {} }, t, seen);
  await clock.advance(1_000);
  await done;
  assert.deepEqual(filters, [["sensors/#"]]);
});

Deno.test("recordForDoubleClick() keeps simulated values away from another broker", async () => {
  const disk = new Map([[REMEMBERED, "192.0.2.7"]]);
  const { run, up, recorded, clock } = desktop([""], disk);
  up.add("localhost:1883").add("localhost:1884");
  const done = run();
  await clock.advance(1_000);
  await done;
  assert.deepEqual(recorded, ["localhost:1885 C:\\mqttrec\\exports\\simulation simulated"]);
});

Deno.test("recordForDoubleClick() asks again after what is no address, and ends after q", async () => {
  for (const end of ["q", "^Z"]) {
    const { run, recorded, shown, clock } = desktop([
      "foo bar",
      "http://x",
      "house.lan:99999",
      end,
    ]);
    const done = assert.rejects(run(), Cancelled);
    await clock.advance(1_000);
    await done;
    assert.deepEqual(recorded, []);
    assert.ok(shown.includes(t.doubleClick.badAddress("foo bar")));
    assert.ok(shown.some((line) => line.includes('"http://"')));
    assert.equal(clock.sleeping, 0);
  }
});

Deno.test("recordForDoubleClick() remembers a typed address that answered, without who we are", async () => {
  const first = desktop(["mqtt://anna:secret@192.0.2.7"]);
  const done = first.run();
  await first.clock.advance(1_000);
  await done;
  assert.equal(first.disk.get(REMEMBERED), "192.0.2.7:1883");
  const second = desktop([], first.disk);
  second.up.add("192.0.2.7:1883").add("localhost:1883");
  await second.run();
  assert.deepEqual(second.recorded, ["192.0.2.7:1883 C:\\mqttrec\\exports\\mqtt_data"]);
  assert.match(second.shown[0]!, /^Broker: 192\.0\.2\.7:1883, remembered in "/);
});

Deno.test("recordForDoubleClick() does not remember the signature in a URL", async () => {
  const { run, clock, disk } = desktop(["wss://broker.example.com/mqtt?sig=abc"]);
  const done = run();
  await clock.advance(1_000);
  await done;
  assert.equal(disk.size, 0);
});

Deno.test("recordForDoubleClick() leaves alone for a while what listens but speaks no MQTT", async () => {
  const { run, up, recorded, clock, behave } = desktop([]);
  behave(() => {
    if (recorded.length > 1) return;
    throw new BrokerError(() => "Cannot connect", { cause: new AnswerTimeout("CONNECT") });
  });
  up.add("localhost:1883");
  const done = run();
  await clock.advance(29_000);
  assert.equal(recorded.length, 1);
  await clock.advance(2_000);
  await done;
  assert.equal(recorded.length, 2);
});

Deno.test("recordForDoubleClick() asks again when the broker refuses, and tries it later by itself", async () => {
  const { run, up, recorded, shown, clock, behave } = desktop();
  let refuses = true;
  behave(() => {
    if (refuses) {
      throw new BrokerError(() => "Cannot connect: wrong\nAdd --username", {
        cause: new ConnectRefusal(0x86),
      });
    }
  });
  up.add("localhost:1883");
  const done = run();
  await clock.advance(1_000);
  assert.equal(shown[0], `Cannot connect: wrong\n${t.doubleClick.withUser}`);
  assert.equal(shown[1], t.doubleClick.question);
  await clock.advance(20_000);
  assert.equal(recorded.length, 1);
  refuses = false;
  await clock.advance(10_000);
  await done;
  assert.equal(recorded.length, 2);
});

Deno.test("recordForDoubleClick() asks again after a password that cannot be used", async () => {
  const { run, recorded, shown, clock, behave } = desktop(["anna@192.0.2.7", ""]);
  behave((address) => {
    if (address.startsWith("192")) throw new UsageError(() => "Cannot use the typed password");
  });
  const done = run();
  await clock.advance(2_000);
  await done;
  assert.equal(recorded.length, 2);
  assert.ok(shown.includes("Cannot use the typed password"));
});

Deno.test("recordForDoubleClick() does not try a typed address again that was refused", async () => {
  const { run, up, recorded, clock, behave } = desktop(["anna@192.0.2.7"]);
  behave((address) => {
    if (address.startsWith("192")) {
      throw new BrokerError(() => "wrong", { cause: new ConnectRefusal(0x86) });
    }
  });
  up.add("192.0.2.7:1883");
  const done = run();
  await clock.advance(1_000);
  await clock.advance(600_000);
  assert.deepEqual(recorded, ["192.0.2.7:1883 C:\\mqttrec\\exports\\mqtt_data"]);
  up.add("localhost:1883");
  await clock.advance(2_000);
  await done;
  assert.equal(recorded[1], "localhost:1883 C:\\mqttrec\\exports\\mqtt_data");
});

Deno.test("recordForDoubleClick() goes on trying a typed address that does not answer yet", async () => {
  const { run, up, recorded, clock, behave, disk } = desktop(["192.0.2.7"]);
  let silent = true;
  behave(() => {
    if (silent) {
      throw new BrokerError(() => "Cannot connect: nothing", {
        cause: new Deno.errors.ConnectionRefused(),
      });
    }
  });
  const done = run();
  await clock.advance(2_000);
  silent = false;
  up.add("192.0.2.7:1883");
  await clock.advance(3_000);
  await done;
  assert.equal(recorded.length, 2);
  assert.equal(disk.get(REMEMBERED), "192.0.2.7:1883");
});

Deno.test("recordForDoubleClick() does not ask where the environment names a broker", async () => {
  const { run, recorded, behave } = desktop();
  behave(() => {
    throw new BrokerError(() => "Cannot connect", { cause: new StateError("ECONNREFUSED") });
  });
  await assert.rejects(run({ broker: ["192.0.2.9"] }), BrokerError);
  assert.deepEqual(recorded, ["192.0.2.9:1883 C:\\mqttrec\\exports\\mqtt_data"]);
  await assert.rejects(run({ broker: ["192.0.2.9"], qos: ["7"] }), UsageError);
});

Deno.test("recordForDoubleClick() passes on what ends a recording that had begun", async () => {
  const { here, up, run } = desktop();
  up.add("localhost:1883");
  const takenOver = new BrokerError((t) => t.takenOver("x"), { final: true });
  const record: Desktop["record"] = (_config, _t, _file, options) => {
    options!.onConnected!();
    return Promise.reject(takenOver);
  };
  Object.assign(here, { record });
  await assert.rejects(run(), takenOver);
});

Deno.test("recordForDoubleClick() writes into Documents where it may not write beside the program", async () => {
  const { here, up, run, recorded, shown } = desktop();
  up.add("localhost:1883");
  Object.assign(here, { ensureDir: () => Promise.reject(new Deno.errors.PermissionDenied()) });
  await run();
  assert.deepEqual(recorded, ["localhost:1883 C:\\Users\\anna\\Documents\\mqttrec\\mqtt_data"]);
  assert.deepEqual(shown, [t.doubleClick.folder.denied("C:\\Users\\anna\\Documents\\mqttrec")]);
});

Deno.test("untilEnter() waits for Enter, and for the end of input", async () => {
  for (const key of ["", "x", "^Z"]) {
    const { here, shown } = desktop([key]);
    await untilEnter(here, t);
    assert.equal(shown[0], t.doubleClick.enterCloses);
  }
});
