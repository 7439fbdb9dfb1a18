import assert from "node:assert/strict";
import type { ReportSources } from "../../lib/commands/recording_status.ts";
import { firstLine } from "../../lib/commands/event_sentences.ts";
import { SessionReport } from "../../lib/commands/session_report.ts";
import {
  cannotWrite,
  FileChangedError,
  RecordingError,
  StateError,
} from "../../lib/locale/errors.ts";
import type { RunTotals } from "../../lib/gaps/run_totals.ts";
import { type Sentences, sentences } from "../../lib/locale/mod.ts";
import type { Gap } from "../../lib/message/gap.ts";
import { MalformedPacketError } from "../../lib/mqtt/packets/properties.ts";
import type { Status } from "../../lib/terminal/status.ts";
import { Stop } from "../../lib/system/stop.ts";
import type { Terminal } from "../../lib/terminal/terminal.ts";
import { config } from "../support/configured.ts";
import { FakeClock, runMicrotasks } from "../support/fake_clock.ts";

interface Fixture {
  readonly t: Sentences;
  readonly report: SessionReport;
  readonly clock: FakeClock;
  readonly stop: Stop;
  readonly recorder: { busy: boolean; messages: number };
  readonly finisher: { busy: boolean };
  /** Whether `q` is typed at once; if so, it is again ten seconds later. */
  readonly typed: { quit: boolean; printing: boolean };
  readonly broker: { connected: boolean; readonly receiveQueue: { lastTime: number } };
  readonly shown: Status[];
  /** Lines printed since the last call; details in brackets, errors after a `!`. */
  printed(): string[];
  watch(total?: Partial<RunTotals>, marks?: ReportSources["marks"]): void;
}

const ADDRESS = "localhost:1883";

/** Runs `body` in both languages; returns the summary of each. */
async function withReport(
  body: (fixture: Fixture) => void | Promise<void>,
  argv: readonly string[] = [],
): Promise<readonly (readonly [Sentences, string[], SessionReport])[]> {
  const ends: [Sentences, string[], SessionReport][] = [];
  for (const t of [sentences("en"), sentences("fr")]) {
    const clock = new FakeClock();
    using stop = new Stop();
    const lines: string[] = [];
    const shown: Status[] = [];
    const typed = { quit: false, printing: false };
    const terminal: Terminal = {
      log: (text) => void lines.push(text),
      detail: (text) => void lines.push(`(${text})`),
      error: (text) => void lines.push(`! ${text}`),
      status: (status) => void shown.push(status),
      line: () => false,
      interactive: false,
      keys: () => Promise.resolve(typed.quit),
      close: () => Promise.resolve(),
    };
    const recorder = { busy: false, messages: 0, files: [{ path: "x.csv", bytes: 80 }] };
    const finisher = { busy: false, count: 0, indexPath: "x.files.csv" };
    const broker = { connected: true, tooLong: 0, receiveQueue: { lastTime: 0 } };
    let ended: SessionReport;
    {
      await using report = ended = new SessionReport(config(...argv), t, clock, stop, terminal);
      const watch = (total: Partial<RunTotals> = {}, marks?: ReportSources["marks"]) => {
        const gaps = { total: { ...NO_GAPS, ...total } };
        const read = async (into: Uint8Array) => {
          await clock.sleep(10_000);
          return new TextEncoder().encodeInto("q\n", into).written;
        };
        if (typed.quit) report.keys.source = () => ({ read });
        const rotating = { finisher, printing: typed.printing };
        report.watch({ broker, recorder, gaps, rotating, ...marks && { marks } });
      };
      const printed = () => lines.splice(0);
      await body({
        ...{ t, report, clock, stop, recorder, finisher, broker, typed, shown, printed, watch },
      });
      stop.request();
      printed();
    }
    assert.equal(clock.sleeping, 0);
    ends.push([t, lines, ended]);
  }
  return ends;
}

