import assert from "node:assert/strict";
import { ReconnectDelay } from "../../lib/mqtt/reconnect_delay.ts";

const SHORT = 4_999, LONG = 5_000;

/** The longest wait before the next attempt, in ms. */
const next = (delay: ReconnectDelay) => delay.nextMs(() => 1);

Deno.test("ReconnectDelay doubles from 0.5 to 30 s while the broker is away, then starts over", () => {
  const delay = new ReconnectDelay();
  for (let round = 0; round < 2; round++) {
    delay.ended(LONG, true);
    const waits = Array.from({ length: 9 }, () => {
      const wait = next(delay);
      delay.failed("away");
      return wait;
    });
    assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  }
});

Deno.test("ReconnectDelay doubles from 2 s to 5 min after refused credentials", () => {
  const delay = new ReconnectDelay();
  delay.ended(LONG, false);
  const waits = Array.from({ length: 10 }, () => {
    delay.failed("unwanted");
    return next(delay) / 1000;
  });
  assert.deepEqual(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  delay.ended(LONG, false);
  assert.equal(next(delay), 500);
});

Deno.test("ReconnectDelay grows with each short connection, and is troubled by four", () => {
  const delay = new ReconnectDelay();
  const seen = Array.from({ length: 8 }, () => {
    delay.ended(SHORT, false);
    return [next(delay), delay.isTroubled, delay.needsExamination];
  });
  assert.deepEqual(seen.map(([wait]) => wait), [1, 2, 4, 8, 16, 30, 30, 30].map((s) => s * 1000));
  assert.deepEqual(seen.map(([, troubled]) => troubled), [0, 0, 0, 1, 1, 1, 1, 1].map(Boolean));
  assert.ok(seen.every(([, , suspicious]) => !suspicious));
  delay.ended(LONG, false);
  assert.deepEqual([next(delay), delay.isTroubled, delay.lasted], [500, false, true]);
});

Deno.test("ReconnectDelay needs an examination after four silent ends, then waits 30 s", () => {
  const delay = new ReconnectDelay();
  const suspected: number[] = [], waits: number[] = [];
  for (let life = 1; life <= 9; life++) {
    delay.ended(SHORT, true);
    if (delay.needsExamination) {
      suspected.push(life);
      delay.examined();
    }
    waits.push(next(delay));
  }
  assert.deepEqual(suspected, [4, 8]);
  assert.deepEqual(waits.map((ms) => ms / 1000), [1, 1, 1, 1, 30, 30, 30, 2, 30]);
});

Deno.test("ReconnectDelay needs no examination if the broker was away or gave a reason", () => {
  const between: readonly ((delay: ReconnectDelay) => void)[] = [
    (delay) => delay.failed("away"),
    (delay) => delay.failed("unsubscribed"),
    (delay) => delay.failed("unwanted"),
    (delay) => delay.ended(SHORT, false),
    (delay) => delay.ended(LONG, true),
  ];
  for (const other of between) {
    const delay = new ReconnectDelay();
    for (let life = 0; life < 12; life++) {
      delay.ended(SHORT, true);
      assert.equal(delay.needsExamination, false);
      if (life % 3 === 2) other(delay);
    }
  }
});

Deno.test("ReconnectDelay has another longest wait for a broker that is away, and for nothing else", () => {
  const waits = (how: "away" | "unsubscribed" | "unwanted") => {
    const delay = new ReconnectDelay(2_000);
    delay.ended(LONG, true);
    return Array.from({ length: 5 }, () => {
      delay.failed(how);
      return next(delay) / 1000;
    });
  };
  assert.deepEqual(waits("away"), [1, 2, 2, 2, 2]);
  assert.deepEqual(waits("unsubscribed"), [1, 2, 4, 8, 16]);
  assert.deepEqual(waits("unwanted"), [2, 4, 8, 16, 32]);
  const short = new ReconnectDelay(2_000);
  const lives = Array.from({ length: 4 }, () => {
    short.ended(SHORT, false);
    return next(short) / 1000;
  });
  assert.deepEqual(lives, [1, 2, 4, 8]);
});

Deno.test("ReconnectDelay stays short for six ends that a probe shared, then backs off", () => {
  const delay = new ReconnectDelay();
  const seen = Array.from({ length: 12 }, (_, life) => {
    delay.ended(SHORT, true);
    if (life % 3 === 2) delay.excuse();
    assert.equal(delay.needsExamination, false);
    return [next(delay) / 1000, delay.isTroubled] as const;
  });
  assert.deepEqual(seen.map(([wait]) => wait), [1, 1, 0.5, 1, 1, 0.5, 1, 2, 4, 8, 16, 30]);
  assert.deepEqual(seen.map(([, troubled]) => troubled), [
    ...[0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1].map(Boolean),
  ]);
});
