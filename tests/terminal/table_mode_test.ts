import assert from "node:assert/strict";
import { sentences } from "../../lib/locale/mod.ts";
import type { KeyAnswers } from "../../lib/terminal/key_answers.ts";
import type { Reader } from "../../lib/terminal/key_lines.ts";
import type { Move } from "../../lib/terminal/table_screen.ts";
import { createTerminal } from "../../lib/terminal/terminal.ts";
import { width } from "../../lib/text/width.ts";
import { STATUS } from "../support/status.ts";
import { FakeClock, runMicrotasks } from "../support/fake_clock.ts";
import { Screen } from "../support/screen.ts";

const never = new AbortController().signal;

/** A program at a terminal: what is typed arrives in parts, echoed in line mode. */
function atTerminal({ raw = true, columns = 80, rows = 12, lang = "en" as "en" | "fr" } = {}) {
  const t = sentences(lang);
  const screen = new Screen(rows, columns);
  const size = { columns, rows };
  const decoder = new TextDecoder();
  const writer = {
    write(bytes: Uint8Array) {
      screen.write(decoder.decode(bytes));
      return Promise.resolve(bytes.length);
    },
  };
  const clock = new FakeClock();
  let resized = () => {};
  const terminal = createTerminal(writer, t, {
    tty: true,
    columns: () => size.columns,
    rows: () => size.rows,
    clock,
    onResize: (callback) => {
      resized = callback;
      return () => resized = () => {};
    },
  });
  const marks: string[] = [], moves: Move[] = [];
  let looks = 0, isRaw = false, shown = false;
  const answers: KeyAnswers = {
    mark: (text) => void marks.push(text),
    look: () => void looks++,
    figures: () => [["Seen", "5 topics"]],
    table: {
      set shown(is: boolean) {
        shown = is;
      },
      position: "1–2 of 5",
      move: (move) => void moves.push(move),
      render: (columns, rows) =>
        Array.from({ length: rows }, (_, i) => `row ${i} ${"=".repeat(columns)}`.slice(0, columns)),
    },
  };
  let arrive = (_: string | null) => {};
  const arrived: (string | null)[] = [];
  const reader: Reader = {
    async read(into) {
      const text = arrived.shift() ??
        await new Promise<string | null>((resolve) => arrive = resolve);
      return text === null ? null : new TextEncoder().encodeInto(text, into).written;
    },
    ...raw && {
      keysAtOnce: (atOnce: boolean) => {
        isRaw = atOnce;
        return true;
      },
    },
  };
  const quit = terminal.keys(reader, never, () => answers);
  return {
    t,
    screen,
    terminal,
    marks,
    moves,
    quit,
    clock,
    get looks() {
      return looks;
    },
    get isRaw() {
      return isRaw;
    },
    get shown() {
      return shown;
    },
    async type(text: string | null) {
      if (text !== null && !isRaw) screen.write(text.replaceAll("\n", "\r\n"));
      arrive(text);
      await runMicrotasks();
    },
    async status() {
      terminal.status(STATUS);
      await runMicrotasks();
    },
    async resize(columns: number, rows: number) {
      Object.assign(size, { columns, rows });
      resized();
      await runMicrotasks();
    },
  };
}

/** Asserts that a screen shows the table, the status and the keys. */
function assertTable({ screen, t }: ReturnType<typeof atTerminal>, keys: readonly string[]): void {
  assert.equal(screen.second, true);
  const rows = screen.text.split("\n");
  assert.match(rows[0]!, /^row 0 /);
  assert.ok(rows.some((row) => row.includes(t.status.messages(3))), screen.text);
  assert.ok(rows.some((row) => keys.some((text) => row.endsWith(text))), screen.text);
  for (const row of rows) assert.ok(width(row) < screen.columns, row);
}

for (const lang of ["en", "fr"] as const) {
  for (const columns of [40, 60, 80, 120]) {
    Deno.test(`the table fits ${columns} columns with and without Enter, and v leads back (${lang})`, async () => {
      for (const raw of [true, false]) {
        const at = atTerminal({ raw, columns, lang });
        await at.status();
        const before = at.screen.text;
        await at.type("v\n");
        const { rawKeys, lineKeys } = at.t.live.table;
        assertTable(at, raw ? rawKeys : lineKeys);
        assert.deepEqual([at.shown, at.isRaw], [true, raw]);
        await at.status();
        assertTable(at, raw ? rawKeys : lineKeys);
        await at.type(raw ? "v" : "v\n");
        await at.status();
        assert.deepEqual([at.screen.second, at.shown, at.isRaw], [false, false, false]);
        assert.equal(at.screen.text, before);
        await at.type(null);
        assert.equal(await at.quit, false);
        await at.terminal.close();
      }
    });
  }
}