const NO_GAPS: RunTotals = {
  count: 0,
  ms: 0,
  worst: "no",
  path: "x.gaps.csv",
  leftOut: 0,
  unwritten: undefined,
};
const CONNECTED = {
  type: "connected",
  version: 5,
  resumed: false,
  again: false,
  refused: [],
  grantedExpiryS: undefined,
} as const;
const LEFT = { type: "left", kept: true, undelivered: false, takenOver: false } as const;

Deno.test("SessionReport prints connections: first, resumed, again with and without session", async () => {
  await withReport(({ t, report: { onEvent }, printed }) => {
    onEvent(CONNECTED);
    onEvent({ ...CONNECTED, resumed: true });
    const first = t.connected(ADDRESS, "sensors/#");
    assert.deepEqual(printed(), [first, `${first}\n${t.sessionResumed}`]);
    onEvent({ ...CONNECTED, again: true, resumed: true });
    onEvent({ ...CONNECTED, again: true });
    assert.deepEqual(printed(), [t.reconnected(ADDRESS), t.reconnectedWithGap(ADDRESS)]);
  });
  // With QoS 0 a session keeps nothing.
  await withReport(({ t, report: { onEvent }, printed }) => {
    onEvent({ ...CONNECTED, again: true, resumed: true });
    assert.deepEqual(printed(), [t.reconnectedWithGap(ADDRESS)]);
  }, ["--qos", "0"]);
});

Deno.test("SessionReport prints a loss with its cause, attempts as details, a final loss as error", async () => {
  await withReport(({ t, report: { onEvent }, printed }) => {
    const lost = { type: "disconnected", since: 0, final: false } as const;
    onEvent({ ...lost, cause: undefined });
    onEvent({ ...lost, cause: new StateError("ETIMEDOUT") });
    assert.deepEqual(printed(), [
      t.disconnected(ADDRESS, ""),
      t.disconnected(ADDRESS, t.causes["ETIMEDOUT"]!),
    ]);
    onEvent({ ...lost, cause: undefined, final: true });
    assert.deepEqual(printed(), []);
    const line = t.retrying(t.unexpected(t.causes["ECONNREFUSED"]!).split("\n")[0]!);
    for (const news of [false, true]) {
      onEvent({ type: "failed", cause: new StateError("ECONNREFUSED"), news });
      assert.deepEqual(printed(), [news ? line : `(${line})`]);
    }
  });
});

Deno.test("SessionReport prints refused filters once, and once that all are granted again", async () => {
  const refused = [
    { topic: "a/#", asked: 1, granted: undefined, code: 135 },
    { topic: "b/#", asked: 1, granted: 0, code: 0 },
  ] as const;
  await withReport(({ t, report: { onEvent }, printed }) => {
    onEvent({ ...CONNECTED, again: true, resumed: true, refused });
    assert.deepEqual(printed(), [
      `! ${t.connect.subscribeRefused.notAuthorized("a/#", "code 135")}`,
      `! ${t.subscriptionDowngraded("b/#", 1, 0)}`,
      t.goesOnWithout,
      t.reconnected(ADDRESS),
    ]);
    onEvent({ type: "subscribed", refused });
    assert.deepEqual(printed(), []);
    onEvent({ type: "subscribed", refused: [] });
    assert.deepEqual(printed(), [t.subscribedAgain]);
  });
});

Deno.test("SessionReport prints at the start what is refused, and names what is recorded", async () => {
  const refused = [{ topic: "b", asked: 1, granted: undefined, code: 0x87 }] as const;
  await withReport(({ t, report: { onEvent }, printed }) => {
    onEvent({ ...CONNECTED, refused });
    const said = [
      `! ${t.connect.subscribeRefused.notAuthorized("b", "code 135")}`,
      t.goesOnWithout,
    ];
    assert.deepEqual(printed(), [...said, t.connected(ADDRESS, "a")]);
    // The same on a reconnect is no news.
    onEvent({ ...CONNECTED, refused, again: true, resumed: true });
    assert.deepEqual(printed(), [t.reconnected(ADDRESS)]);
    onEvent({ ...CONNECTED, refused: [{ ...refused[0], granted: 0, code: 0 }] });
    assert.deepEqual(printed(), [
      `! ${t.subscriptionDowngraded("b", 1, 0)}`,
      t.goesOnWithLess,
      t.connected(ADDRESS, "a, b"),
    ]);
    onEvent({ type: "subscribed", refused, first: true });
    assert.deepEqual(printed(), said);
  }, ["--topic", "a", "--topic", "b"]);
});

