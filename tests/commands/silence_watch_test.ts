import assert from "node:assert/strict";
import { watchSilence } from "../../lib/commands/silence_watch.ts";
import { filterHints } from "../../lib/live/silence.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { config } from "../support/configured.ts";
import { FakeClock } from "../support/fake_clock.ts";

const t = sentences("en");
const { silence } = t.live;

async function watched(
  argv: readonly string[],
  { interactive = true, comesAt = Infinity, connectedAt = 0, seconds = 60 } = {},
) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const began = clock.monotonic();
  const lines: string[] = [];
  let looks = 0;
  const broker = {
    get connectedMs() {
      return Math.max(0, clock.monotonic() - began - connectedAt * 1_000);
    },
    receiveQueue: {
      get lastTime() {
        return clock.monotonic() - began >= comesAt * 1_000 ? 1 : 0;
      },
    },
  };
  const terminal = { interactive, log: (text: string) => void lines.push(text) };
  const tellLook = () => Promise.resolve(void looks++);
  const done = watchSilence(
    { config: config(...argv), t, clock, terminal, broker, tellLook },
    stop.signal,
  );
  await clock.advance(seconds * 1_000);
  stop.abort();
  await done;
  assert.equal(clock.sleeping, 0);
  return { lines, looks };
}

Deno.test("watchSilence() remarks once after 10 s, and looks at a broker of this machine", async () => {
  const { lines, looks } = await watched(["--topic", "/a/*"]);
  assert.deepEqual(lines, [
    [silence.nothing("/a/*", 10_000), ...filterHints(["/a/*"], t)].join("\n"),
  ]);
  assert.equal(looks, 1);
  assert.deepEqual((await watched([], { seconds: 9 })).lines, []);
});

Deno.test("watchSilence() looks at no broker of others, and names the key that does", async () => {
  const { lines, looks } = await watched(["--broker", "192.0.2.7"]);
  assert.deepEqual(lines, [`${silence.nothing("sensors/#", 10_000)}\n${silence.ask}`]);
  assert.equal(looks, 0);
});

Deno.test("watchSilence() is silent after a message, without a person, and while not connected", async () => {
  assert.deepEqual((await watched([], { comesAt: 9 })).lines, []);
  assert.deepEqual((await watched([], { interactive: false })).lines, []);
  assert.deepEqual((await watched([], { connectedAt: 55 })).lines, []);
  assert.equal((await watched([], { connectedAt: 45 })).lines.length, 1);
});
