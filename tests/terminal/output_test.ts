import assert from "node:assert/strict";
import { Output } from "../../lib/terminal/output.ts";

const decoder = new TextDecoder();

Deno.test("Output.write() writes everything in order through a writer that accepts a few bytes", async () => {
  let written = "";
  const out = new Output({
    write(bytes) {
      const some = bytes.subarray(0, 3);
      written += decoder.decode(some);
      return Promise.resolve(some.length);
    },
  });
  assert.ok(out.idle);
  out.write("one two ");
  out.write("three");
  assert.ok(!out.idle);
  await out.flush();
  assert.equal(written, "one two three");
  assert.ok(out.idle);
  out.write("");
  out.write("!");
  await out.flush();
  assert.equal(written, "one two three!");
});

Deno.test("Output.write() refuses text beyond a bound while the writer is blocked", async () => {
  const open = Promise.withResolvers<void>();
  let bytes = 0;
  const out = new Output({
    async write(chunk) {
      await open.promise;
      bytes += chunk.length;
      return chunk.length;
    },
  });
  const line = "x".repeat(1_000);
  let taken = 0;
  for (let i = 0; i < 3_000; i++) taken += out.write(line) ? 1 : 0;
  assert.ok(taken > 1_000 && taken < 1_100, `${taken} lines taken`);
  open.resolve();
  await out.flush();
  assert.equal(bytes, taken * 1_000);
  assert.equal(out.write("again"), true);
  await out.flush();
});

Deno.test("Output.write() ignores a broken pipe and writes nothing more", async () => {
  let calls = 0;
  const out = new Output({
    write() {
      calls++;
      return Promise.reject(new Deno.errors.BrokenPipe("broken"));
    },
  });
  out.write("a");
  await out.flush();
  assert.equal(out.write("b"), false);
  await out.flush();
  assert.equal(calls, 1);
});