Deno.test("SessionReport prints filters with unrecognisable copies once, at the start", async () => {
  await withReport(({ t, report: { onEvent }, printed }) => {
    const event = { ...CONNECTED, ambiguous: ["a/+", "+/\u202eb"] };
    onEvent(event);
    const [warning] = printed();
    assert.equal(warning, `! ${t.connect.perhapsTwice("a/+, +/\\u{202e}b")}`);
    onEvent({ ...event, again: true });
    assert.equal(printed().length, 1);
  });
});

Deno.test("SessionReport prints once that MQTT 3.1.1 is a guess, and what it cannot record", async () => {
  const older = { ...CONNECTED, version: 4 } as const;
  const printing = (argv: string[], event: typeof older & { unanswered5?: boolean }) =>
    withReport(({ t, report: { onEvent }, printed }) => {
      onEvent(event);
      const warnings = printed().slice(0, -1);
      const { unanswered5, noProperties } = t.connect;
      assert.deepEqual(warnings, [
        ...event.unanswered5 ? [`! ${unanswered5}`] : [],
        ...argv.length > 0 ? [`! ${noProperties}`] : [],
      ]);
      onEvent({ ...event, again: true } as never);
      assert.equal(printed().length, 1);
    }, argv);
  await printing([], older);
  await printing([], { ...older, unanswered5: true });
  await printing(["--properties"], { ...older, unanswered5: true });
});

Deno.test("SessionReport prints why the broker refuses the status, in its own words", async () => {
  await withReport(({ t, report: { onEvent }, printed }) => {
    const event = { type: "statusRefused", topic: "s" } as const;
    onEvent({ ...event, code: 0x87, reason: { reasonString: "read\x07only" } });
    onEvent({ ...event, code: undefined });
    assert.deepEqual(printed(), [
      `! ${t.connect.statusRefused("s", t.connect.code(0x87, "read\\x07only"))}`,
      `! ${t.connect.statusRefused("s", undefined)}`,
    ]);
  });
});

Deno.test("SessionReport prints at an end without messages that a topic is only itself", async () => {
  for (const [topic, said] of [["home", true], ["home/#", false]] as const) {
    const ends = await withReport(({ watch }) => watch(), ["--topic", topic]);
    for (const [t, lines] of ends) {
      assert.equal(lines.includes(t.nothingCame(topic)), said);
    }
  }
});

Deno.test("SessionReport prints a gap found at the start with cause, length and risk", async () => {
  const gap = { from: 0, to: 65_000, ms: 65_000, session: "resumed" } as const;
  await withReport(({ t, report: { onEvent }, printed }) => {
    for (const atRisk of [undefined, "yes"] as const) {
      onEvent({ type: "gap", gap: { ...gap, cause: "unclean end" }, atRisk });
      assert.deepEqual(printed(), [t.uncleanEnd(65_000, atRisk)]);
      onEvent({ type: "gap", gap: { ...gap, cause: "between runs" }, atRisk });
      assert.deepEqual(printed(), [t.betweenRuns(65_000, atRisk)]);
    }
    onEvent({ type: "gap", gap: { ...gap, cause: "session lost" }, atRisk: "yes" });
    assert.deepEqual(printed(), [t.sessionLost(65_000)]);
  });
});

