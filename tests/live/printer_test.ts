import assert from "node:assert/strict";
import { csv } from "../../lib/formats/csv.ts";
import { LineOutput } from "../../lib/live/line_output.ts";
import { Printer, type PrintFormat } from "../../lib/live/printer.ts";
import { batchOf, bytes, message } from "../support/arbitrary.ts";
import { FakeClock, runMicrotasks } from "../support/fake_clock.ts";

const decoder = new TextDecoder();

/** A printer into memory; `open` must be resolved before anything is taken. */
function printing(format: PrintFormat = "text", open: Promise<void> = Promise.resolve()) {
  const written = { text: "" };
  const clock = new FakeClock();
  const output = new LineOutput({
    async write(bytes) {
      await open;
      written.text += decoder.decode(bytes);
      return bytes.length;
    },
  });
  let late = 0;
  const printer = new Printer(output, { format, clock, onLate: () => late++ });
  return { printer, output, written, clock, late: () => late };
}

const some = (count: number, size = 1, qos: 0 | 1 = 0) =>
  batchOf(
    Array.from({ length: count }, () => ({ ...message("t", bytes("x".repeat(size))), qos })),
  );

Deno.test("Printer prints each message in the order of the batches", async () => {
  const { printer, written, output } = printing();
  printer.print(batchOf([message("a", bytes("1")), message("b", bytes("2"))]));
  printer.print(batchOf([message("a", bytes("3"))]));
  await output.flush();
  assert.equal(written.text, "a 1\nb 2\na 3\n");
  assert.deepEqual([printer.printed, printer.leftOut, output.waitingLines], [3, 0, 0]);
});

Deno.test("Printer prints CSV with its header first, and JSON without an array", async () => {
  const table = printing("csv");
  table.printer.print(some(1));
  await table.output.flush();
  const [header, row, end] = table.written.text.split("\r\n");
  assert.equal(`${header}\r\n`, decoder.decode(csv.header));
  assert.match(row!, /,t,x,utf-8,/);
  assert.equal(end, "");
  const objects = printing("json");
  objects.printer.print(some(2));
  await objects.output.flush();
  const lines = objects.written.text.trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).payload), ["x", "x"]);
});

Deno.test("Printer leaves out and counts what a stopped reader does not take", async () => {
  const open = Promise.withResolvers<void>();
  const { printer, output, written, clock, late } = printing("text", open.promise);
  const batch = some(10, 100_000);
  for (let i = 0; i < 20; i++) {
    printer.print(batch);
    await clock.advance(1_000);
  }
  assert.equal(late(), 1);
  // 1 MB a batch: some wait within 8 MB, all others are counted.
  assert.ok(printer.printed <= 90, String(printer.printed));
  assert.equal(printer.printed + printer.leftOut, 200);
  assert.equal(output.waitingLines, printer.printed);
  open.resolve();
  await output.flush();
  assert.equal(written.text.split("\n").length - 1, printer.printed);
  printer.print(batch);
  await output.flush();
  assert.equal(written.text.split("\n").length - 1, printer.printed);
});

Deno.test("Printer leaves out what comes faster than it may take time for", async () => {
  const { printer, output, clock } = printing();
  const batch = some(10_000);
  for (let i = 0; i < 100; i++) {
    printer.print(batch);
    await output.flush();
  }
  const atOnce = printer.printed;
  assert.ok(atOnce > 50_000 && atOnce <= 300_000, String(atOnce));
  await clock.advance(1_000);
  printer.print(batch);
  assert.equal(printer.printed, atOnce + 10_000);
  assert.equal(printer.printed + printer.leftOut, 101 * 10_000);
});

Deno.test("Printer prints a burst of batches whole", async () => {
  const { printer, output } = printing();
  for (let i = 0; i < 20; i++) {
    printer.print(some(1_000, 300, 1));
    await output.flush();
  }
  assert.deepEqual([printer.printed, printer.leftOut], [20_000, 0]);
});

Deno.test("Printer prints a small part of each batch while the recording cannot keep up", async () => {
  for (const batch of [some(20_000, 60), some(1_000, 1, 1)]) {
    const { printer, output, clock } = printing();
    const { count } = batch;
    const full = Math.ceil(10 * 2_000_000 / count);
    for (let i = 0; i < full; i++) {
      printer.print(batch);
      await output.flush();
      // Two million messages a second.
      await clock.advance(count / 2_000);
    }
    const share = printer.printed / (full * count);
    assert.ok(share > 0 && share < 0.03, String(share));
  }
});

Deno.test("Printer prints a message that is larger than its bound when nothing waits", async () => {
  const { printer, output, written } = printing();
  printer.print(some(1, 10_000_000));
  await output.flush();
  assert.equal(written.text.length, 10_000_003);
});

Deno.test("Printer leaves out what would take too long to escape", async () => {
  const { printer, output } = printing();
  printer.print(some(1, 17_000_000));
  await output.flush();
  assert.deepEqual([printer.printed, printer.leftOut], [0, 1]);
  const shown: string[] = [];
  const clock = new FakeClock();
  const target = { line: (text: string) => shown.push(text) > 0 };
  const onTerminal = new Printer(target, { format: "json", clock, onLate: () => {} });
  onTerminal.print(some(1, 17_000_000));
  assert.deepEqual([shown, onTerminal.leftOut], [[], 1]);
});

Deno.test("Printer prints nothing more into a closed pipe, and says so once", async () => {
  let gone = 0, writes = 0;
  const output = new LineOutput({
    write() {
      writes++;
      return Promise.reject(new Deno.errors.BrokenPipe("closed"));
    },
  });
  output.onGone = () => gone++;
  const clock = new FakeClock();
  const printer = new Printer(output, { format: "text", clock, onLate: () => assert.fail() });
  for (let i = 0; i < 3; i++) {
    printer.print(some(1));
    await output.flush();
  }
  assert.deepEqual([gone, writes, printer.leftOut, output.waitingLines], [1, 1, 0, 0]);
});

Deno.test("Printer shows short, safe lines on a terminal, as many as it may", async () => {
  const shown: string[] = [];
  const clock = new FakeClock();
  let room = Infinity;
  const target = {
    line(text: string) {
      if (shown.length >= room) return false;
      shown.push(text);
      return true;
    },
  };
  for (const format of ["text", "csv", "json"] as const) {
    shown.length = 0;
    const printer = new Printer(target, { format, clock, onLate: () => {} });
    printer.print(batchOf([message("a", bytes(`\x1b[2J\n${"é".repeat(9_000)}`))]));
    const line = shown.at(-1)!;
    assert.ok(line.length <= 501 && line.endsWith("…"), line);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f]/);
  }
  shown.length = 0;
  room = 5;
  let late = 0;
  const printer = new Printer(target, { format: "text", clock, onLate: () => late++ });
  printer.print(some(20));
  assert.deepEqual([printer.printed, printer.leftOut, late], [5, 15, 1]);
  room = Infinity;
  printer.print(some(50_000));
  assert.ok(printer.printed < 3_000, String(printer.printed));
  await runMicrotasks();
});
