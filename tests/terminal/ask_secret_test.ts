import assert from "node:assert/strict";
import { Cancelled, exitCode, Interrupted } from "../../lib/locale/errors.ts";
import { askSecret } from "../../lib/terminal/ask_secret.ts";
import { runMicrotasks } from "../support/fake_clock.ts";
import type { InputKind } from "../../lib/terminal/standard_input.ts";

/** Types `keys` at the question; what it shows, and whether the terminal is raw, are kept. */
function typing(keys: string, { input = "terminal" as InputKind, open = false } = {}) {
  const bytes = [...new TextEncoder().encode(keys)];
  const seen = { shown: "", raw: [] as boolean[], unread: bytes };
  const reader = {
    isTerminal: () => true,
    setRaw: (raw: boolean) => void seen.raw.push(raw),
    read(into: Uint8Array) {
      const byte = bytes.shift();
      if (byte === undefined) return open ? new Promise<null>(() => {}) : Promise.resolve(null);
      into[0] = byte;
      return Promise.resolve(1);
    },
  };
  const writer = {
    write(bytes: Uint8Array) {
      seen.shown += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  const stop = new AbortController();
  const ask = async () =>
    (await askSecret("Password: ", stop.signal, input, reader, writer))?.reveal();
  return { seen, stop, ask };
}

Deno.test("askSecret() takes what is typed up to Enter, and shows none of it", async () => {
  for (const end of ["\r", "\n", "\x04", ""]) {
    const { seen, ask } = typing(`pä ss🔑${end}`);
    assert.equal(await ask(), "pä ss🔑");
    assert.equal(seen.shown, "Password: \r\n");
    assert.deepEqual(seen.raw, [true, false]);
  }
  const { seen, ask } = typing("secret\rq\r");
  await ask();
  assert.equal(seen.unread.length, 2, "what follows is left for the keys");
});

Deno.test("askSecret() deletes whole characters, and with Ctrl+U all of them", async () => {
  assert.equal(await typing("aé🔑\x7f\x7fb\r").ask(), "ab");
  assert.equal(await typing("\x7f\bwrong\x15right\r").ask(), "right");
});

Deno.test("askSecret() leaves out keys that are no characters", async () => {
  const keys = "\x1b[Asec\x1b[1;5Dr\x1bOPet\t\x00\x1a\r";
  assert.equal(await typing(keys).ask(), "secret");
  assert.equal(await typing("\x1b[200~pasted\x1b[201~\r").ask(), "pasted");
});

Deno.test("askSecret() ends at Ctrl+C, and leaves the terminal as it was", async () => {
  for (const keys of ["\x03", "sec\x03"]) {
    const { seen, ask } = typing(keys);
    await assert.rejects(ask(), Interrupted);
    assert.deepEqual(seen.raw, [true, false]);
  }
});

Deno.test("askSecret() takes Ctrl+D before anything was typed for a wanted end", async () => {
  const { seen, ask } = typing("\x04");
  await assert.rejects(ask(), (error) => exitCode(error) === 0 && error instanceof Cancelled);
  assert.deepEqual(seen.raw, [true, false]);
});

Deno.test("askSecret() asks nobody without a terminal", async () => {
  for (const input of ["pipe", "none"] as const) {
    const { seen, ask } = typing("x\r", { input });
    assert.equal(await ask(), undefined);
    assert.deepEqual([seen.shown, seen.raw], ["", []]);
  }
});

Deno.test("askSecret() ends with a signal while it waits, and leaves the terminal as it was", async () => {
  const { seen, stop, ask } = typing("sec", { open: true });
  const reason = new Cancelled();
  const asking = assert.rejects(ask(), (error) => error === reason);
  await runMicrotasks();
  stop.abort(reason);
  await asking;
  assert.deepEqual([seen.shown, seen.raw], ["Password: \r\n", [true, false]]);
});