Deno.test("SessionReport prints foreign rows in the gap log", async () => {
  await withReport(({ t, report: { onEvent }, printed }) => {
    onEvent({ type: "alien", path: "x.gaps.csv", count: 2, row: 7 });
    assert.deepEqual(printed(), [t.alienGaps("x.gaps.csv", 2, 7)]);
  });
});

Deno.test("SessionReport prints messages that the broker dropped, with the setting that helps", async () => {
  const gap: Gap = {
    from: 0,
    to: 6_000,
    ms: 6_000,
    cause: "broker queue",
    session: "kept",
    atRisk: "yes",
  };
  await withReport(({ t, report: { onEvent }, printed }) => {
    for (const count of [1, 5_289, undefined]) {
      onEvent({ type: "dropped", gap, count });
      const [line = ""] = printed();
      assert.equal(line, t.dropped(count, 6_000));
      assert.match(line, /max_queued_messages/);
    }
  });
});

Deno.test("SessionReport prints a reconnect that has messages redelivered", async () => {
  await withReport(({ t, report: { onEvent }, printed }) => {
    onEvent({ type: "disconnected", cause: undefined, since: 0, final: false, renewed: true });
    assert.deepEqual(printed(), [t.redelivery]);
  });
});

Deno.test("SessionReport prints changes of the files, and the status shows a stall", async () => {
  await withReport(async ({ t, report, clock, printed, shown, watch, broker }) => {
    const { onEvent } = report;
    watch();
    printed();
    const state = () => shown.at(-1)!.state;
    assert.equal(state(), "connected");
    onEvent({ type: "stalled", cause: new StateError("ENOSPC"), forMs: 0 });
    assert.deepEqual(printed(), [t.stalled(t.cannotWriteNow(t.causes["ENOSPC"]!))]);
    broker.connected = false;
    await clock.advance(500);
    assert.equal(state(), "stalled");
    onEvent({ type: "resumed" });
    assert.deepEqual(printed(), [t.resumed]);
    await clock.advance(500);
    assert.equal(state(), "reconnecting");
    // Whoever has deleted a file may have lost rows.
    const gone = new FileChangedError("x");
    onEvent({ type: "stalled", cause: gone, forMs: 0 });
    onEvent({ type: "resumed" });
    assert.deepEqual(printed(), [t.stalledByChange(t.fileChanged("x").split("\n")[0]!), t.resumed]);
    onEvent({ type: "torn", torn: { path: "x", tornPath: "x.torn", bytes: 3, wholeRows: 2 } });
    onEvent({ type: "replaced", path: "x", begun: true });
    onEvent({ type: "replaced", path: "x", begun: false });
    onEvent({ type: "logReplaced", path: "x", begun: true });
    onEvent({ type: "logReplaced", path: "x", begun: false });
    onEvent({ type: "reconciled", path: "x", rows: 2, from: "y" });
    onEvent({ type: "diverged", paths: ["x", "y"], row: 7 });
    assert.deepEqual(printed(), [
      t.torn("x", 3, "x.torn", 2),
      t.replaced("x", true),
      t.replaced("x", false),
      t.replacedLog("x", true),
      t.replacedLog("x", false),
      t.reconciled("x", 2, "y"),
      t.diverged("x", "y", 7),
    ]);
  });
});

Deno.test("SessionReport explains an end that waits for the disk, after 2 s", async () => {
  for (const busy of [true, false]) {
    await withReport(async ({ t, clock, stop, recorder, printed, watch }) => {
      watch();
      printed();
      recorder.busy = busy;
      stop.request();
      assert.deepEqual(printed(), [`(${t.draining})`]);
      await clock.advance(1_999);
      assert.deepEqual(printed(), []);
      await clock.advance(1);
      assert.deepEqual(printed(), busy ? [`! ${t.waitingForDisk}`] : []);
    });
  }
});

