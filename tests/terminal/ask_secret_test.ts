import assert from "node:assert/strict";
import { askSecret } from "../../lib/terminal/ask_secret.ts";
import type { Keyboard } from "../../lib/terminal/keyboard.ts";
import { Cancelled } from "../../lib/locale/errors.ts";

/** Types these bytes, then nothing more. */
function asked(typed: string | Uint8Array, signal = new AbortController().signal) {
  const bytes = typeof typed === "string" ? new TextEncoder().encode(typed) : typed;
  const seen: string[] = [];
  let at = 0;
  const keyboard: Keyboard = {
    isTerminal: () => true,
    setRaw: (raw) => void seen.push(`raw ${raw}`),
    read(into) {
      if (at === bytes.length) return new Promise(() => {});
      into[0] = bytes[at++]!;
      return Promise.resolve(1);
    },
  };
  const writer = {
    write(bytes: Uint8Array) {
      seen.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
  };
  const secret = askSecret("Password: ", signal, "terminal", keyboard, writer);
  return { seen, revealed: secret.then((secret) => secret?.reveal()) };
}

const SEEN = ["Password: ", "raw true", "raw false", "\n"];

Deno.test("askSecret() takes a line, unseen, and leaves the terminal as it was", async () => {
  for (const end of ["\r", "\n", "\x04"]) {
    const { seen, revealed } = asked(`né€${end}q\n`);
    assert.equal(await revealed, "né€");
    assert.deepEqual(seen, SEEN);
  }
});

Deno.test("askSecret() takes back whole characters, and all of them with Ctrl+U", async () => {
  for (const typed of ["ab€\x7f", "ab€\b", "x\x15ab", "\x7fab"]) {
    assert.equal(await asked(`${typed}\n`).revealed, "ab");
  }
});

Deno.test("askSecret() leaves the terminal as it was when a signal or Ctrl+C ends it", async () => {
  const stop = new AbortController();
  const aborted = asked("secr", stop.signal);
  setTimeout(() => stop.abort(new Cancelled()));
  await assert.rejects(aborted.revealed, Cancelled);
  assert.deepEqual(aborted.seen, SEEN);
  const broken = asked("secr\x03");
  await assert.rejects(broken.revealed, Cancelled);
  assert.deepEqual(broken.seen, SEEN);
});

Deno.test("askSecret() asks nothing without a terminal", async () => {
  for (const input of ["pipe", "none"] as const) {
    assert.equal(await askSecret("?", new AbortController().signal, input), undefined);
  }
});
