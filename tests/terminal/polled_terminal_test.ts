import assert from "node:assert/strict";
import { type PolledInput, PolledTerminal } from "../../lib/terminal/polled_terminal.ts";
import { FakeClock } from "../support/fake_clock.ts";

const MODE = { isTerminal: () => true, setRaw: () => {} };

/** A terminal with these answers, one a look; then nothing is typed. */
function polled(answers: (string | undefined)[], clock: FakeClock) {
  const input = {
    looks: 0,
    continued: false as boolean,
    interrupted: false as boolean,
    readNow(into: Uint8Array) {
      input.looks++;
      const answer = answers.shift();
      return answer === undefined ? undefined : new TextEncoder().encodeInto(answer, into).written;
    },
  } satisfies PolledInput & { looks: number };
  return { input, terminal: new PolledTerminal(input, MODE, clock) };
}

Deno.test("PolledTerminal.read() looks until something is typed, and tells Ctrl+D", async () => {
  const clock = new FakeClock();
  const { terminal, input } = polled([undefined, undefined, "q\n", ""], clock);
  const into = new Uint8Array(9);
  let count: number | null | undefined;
  void terminal.read(into).then((n) => count = n);
  await clock.advance(219);
  assert.deepEqual([count, input.looks], [undefined, 2]);
  await clock.advance(1);
  assert.deepEqual([count, into[0]], [2, 0x71]);
  assert.equal(await terminal.read(into), null);
  assert.equal(clock.sleeping, 0);
});

Deno.test("PolledTerminal.read() does not look again once Ctrl+Z was pressed", async () => {
  const clock = new FakeClock();
  const { terminal, input } = polled([], clock);
  const reading = terminal.read(new Uint8Array(9));
  await clock.advance(1_000);
  const { looks } = input;
  input.continued = true;
  await clock.advance(1_000);
  assert.deepEqual([await reading, terminal.suspended, input.looks], [null, true, looks]);
});

Deno.test("PolledTerminal.read() does not look again once Ctrl+C was pressed", async () => {
  const clock = new FakeClock();
  const { terminal, input } = polled([], clock);
  const reading = terminal.read(new Uint8Array(9));
  await clock.advance(1_000);
  const { looks } = input;
  input.interrupted = true;
  await clock.advance(1_000);
  assert.deepEqual([await reading, terminal.suspended, input.looks], [null, false, looks]);
});

Deno.test("PolledTerminal.read() hears of Ctrl+Z before it looks, when it was stopped meanwhile", async () => {
  const clock = new FakeClock();
  const { terminal, input } = polled([], clock);
  const reading = terminal.read(new Uint8Array(9));
  await clock.advance(105); // In the wait before a look.
  const { monotonic } = clock;
  clock.monotonic = () => monotonic.call(clock) + 5_000;
  await clock.advance(5);
  assert.equal(input.looks, 1);
  input.continued = true;
  await clock.advance(10);
  assert.deepEqual([await reading, input.looks], [null, 1]);
});

Deno.test("PolledTerminal.close() ends a read that is pending", async () => {
  const clock = new FakeClock();
  const { terminal } = polled([], clock);
  const reading = terminal.read(new Uint8Array(9));
  terminal.close();
  await clock.advance(110);
  assert.equal(await reading, null);
});