Deno.test("SessionReport says that names of finished files wait for their reader", async () => {
  await withReport(async ({ t, clock, typed, printed, watch }) => {
    typed.quit = typed.printing = true;
    watch();
    await clock.advance(0);
    printed();
    await clock.advance(2_000);
    assert.deepEqual(printed(), [t.rotate.namesWait]);
    await clock.advance(8_000);
  });
});

Deno.test("SessionReport says once that files are still finished, and insists on another q", async () => {
  await withReport(async ({ t, clock, stop, recorder, finisher, typed, printed, watch }) => {
    typed.quit = recorder.busy = finisher.busy = true;
    watch();
    await clock.advance(2_000);
    recorder.busy = false;
    printed();
    await clock.advance(2_000);
    assert.deepEqual(printed(), [t.rotate.finishing]);
    await clock.advance(5_999);
    assert.deepEqual([printed(), stop.signal.aborted, stop.insisted.aborted], [[], true, false]);
    await clock.advance(1);
    assert.equal(stop.insisted.aborted, true);
  });
});

Deno.test("SessionReport sums up messages, files and gaps, and rows not written", async () => {
  const gaps = { count: 2, ms: 74_000, worst: "qos0" } as const;
  const gone = new StateError("ENOSPC");
  const ends = await withReport(async ({ clock, recorder, watch }) => {
    watch({ ...gaps, unwritten: gone });
    await clock.advance(1_000);
    recorder.messages = 12;
  });
  for (const [t, lines] of ends) {
    assert.deepEqual(lines, [
      t.summary(12, 1_000),
      t.summaryFile("x.csv", 80),
      t.summaryGaps(2, 74_000, "qos0", undefined),
      `! ${t.rowsKept(firstLine(cannotWrite("x.gaps.csv", gone), t), true)}`,
    ]);
  }
});

Deno.test("SessionReport tells why gap rows wait for the next start, and is incomplete", async () => {
  const full = Object.assign(new Error("x"), { code: "ENOSPC" });
  const folder = new RecordingError((t) => t.isDirectory("x.gaps.csv"));
  for (const unwritten of [full, new RecordingError(() => "x", { cause: full }), folder]) {
    const told: string[] = [];
    const ends = await withReport(({ report, watch, printed }) => {
      watch({ unwritten });
      printed();
      const event = { type: "gapLogFailed", path: "x.gaps.csv", cause: unwritten } as const;
      report.onEvent(event);
      told.push(...printed());
      assert.equal(report.incomplete, false);
    });
    for (const [t, lines, { incomplete }] of ends) {
      const isFull = unwritten !== folder;
      const why = firstLine(isFull ? cannotWrite("x.gaps.csv", full) : folder, t);
      assert.equal(told.shift(), t.rowsWait(why, isFull));
      assert.equal(lines.at(-1), `! ${t.rowsKept(why, isFull)}`);
      assert.equal(incomplete, true);
    }
  }
});

Deno.test("SessionReport counts the marks that are on disk, and prints those that are in no file", async () => {
  const cause = new RecordingError((t) => t.isDirectory("x.marks.csv"));
  for (const texts of [[], ["door\x1bopened", ""]]) {
    const unwritten = texts.map((text) => ({ time: 0, text }));
    const ends = await withReport(({ watch }) =>
      watch({}, { noted: 3, unwritten, cause, path: "x.marks.csv" })
    );
    for (const [t, lines, { incomplete }] of ends) {
      const noted = t.live.summaryMarks(3, "x.marks.csv");
      const lost = `! ${t.live.marksLost(firstLine(cause, t), 2)}\n` +
        "  1970-01-01T00:00:00.000Z  door\\x1bopened\n  1970-01-01T00:00:00.000Z";
      assert.deepEqual(lines.slice(2), [noted, texts.length > 0 ? lost : t.ended]);
      assert.equal(incomplete, texts.length > 0);
    }
  }
});

