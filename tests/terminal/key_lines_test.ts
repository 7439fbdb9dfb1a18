import assert from "node:assert/strict";
import {
  keyAction,
  markText,
  type Reader,
  readLines,
  readQuit,
  readTyped,
} from "../../lib/terminal/key_lines.ts";

/** A reader that returns these chunks and then ends or, with `open`, never answers again. */
function reader(chunks: (string | Uint8Array)[], open = false): Reader {
  const encoder = new TextEncoder();
  const waiting = chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  return {
    read(into) {
      const chunk = waiting.shift();
      if (chunk === undefined) return open ? new Promise(() => {}) : Promise.resolve(null);
      into.set(chunk);
      return Promise.resolve(chunk.length);
    },
  };
}

const never = new AbortController().signal;

Deno.test("readLines() joins lines read in parts, with LF or CRLF", async () => {
  const lines = await Array.fromAsync(readLines(reader(["q", "u", "it\ns\r", "\n\nh\r\n"]), never));
  assert.deepEqual(lines, ["quit", "s", "", "h"]);
});

Deno.test("readLines() yields a last line without a line end", async () => {
  assert.deepEqual(await Array.fromAsync(readLines(reader(["s\nq"]), never)), ["s", "q"]);
  assert.deepEqual(await Array.fromAsync(readLines(reader([]), never)), []);
});

Deno.test("readLines() joins a character read in two parts", async () => {
  const bytes = new TextEncoder().encode("é\n");
  const lines = readLines(reader([bytes.slice(0, 1), bytes.slice(1)]), never);
  assert.deepEqual(await Array.fromAsync(lines), ["é"]);
});

Deno.test("readLines() ends on abort while a read is pending", async () => {
  const stop = new AbortController();
  const lines = readLines(reader(["s\n"], true), stop.signal);
  assert.deepEqual(await lines.next(), { value: "s", done: false });
  const pending = lines.next();
  stop.abort();
  assert.deepEqual(await pending, { value: undefined, done: true });
});

Deno.test("readLines() takes up the read that was pending when the one before was aborted", async () => {
  const typed = Promise.withResolvers<number>();
  let into: Uint8Array = new Uint8Array();
  const keyboard: Reader = {
    read(bytes) {
      if (into.length > 0) return Promise.resolve(null);
      into = bytes;
      return typed.promise;
    },
  };
  const stop = new AbortController();
  const pending = readLines(keyboard, stop.signal).next();
  stop.abort();
  await pending;
  into.set(new TextEncoder().encode("q\n"));
  typed.resolve(2);
  assert.deepEqual(await Array.fromAsync(readLines(keyboard, never)), ["q"]);
});

Deno.test("readQuit() waits for q, and takes nothing else for it", async () => {
  assert.equal(await readQuit(reader(["v\n", "x\nQ\nz\n"]), never), true);
  assert.equal(await readQuit(reader(["v\nqq\n"]), never), false);
  assert.equal(await readQuit(reader(["q\n"]), AbortSignal.abort()), false);
});

Deno.test("readLines() reads nothing if the signal is already aborted", async () => {
  const untouched: Reader = { read: () => assert.fail("read") };
  assert.deepEqual(await Array.fromAsync(readLines(untouched, AbortSignal.abort())), []);
});

Deno.test("readLines() treats a failing reader as the end of input", async () => {
  const gone: Reader = { read: () => Promise.reject(new Deno.errors.BadResource("gone")) };
  assert.deepEqual(await Array.fromAsync(readLines(gone, never)), []);
});

Deno.test("readLines() keeps a bounded part of an endless line", async () => {
  const lines = readLines(
    reader([..."x".repeat(3_000)].map((c) => c.repeat(1_000)).concat("\nq\n")),
    never,
  );
  const [first, second] = await Array.fromAsync(lines);
  assert.equal(first!.length, 2 << 20);
  assert.equal(second, "q");
});

Deno.test("keyAction() recognises each key in any case and with spaces around", () => {
  for (const line of ["q", "Q", " quit ", "quitter", "exit"]) assert.equal(keyAction(line), "quit");
  for (const line of ["s", "S\t"]) assert.equal(keyAction(line), "figures");
  for (const line of ["h", "?", "HELP"]) assert.equal(keyAction(line), "keys");
  for (const line of ["", "   "]) assert.equal(keyAction(line), "nothing");
  for (const line of ["qq", "stop", "constructor", "--help"]) {
    assert.equal(keyAction(line), "unknown");
  }
});

Deno.test("keyAction() and markText() take everything behind m for the text of a mark", () => {
  for (
    const [line, text] of [
      ["m", ""],
      ["m ", ""],
      ["M door opened", "door opened"],
      [" m  a  b ", "a  b"],
      ['m "quoted", q', '"quoted", q'],
      ["m\tx\ry", "x\ry"],
      [`m ${"é".repeat(500_000)}`, "é".repeat(500_000)],
    ] as const
  ) {
    assert.equal(keyAction(line), "mark");
    assert.equal(markText(line), text);
  }
  for (const line of ["mm", "mark x", "xm"]) assert.equal(keyAction(line), "unknown");
  assert.deepEqual([keyAction("V "), keyAction("t")], ["table", "look"]);
});

Deno.test("readTyped() yields keys while it is asked to, and lines again", async () => {
  let raw = false;
  const typed: unknown[] = [];
  for await (
    const next of readTyped(
      reader(["v\nj\x1b[A", "\x1bOBé\x1b[6~v", "q", "uit\n"]),
      never,
      () => raw,
    )
  ) {
    typed.push(typeof next === "string" ? next : [next.key]);
    if (next === "v") raw = true;
    else if (typeof next !== "string" && next.key === "v") raw = false;
  }
  assert.deepEqual(typed, [
    "v",
    ...["j", "\x1b[A", "\x1bOB", "é", "\x1b[6~", "v"].map((key) => [key]),
    "quit",
  ]);
});

Deno.test("readTyped() takes the carriage return of Enter without line mode for a line end", async () => {
  let raw = true;
  const typed: unknown[] = [];
  for await (const next of readTyped(reader(["\rv\rq\r", "s\n"]), never, () => raw)) {
    typed.push(typeof next === "string" ? next : [next.key]);
    if (typeof next !== "string" && next.key === "v") raw = false;
  }
  assert.deepEqual(typed, [["\n"], ["v"], "", "q", "s"]);
});
