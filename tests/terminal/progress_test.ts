import assert from "node:assert/strict";
import { Progress } from "../../lib/terminal/progress.ts";

function shown(
  steps: readonly (readonly [ms: number, done: number])[],
  isShown = true,
  columns = 80,
) {
  let now = 0, text = "";
  const writer = {
    write: (bytes: Uint8Array) => {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  };
  const progress = new Progress(
    writer,
    (percent, leftMs) => `${percent} % ${leftMs === undefined ? "?" : Math.round(leftMs)}`,
    { shown: isShown, columns: () => columns, clock: { monotonic: () => now } },
  );
  return (async () => {
    for (const [ms, done] of steps) {
      now = ms;
      progress.update(done);
      await new Promise((resolve) => setTimeout(resolve));
    }
    await progress.end();
    return text.replaceAll("\r\x1b[K", "|");
  })();
}

Deno.test("Progress shows the share and the time left, four times a second at most", async () => {
  assert.equal(
    await shown([[10, 0.001], [300, 0.01], [310, 0.02], [1000, 0.25], [1100, 0.3], [2000, 0.999]]),
    "|1 % ?|25 % 3000|99 % 1000|",
  );
});

Deno.test("Progress shows nothing where nobody sees it, and nothing of what is done at once", async () => {
  assert.equal(await shown([[1000, 0.5]], false), "");
  assert.equal(await shown([[100, 0.5]]), "");
  assert.equal(await shown([[1000, 0.5]], true, 5), "|50 %|");
});
