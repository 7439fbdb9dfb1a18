import assert from "node:assert/strict";
import { LiveAnswers } from "../../lib/commands/live_answers.ts";
import { TopicTable } from "../../lib/live/topic_table.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";
import type { Mark } from "../../lib/marks/mark_rows.ts";
import type { Terminal } from "../../lib/terminal/terminal.ts";
import { batchOf, message } from "../support/arbitrary.ts";
import { config } from "../support/configured.ts";
import { FakeClock, runMicrotasks } from "../support/fake_clock.ts";
import { freePort } from "../support/program.ts";

function fixture(lang: "en" | "fr" = "en", add?: (mark: Mark) => Promise<void>) {
  const t = sentences(lang);
  const clock = new FakeClock();
  const lines: string[] = [];
  const terminal = {
    log: (text: string) => void lines.push(text),
    error: (text: string) => void lines.push(`! ${text}`),
  } as unknown as Terminal;
  const noted: Mark[] = [];
  const topics = new TopicTable(clock);
  const marks = {
    path: "r.marks.csv",
    written: 0,
    unwritten: [],
    cause: undefined,
    async add(mark: Mark) {
      await add?.(mark);
      noted.push(mark);
      marks.written++;
    },
  };
  const at = ["--broker", "127.0.0.1", "--port", String(freePort())];
  const connect = {
    ...config(...at),
    username: undefined,
    password: undefined,
    clientId: "",
    clock,
  };
  const answers = new LiveAnswers({
    config: config(),
    t,
    clock,
    terminal,
    topics,
    marks,
    connection: { connect, signal: new AbortController().signal },
  });
  return { t, clock, lines, noted, topics, answers };
}

Deno.test("LiveAnswers.mark() notes the moment and the text, and tells it once it is on disk", async () => {
  const written = Promise.withResolvers<void>();
  const { t, clock, lines, answers } = fixture("en", () => written.promise);
  const iso = new Date(clock.now()).toISOString();
  answers.mark("door\x1b[2J");
  await clock.advance(5_000);
  assert.deepEqual([lines, answers.noted], [[], 0]);
  written.resolve();
  await runMicrotasks();
  assert.deepEqual(lines, [t.live.marked(iso, "door\\x1b[2J")]);
  assert.equal(answers.noted, 1);
});

Deno.test("LiveAnswers.mark() shows the beginning of a long text", async () => {
  const { lines, noted, answers } = fixture();
  answers.mark("x".repeat(1_000_000));
  await runMicrotasks();
  assert.ok(lines[0]!.length < 120);
  assert.equal(noted[0]!.text.length, 1_000_000);
});

Deno.test("LiveAnswers.mark() tells in both languages that a mark waits for the disk, or is refused", async () => {
  for (const lang of ["en", "fr"] as const) {
    for (const final of [false, true]) {
      const error = new RecordingError((t) => t.fileChanged("r.marks.csv"), { final });
      const { t, lines, answers } = fixture(lang, () => Promise.reject(error));
      answers.mark("x");
      await runMicrotasks();
      const told = t.fileChanged("r.marks.csv");
      assert.deepEqual(lines, [`! ${final ? told : t.live.markWaits(told.split("\n")[0]!)}`]);
      assert.equal(answers.noted, 0);
    }
  }
});

Deno.test("LiveAnswers.figures() tells the topics, the busiest and the longest silent", async () => {
  const { t, clock, topics, answers } = fixture();
  assert.deepEqual(answers.figures(), []);
  topics.take(batchOf([message("old\x1b", "1", clock.now())]));
  for (let i = 0; i < 5; i++) {
    await clock.advance(1_000);
    topics.take(batchOf([message("busy", "1", clock.now())]));
  }
  const { live } = t;
  assert.deepEqual(answers.figures(), [
    [live.topics, live.topicCount(2, false)],
    [live.busiest, live.busiestTopic("busy", 1, 5)],
    [live.silent, live.silentTopic("old\\x1b", 5_000)],
  ]);
});

Deno.test("LiveAnswers.look() tells why a broker cannot be looked at", async () => {
  const { lines, answers, t } = fixture();
  const looked = answers.tellLook();
  answers.look();
  await looked;
  assert.deepEqual(lines.slice(0, 2), [t.live.look.begun(2_000), t.live.look.running]);
  assert.equal(lines.length, 3);
  assert.match(lines[2]!, /^Cannot connect to .*: nothing is listening there$/);
});