Deno.test("SessionReport prints messages left out by topic, in the status, and in the summary", async () => {
  const ends = await withReport(({ t, report: { onEvent }, printed, shown, watch }) => {
    const event = { type: "leftOut", breach: "topic not UTF-8", path: "x.gaps.csv" } as const;
    const { invalid: { leftOut, breaches } } = t;
    onEvent({ ...event, topic: "K\\xfcche" });
    onEvent({ ...event, topic: undefined });
    assert.deepEqual(printed(), [
      leftOut("K\\xfcche", breaches["topic not UTF-8"], "x.gaps.csv"),
      leftOut(undefined, breaches["topic not UTF-8"], "x.gaps.csv"),
    ]);
    watch({ leftOut: 7 });
    assert.equal(shown.at(-1)!.leftOut, 7);
  });
  for (const [t, lines] of ends) {
    assert.deepEqual(lines.slice(2), [t.invalid.summary(7, "x.gaps.csv"), t.ended]);
  }
});

Deno.test("SessionReport quotes a malformed packet in a sentence of the chosen language", async () => {
  await withReport(({ t, report: { onEvent }, printed }) => {
    const cause = new MalformedPacketError("NUL in a topic name");
    cause.sent = "0\\x05";
    onEvent({ type: "disconnected", since: 0, final: false, cause });
    const state = t.invalid.notMqtt(t.invalid.malformations["NUL in a topic name"], "0\\x05");
    assert.deepEqual(printed(), [t.disconnected(ADDRESS, state)]);
  });
});

Deno.test("SessionReport prints at the end how long the broker keeps the session", async () => {
  for (const [granted, seconds] of [[undefined, 7_200], [600, 600], [9_999, 9_999]] as const) {
    for (const undelivered of [true, false]) {
      const ends = await withReport(({ t, report: { onEvent }, printed, watch }) => {
        onEvent({ ...CONNECTED, grantedExpiryS: granted });
        const short = granted === 600 ? [t.sessionShort(7_200_000, 600_000)] : [];
        assert.deepEqual(printed(), [...short, t.connected(ADDRESS, "sensors/#")]);
        onEvent({ ...CONNECTED, again: true, resumed: true, grantedExpiryS: granted });
        assert.deepEqual(printed(), [t.reconnected(ADDRESS)]);
        watch();
        onEvent({ ...LEFT, undelivered });
      }, ["--session-expiry", "2h"]);
      for (const [t, lines] of ends) {
        const say = undelivered ? t.leftBehind : t.sessionKept;
        assert.deepEqual(lines.slice(2), [say(seconds * 1000), t.ended]);
      }
    }
  }
});

Deno.test("SessionReport prints no summary for a recording that never began", async () => {
  for (const [, lines] of await withReport(() => {})) assert.deepEqual(lines, []);
});

Deno.test("SessionReport prints that it waits for a broker, with the time of the next attempt", async () => {
  await withReport(({ t, report: { onEvent }, printed }) => {
    const cause = new StateError("ECONNREFUSED");
    onEvent({ type: "waiting", cause, nextMs: 1_500, news: true });
    onEvent({ type: "waiting", cause, nextMs: 2_000, news: false });
    const state = t.unexpected(t.causes.ECONNREFUSED!);
    assert.deepEqual(printed(), [
      t.waiting(state, 1_500),
      `(${t.retrying(state.split("\n")[0]!)})`,
    ]);
  });
});

Deno.test("SessionReport reads keys from the first failed attempt on, so that q ends the wait", async () => {
  for (const waits of [true, false]) {
    await withReport(async ({ report, stop, watch }) => {
      let opened = 0;
      report.keys.source = () => {
        opened++;
        return { read: () => Promise.resolve(null) };
      };
      const cause = new StateError("ECONNREFUSED");
      if (waits) report.onEvent({ type: "waiting", cause, nextMs: 1, news: true });
      assert.equal(opened, waits ? 1 : 0);
      watch();
      report.onEvent({ type: "waiting", cause, nextMs: 1, news: false });
      assert.equal(opened, 1);
      await runMicrotasks();
      assert.equal(stop.signal.aborted, false);
    });
  }
});