Deno.test("arrows, page keys and letters scroll the table at once", async () => {
  const at = atTerminal();
  await at.status();
  await at.type("v\n");
  await at.type("\x1b[B\x1bOBj\x1b[A");
  await at.type("k\x1b[6~ \x1b[5~u");
  await at.type("gG\x1b[H\x1b[F");
  const down: Move[] = ["down", "down", "down", "up", "up", "pageDown", "pageDown", "pageUp"];
  assert.deepEqual(at.moves, [...down, "pageUp", "home", "end", "home", "end"]);
  await at.type("q");
  assert.equal(await at.quit, true);
  assert.deepEqual([at.screen.second, at.isRaw], [false, false]);
  await at.terminal.close();
});

Deno.test("letters and Enter scroll the table in line mode", async () => {
  const at = atTerminal({ raw: false });
  await at.status();
  await at.type("v\n");
  for (const key of ["j", "k", "d", "u", ""]) await at.type(`${key}\n`);
  assert.deepEqual(at.moves, ["down", "up", "pageDown", "pageUp"]);
  assertTable(at, at.t.live.table.lineKeys);
  await at.type("q\n");
  assert.equal(await at.quit, true);
  await at.terminal.close();
});

Deno.test("m in the table asks for the text of a mark, and leads back to its keys", async () => {
  const at = atTerminal();
  await at.status();
  await at.type("v\n");
  await at.type("m");
  assert.equal(at.isRaw, false);
  assert.equal(at.screen.text.split("\n").at(-1), at.t.live.table.mark.trimEnd());
  await at.type("door ");
  await at.status();
  await at.type("opened\n");
  assert.deepEqual([at.marks, at.isRaw], [["door opened"], true]);
  assertTable(at, at.t.live.table.rawKeys);
  await at.type(null);
  await at.terminal.close();
});

Deno.test("m and its text note a mark without the table", async () => {
  const at = atTerminal({ raw: false });
  await at.status();
  for (const line of ["m door opened", "m", "M  two  words ", "mark", "t"]) {
    await at.type(`${line}\n`);
  }
  await at.type("v\n");
  await at.type("m in the table\n");
  assert.deepEqual(at.marks, ["door opened", "", "two  words", "in the table"]);
  assert.equal(at.looks, 1);
  assert.equal(at.screen.second, true);
  await at.type(null);
  await at.terminal.close();
  assert.ok(at.screen.text.includes(at.t.unknownKey("mark")), at.screen.text);
});

Deno.test("what is told while the table is shown stands below it, and above the line afterwards", async () => {
  const at = atTerminal();
  await at.status();
  await at.type("v\n");
  at.terminal.log("first\nsecond");
  at.terminal.error("third");
  await at.status();
  assert.ok(at.screen.text.includes("\nthird\n") && !at.screen.text.includes("first"));
  assert.equal(at.terminal.line("a message"), false);
  await at.clock.advance(10_000);
  await at.status();
  assert.ok(!at.screen.text.includes("third"));
  await at.type("v");
  await at.status();
  assert.match(at.screen.text, /^first\nsecond\nthird\n.*3 messages/);
  assert.equal(at.terminal.line("a message"), true);
  await at.type(null);
  await at.terminal.close();
});

Deno.test("s, h and t leave the table and are answered", async () => {
  const at = atTerminal({ rows: 30 });
  await at.status();
  for (const [key, words] of [["s", "5 topics"], ["h", at.t.keys[1]!]] as const) {
    await at.type("v\n");
    await at.type(key);
    assert.equal(at.screen.second, false);
    assert.ok(at.screen.text.includes(words), at.screen.text);
  }
  await at.type("v\n");
  await at.type("t");
  assert.equal(at.looks, 1);
  await at.type(null);
  await at.terminal.close();
});

Deno.test("the table is drawn anew when the terminal changes its size", async () => {
  const at = atTerminal({ columns: 120, rows: 30 });
  await at.status();
  await at.type("v\n");
  await at.resize(60, 10);
  const rows = at.screen.text.split("\n");
  assert.equal(rows.length, 10);
  for (const row of rows) assert.ok(width(row) < 60, row);
  await at.resize(2, 1);
  await at.resize(0, 0);
  await at.type("v");
  await at.type(null);
  await at.terminal.close();
});

Deno.test("the end of the program gives the first screen and line mode back", async () => {
  const at = atTerminal();
  await at.status();
  await at.type("v\n");
  await at.terminal.close();
  assert.deepEqual([at.screen.second, at.isRaw, at.shown], [false, false, false]);
  await at.type(null);
});

Deno.test("a program without a terminal has no table, and says so", async () => {
  let text = "";
  const t = sentences("en");
  const terminal = createTerminal({
    write(bytes) {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  }, t);
  const at = atTerminal();
  await at.type(null);
  const lines = ["v\n", "m note\n", "q\n"];
  const reader: Reader = {
    read: (into) => Promise.resolve(new TextEncoder().encodeInto(lines.shift()!, into).written),
  };
  const marks: string[] = [];
  const answers = { mark: (text: string) => void marks.push(text) } as unknown as KeyAnswers;
  assert.equal(await terminal.keys(reader, never, () => answers), true);
  await terminal.close();
  await at.terminal.close();
  assert.deepEqual([text, marks], [`${t.live.table.nowhere}\n`, ["note"]]);
});
