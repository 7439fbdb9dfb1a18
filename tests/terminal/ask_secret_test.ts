import assert from "node:assert/strict";
import { Cancelled } from "../../lib/locale/errors.ts";
import { askSecret } from "../../lib/terminal/ask_secret.ts";

/** Types `keys` at the question; what it shows, and whether the terminal is raw, are kept. */
function typing(keys: string, { terminal = true } = {}) {
  const bytes = [...new TextEncoder().encode(keys)];
  const seen = { shown: "", raw: [] as boolean[], unread: bytes };
  const reader = {
    isTerminal: () => terminal,
    setRaw: (raw: boolean) => void seen.raw.push(raw),
    readSync(into: Uint8Array) {
      const byte = bytes.shift();
      if (byte === undefined) return null;
      into[0] = byte;
      return 1;
    },
  };
  const writer = {
    writeSync(bytes: Uint8Array) {
      seen.shown += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  return { seen, ask: () => askSecret("Password: ", reader, writer) };
}

Deno.test("askSecret() takes what is typed up to Enter, and shows none of it", () => {
  for (const end of ["\r", "\n", "\x04", ""]) {
    const { seen, ask } = typing(`pä ss🔑${end}`);
    assert.equal(ask()?.reveal(), "pä ss🔑");
    assert.equal(seen.shown, "Password: \r\n");
    assert.deepEqual(seen.raw, [true, false]);
  }
  const { seen, ask } = typing("secret\rq\r");
  ask();
  assert.equal(seen.unread.length, 2, "what follows is left for the keys");
});

Deno.test("askSecret() deletes whole characters, and with Ctrl+U all of them", () => {
  assert.equal(typing("aé🔑\x7f\x7fb\r").ask()?.reveal(), "ab");
  assert.equal(typing("\x7f\bwrong\x15right\r").ask()?.reveal(), "right");
});

Deno.test("askSecret() leaves out keys that are no characters", () => {
  const keys = "\x1b[Asec\x1b[1;5Dr\x1bOPet\t\x00\x1a\r";
  assert.equal(typing(keys).ask()?.reveal(), "secret");
  assert.equal(typing("\x1b[200~pasted\x1b[201~\r").ask()?.reveal(), "pasted");
});

Deno.test("askSecret() ends at Ctrl+C, and leaves the terminal as it was", () => {
  for (const keys of ["\x03", "sec\x03", "\x04"]) {
    const { seen, ask } = typing(keys);
    assert.throws(ask, Cancelled);
    assert.deepEqual(seen.raw, [true, false]);
  }
});

Deno.test("askSecret() asks nobody without a terminal", () => {
  const { seen, ask } = typing("x\r", { terminal: false });
  assert.equal(ask(), undefined);
  assert.deepEqual([seen.shown, seen.raw], ["", []]);
});
