import assert from "node:assert/strict";
import { again, whenFree } from "../../lib/files/when_free.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";

const held = () =>
  new RecordingError(() => "held", { cause: new Deno.errors.Busy("held (os error 32)") });

Deno.test("whenFree() tries again for two seconds while another program holds the file", async () => {
  const clock = new FakeClock();
  let left = 5;
  const opened = whenFree(() => left-- > 0 ? Promise.reject(held()) : Promise.resolve("open"), {
    clock,
    windows: true,
  });
  await clock.advance(500);
  assert.equal(await opened, "open");

  const refused = assert.rejects(
    whenFree(() => Promise.reject(held()), { clock, windows: true }),
    /held/,
  );
  await clock.advance(1_900);
  assert.equal(clock.sleeping, 1);
  await clock.advance(200);
  await refused;
  assert.equal(clock.sleeping, 0);
});

Deno.test("whenFree() waits for nothing else, and not at all on other systems", async () => {
  const clock = new FakeClock();
  let attempts = 0;
  const fail = (error: Error) => () => {
    attempts++;
    return Promise.reject(error);
  };
  await assert.rejects(whenFree(fail(held()), { clock, windows: false }), /held/);
  const denied = new Deno.errors.PermissionDenied("denied");
  await assert.rejects(whenFree(fail(denied), { clock, windows: true }), denied);
  assert.equal(attempts, 2);
});

Deno.test("again() returns false after two seconds, at once on other systems", async () => {
  const clock = new FakeClock();
  const never = () => Promise.resolve(false);
  assert.equal(await again(never, { clock, windows: false }), false);
  const late = again(never, { clock, windows: true });
  await clock.advance(2_000);
  assert.equal(await late, false);
});
