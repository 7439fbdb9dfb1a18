import assert from "node:assert/strict";
import type { KeyAnswers } from "../../lib/terminal/key_answers.ts";
import type { Reader } from "../../lib/terminal/key_lines.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { createTerminal, type TerminalOptions } from "../../lib/terminal/terminal.ts";
import { STATUS } from "../support/status.ts";
import { FakeClock, runMicrotasks } from "../support/fake_clock.ts";

const en = sentences("en");
const never = new AbortController().signal;

/** A terminal in memory, and the text written to it. */
function memory(options: TerminalOptions = {}, t = en) {
  const written = { text: "" };
  const decoder = new TextDecoder();
  const writer = {
    write(bytes: Uint8Array) {
      written.text += decoder.decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  return { terminal: createTerminal(writer, t, options), written };
}

function typing(text: string): Reader {
  let given = false;
  return {
    read(into) {
      if (given) return Promise.resolve(null);
      given = true;
      return Promise.resolve(new TextEncoder().encodeInto(text, into).written);
    },
  };
}

Deno.test("Terminal on a pipe shows plain lines without colors or status line", async () => {
  const { terminal, written } = memory();
  terminal.log("one\ntwo");
  terminal.detail("hidden");
  terminal.error("three");
  terminal.status(STATUS);
  await terminal.close();
  assert.equal(written.text, "one\ntwo\nthree\n");
});

Deno.test("Terminal wraps between words at its width, but no command that is to be copied", async () => {
  for (const t of [en, sentences("fr")]) {
    const { terminal, written } = memory({ columns: () => 12 }, t);
    terminal.log("a sentence of words");
    terminal.error(`state\n${t.run}deno run --allow-net main.ts`);
    await terminal.close();
    assert.equal(
      written.text,
      `a sentence\nof words\nstate\n${t.run}deno run --allow-net main.ts\n`,
    );
  }
});

Deno.test("Terminal with --quiet shows errors only, also on a tty", async () => {
  for (const tty of [false, true]) {
    const { terminal, written } = memory({ quiet: true, tty });
    terminal.log("one");
    terminal.status(STATUS);
    terminal.error("two");
    await terminal.close();
    assert.equal(written.text, "two\n");
  }
});

Deno.test("Terminal with --verbose shows details, and without a tty the figures every 30 s", async () => {
  const clock = new FakeClock();
  const { terminal, written } = memory({ verbose: true, clock });
  terminal.detail("detail");
  for (let ms = 0; ms <= 65_000; ms += 5_000) {
    terminal.status(STATUS);
    await clock.advance(5_000);
  }
  await terminal.close();
  const lines = written.text.trimEnd().split("\n");
  assert.equal(lines.length, 3);
  assert.ok(lines[1]!.includes(en.status.messages(3)));
});

Deno.test("Terminal escapes what it shows", async () => {
  const { terminal, written } = memory();
  terminal.log("a\x1b[2Jb\u202e");
  assert.equal(await terminal.keys(typing("\x1b]0;x\x07\n"), never), false);
  await terminal.close();
  assert.ok(written.text.startsWith("a\\x1b[2Jb\\u{202e}\n"));
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(written.text, /[\x00-\x09\x0b-\x1f]/);
});

Deno.test("Terminal.status() draws the figures above the prompt, in the user's language", async () => {
  for (const t of [en, sentences("fr")]) {
    const { terminal, written } = memory({ tty: true, columns: () => 100 }, t);
    terminal.status(STATUS);
    await terminal.close();
    assert.ok(written.text.includes(t.status.messages(3)));
    assert.ok(written.text.includes(`\r\n${t.prompt}`));
  }
});

Deno.test("Terminal.status() draws no prompt if keys come from elsewhere", async () => {
  const { terminal, written } = memory({ tty: true, prompt: false });
  terminal.status(STATUS);
  await terminal.close();
  assert.ok(!written.text.includes(en.prompt));
});

Deno.test("Terminal uses colors only with the color option", async () => {
  for (const color of [false, true]) {
    const { terminal, written } = memory({ tty: true, color });
    terminal.status({ ...STATUS, state: "stalled" });
    terminal.error("failed");
    await terminal.close();
    assert.equal(written.text.includes("\x1b[31m"), color);
  }
});

Deno.test("Terminal.keys() answers s, h and unknown keys, and ends on q", async () => {
  const { terminal, written } = memory();
  terminal.status(STATUS);
  assert.equal(await terminal.keys(typing("s\nh\nx\nq\ns\n"), never), true);
  await terminal.close();
  assert.ok(written.text.includes(en.figures.broker));
  assert.ok(written.text.includes(en.keys.join("\n")));
  assert.ok(written.text.endsWith(`${en.unknownKey("x")}\n`));
});

Deno.test("Terminal.keys() says of pasted text once that it is no key, and again later", async () => {
  const clock = new FakeClock();
  const { terminal, written } = memory({ clock });
  await terminal.keys(typing("one\ntwo\nthree\n"), never);
  await clock.advance(0);
  assert.equal(written.text, `${en.unknownKey("one")}\n`);
  await clock.advance(200);
  await terminal.keys(typing("four\n"), never);
  await clock.advance(0);
  assert.equal(written.text, `${en.unknownKey("one")}\n${en.unknownKey("four")}\n`);
});

Deno.test("Terminal.keys() takes a terminal that is gone for q", async () => {
  const { terminal, written } = memory();
  const gone = (gone: boolean): Reader => ({ read: () => Promise.resolve(null), gone });
  assert.equal(await terminal.keys(gone(false), never), false);
  assert.equal(await terminal.keys(gone(true), never), true);
  await terminal.close();
  assert.equal(written.text, `${en.launcherEnded}\n`);
});

Deno.test("Terminal.keys() leaves a terminal alone that may be the shell's by now", async () => {
  const { terminal, written } = memory({ tty: true, columns: () => 200 });
  terminal.status(STATUS);
  await runMicrotasks();
  const suspended: Reader = { read: () => Promise.resolve(null), suspended: true };
  written.text = "";
  assert.equal(await terminal.keys(suspended, never, () => ({} as KeyAnswers)), false);
  terminal.status(STATUS);
  terminal.log("one");
  await terminal.close();
  assert.equal(written.text, `${en.keysLeft}\none\n`);
});

Deno.test("Terminal.keys() speaks of waiting where nothing is recorded yet", async () => {
  for (const t of [en, sentences("fr")]) {
    const { terminal, written } = memory({ tty: true, columns: () => 200 }, t);
    const suspended: Reader = { read: () => Promise.resolve(null), suspended: true };
    assert.equal(await terminal.keys(suspended, never), false);
    await terminal.close();
    assert.equal(written.text, `${t.keysLeftWaiting}\n`);
  }
});

Deno.test("Terminal.close() waits until what was pasted behind q is taken", async () => {
  const { terminal } = memory();
  const taken = Promise.withResolvers<void>();
  assert.equal(
    await terminal.keys({ ...typing("q\nls\n"), discard: () => taken.promise }, never),
    true,
  );
  let closed = false;
  const closing = terminal.close().then(() => closed = true);
  await runMicrotasks();
  assert.equal(closed, false);
  taken.resolve();
  await closing;
});

Deno.test("a terminal without columns gets no status line until it has some", async () => {
  let columns = 0;
  const { terminal, written } = memory({ tty: true, columns: () => columns });
  terminal.log("one");
  terminal.status(STATUS);
  await runMicrotasks();
  assert.equal(written.text, "one\r\n");
  columns = 80;
  terminal.status(STATUS);
  await runMicrotasks();
  assert.match(written.text, /3 messages/);
  await terminal.close();
});

Deno.test("Terminal.keys() returns false at the end of input and on abort", async () => {
  const { terminal } = memory();
  assert.equal(await terminal.keys(typing(""), never), false);
  assert.equal(await terminal.keys(typing("q\n"), AbortSignal.abort()), false);
  await terminal.close();
});

Deno.test("Terminal marks lines that a blocked writer lost, and answers keys meanwhile", async () => {
  const open = Promise.withResolvers<void>();
  let text = "";
  const terminal = createTerminal({
    async write(bytes) {
      await open.promise;
      text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  }, en);
  for (let i = 0; i < 2_000; i++) terminal.log("x".repeat(999));
  assert.equal(await terminal.keys(typing("q\n"), never), true);
  open.resolve();
  await terminal.close();
  terminal.log("after");
  await terminal.close();
  assert.ok(text.endsWith("x\n…\nafter\n"));
});

Deno.test("Terminal.close() gives up after a few seconds if the writer stays blocked", async () => {
  const clock = new FakeClock();
  const terminal = createTerminal({ write: () => new Promise(() => {}) }, en, { clock });
  terminal.log("never read");
  let closed = false;
  const closing = terminal.close().then(() => closed = true);
  await clock.advance(1_000);
  assert.ok(!closed);
  await clock.advance(5_000);
  await closing;
  assert.equal(clock.sleeping, 0);
});

Deno.test("Terminal.close() does not wait after all text is written", async () => {
  const clock = new FakeClock();
  const { terminal, written } = memory({ clock });
  terminal.log("the end");
  await terminal.close();
  assert.equal(written.text, "the end\n");
  assert.equal(clock.sleeping, 0);
});

Deno.test("Terminal ignores a closed standard error", async () => {
  const broken = { write: () => Promise.reject(new Deno.errors.BrokenPipe("broken")) };
  const terminal = createTerminal(broken, en, { tty: true });
  terminal.status(STATUS);
  terminal.error("never read");
  await terminal.close();
  terminal.log("not read either");
  await terminal.close();
});
