import assert from "node:assert/strict";
import { SessionReport } from "../../lib/commands/session_report.ts";
import { StateError } from "../../lib/locale/errors.ts";
import type { RunTotals } from "../../lib/gaps/run_totals.ts";
import { type Sentences, sentences } from "../../lib/locale/mod.ts";
import type { Gap } from "../../lib/message/gap.ts";
import { MalformedPacketError } from "../../lib/mqtt/packets/properties.ts";
import type { Status } from "../../lib/terminal/status.ts";
import { Stop } from "../../lib/system/stop.ts";
import type { Terminal } from "../../lib/terminal/terminal.ts";
import { config } from "../support/configured.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Bench {
  readonly t: Sentences;
  readonly report: SessionReport;
  readonly clock: FakeClock;
  readonly stop: Stop;
  readonly recorder: { busy: boolean; messages: number };
  readonly broker: { connected: boolean; readonly receiveQueue: { lastTime: number } };
  readonly shown: Status[];
  /** What was said since the last call; details in brackets, errors behind a `!`. */
  said(): string[];
  watch(total?: Partial<RunTotals>): void;
}

const ADDRESS = "localhost:1883";

/** Runs `body` in both languages; returns what each says at the end. */
async function attending(
  body: (bench: Bench) => void | Promise<void>,
  argv: readonly string[] = [],
): Promise<readonly (readonly [Sentences, string[]])[]> {
  const ends: [Sentences, string[]][] = [];
  for (const t of [sentences("en"), sentences("fr")]) {
    const clock = new FakeClock();
    using stop = new Stop();
    const lines: string[] = [];
    const shown: Status[] = [];
    const terminal: Terminal = {
      log: (text) => void lines.push(text),
      detail: (text) => void lines.push(`(${text})`),
      error: (text) => void lines.push(`! ${text}`),
      status: (status) => void shown.push(status),
      keys: () => Promise.resolve(false),
      close: () => Promise.resolve(),
    };
    const recorder = { busy: false, messages: 0, files: [{ path: "x.csv", bytes: 80 }] };
    const broker = { connected: true, tooLong: 0, receiveQueue: { lastTime: 0 } };
    {
      await using report = new SessionReport(config(...argv), t, clock, stop, terminal);
      const watch = (total: Partial<RunTotals> = {}) => {
        const gaps = { total: { ...NO_GAPS, ...total } };
        const reader = { read: () => Promise.resolve(null) };
        report.watch({ broker, recorder, gaps }, reader);
      };
      const said = () => lines.splice(0);
      await body({ t, report, clock, stop, recorder, broker, shown, said, watch });
      stop.request();
      said();
    }
    assert.equal(clock.sleeping, 0);
    ends.push([t, lines]);
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

Deno.test("connections are said: the first, one with a session, one again with and without it", async () => {
  await attending(({ t, report: { onEvent }, said }) => {
    onEvent(CONNECTED);
    onEvent({ ...CONNECTED, resumed: true });
    const first = t.connected(ADDRESS, "sensors/#");
    assert.deepEqual(said(), [first, `${first}\n${t.sessionResumed}`]);
    onEvent({ ...CONNECTED, again: true, resumed: true });
    onEvent({ ...CONNECTED, again: true });
    assert.deepEqual(said(), [t.reconnected(ADDRESS), t.reconnectedWithGap(ADDRESS)]);
  });
  // With QoS 0 a session keeps nothing.
  await attending(({ t, report: { onEvent }, said }) => {
    onEvent({ ...CONNECTED, again: true, resumed: true });
    assert.deepEqual(said(), [t.reconnectedWithGap(ADDRESS)]);
  }, ["--qos", "0"]);
});

Deno.test("a loss is said with its cause, tries as details, one for good by the error that ends it", async () => {
  await attending(({ t, report: { onEvent }, said }) => {
    const lost = { type: "disconnected", since: 0, final: false } as const;
    onEvent({ ...lost, cause: undefined });
    onEvent({ ...lost, cause: new StateError("ETIMEDOUT") });
    assert.deepEqual(said(), [
      t.disconnected(ADDRESS, ""),
      t.disconnected(ADDRESS, t.causes["ETIMEDOUT"]!),
    ]);
    onEvent({ ...lost, cause: undefined, final: true });
    assert.deepEqual(said(), []);
    const line = t.retrying(t.unexpected(t.causes["ECONNREFUSED"]!).split("\n")[0]!);
    for (const news of [false, true]) {
      onEvent({ type: "failed", cause: new StateError("ECONNREFUSED"), news });
      assert.deepEqual(said(), [news ? line : `(${line})`]);
    }
  });
});

Deno.test("filters that are refused are errors, said once, and so is that all are granted again", async () => {
  const refused = [
    { topic: "a/#", asked: 1, granted: undefined, code: 135 },
    { topic: "b/#", asked: 1, granted: 0, code: 0 },
  ] as const;
  await attending(({ t, report: { onEvent }, said }) => {
    onEvent({ ...CONNECTED, again: true, resumed: true, refused });
    assert.deepEqual(said(), [
      `! ${t.subscriptionRefused("a/#", 135)}`,
      `! ${t.subscriptionDowngraded("b/#", 1, 0)}`,
      t.goesOnWithout,
      t.reconnected(ADDRESS),
    ]);
    onEvent({ type: "subscribed", refused });
    assert.deepEqual(said(), []);
    onEvent({ type: "subscribed", refused: [] });
    assert.deepEqual(said(), [t.subscribedAgain]);
  });
});

Deno.test("filters whose copies cannot be told apart are said at the start, and once", async () => {
  await attending(({ t, report: { onEvent }, said }) => {
    const event = { ...CONNECTED, ambiguous: ["a/+", "+/\u202eb"] };
    onEvent(event);
    const [warning] = said();
    assert.equal(warning, `! ${t.connect.perhapsTwice("a/+, +/\\u{202e}b")}`);
    onEvent({ ...event, again: true });
    assert.equal(said().length, 1);
  });
});

Deno.test("a gap found at the start is said with its cause, its length and its risk", async () => {
  const gap = { from: 0, to: 65_000, ms: 65_000, session: "resumed" } as const;
  await attending(({ t, report: { onEvent }, said }) => {
    for (const atRisk of [undefined, "yes"] as const) {
      onEvent({ type: "gap", gap: { ...gap, cause: "unclean end" }, atRisk });
      assert.deepEqual(said(), [t.uncleanEnd(65_000, atRisk)]);
      onEvent({ type: "gap", gap: { ...gap, cause: "between runs" }, atRisk });
      assert.deepEqual(said(), [t.betweenRuns(65_000, atRisk)]);
    }
    onEvent({ type: "gap", gap: { ...gap, cause: "session lost" }, atRisk: "yes" });
    assert.deepEqual(said(), [t.sessionLost(65_000)]);
  });
});

Deno.test("what the broker dropped, or may have dropped, is said with the setting that helps", async () => {
  const gap: Gap = {
    from: 0,
    to: 6_000,
    ms: 6_000,
    cause: "broker queue",
    session: "kept",
    atRisk: "yes",
  };
  await attending(({ t, report: { onEvent }, said }) => {
    for (const count of [1, 5_289, undefined]) {
      onEvent({ type: "dropped", gap, count });
      const [line = ""] = said();
      assert.equal(line, t.dropped(count, 6_000));
      assert.match(line, /max_queued_messages/);
    }
  });
});

Deno.test("what becomes of the files is said, and the status shows that the disk stalls", async () => {
  await attending(async ({ t, report, clock, said, shown, watch, broker }) => {
    const { onEvent } = report;
    watch();
    said();
    const state = () => shown.at(-1)!.state;
    assert.equal(state(), "connected");
    onEvent({ type: "stalled", cause: new StateError("ENOSPC"), forMs: 0 });
    assert.deepEqual(said(), [t.stalled(t.cannotWriteNow(t.causes["ENOSPC"]!))]);
    broker.connected = false;
    await clock.advance(500);
    assert.equal(state(), "stalled");
    onEvent({ type: "resumed" });
    assert.deepEqual(said(), [t.resumed]);
    await clock.advance(500);
    assert.equal(state(), "reconnecting");
    onEvent({ type: "torn", torn: { path: "x", tornPath: "x.torn", bytes: 3 } });
    onEvent({ type: "replaced", path: "x", begun: true });
    onEvent({ type: "replaced", path: "x", begun: false });
    onEvent({ type: "reconciled", path: "x", rows: 2, from: "y" });
    onEvent({ type: "diverged", paths: ["x", "y"], row: 7 });
    assert.deepEqual(said(), [
      t.torn("x", 3, "x.torn"),
      t.replaced("x", true),
      t.replaced("x", false),
      t.reconciled("x", 2, "y"),
      t.diverged("x", "y", 7),
    ]);
  });
});

Deno.test("an end that waits for the disk is explained after 2 s, one that does not is not", async () => {
  for (const busy of [true, false]) {
    await attending(async ({ t, clock, stop, recorder, said, watch }) => {
      watch();
      said();
      recorder.busy = busy;
      stop.request();
      assert.deepEqual(said(), [`(${t.draining})`]);
      await clock.advance(1_999);
      assert.deepEqual(said(), []);
      await clock.advance(1);
      assert.deepEqual(said(), busy ? [`! ${t.waitingForDisk}`] : []);
    });
  }
});

Deno.test("the end sums up messages, files and gaps, and what could not be written of them", async () => {
  const gaps = { count: 2, ms: 74_000, worst: "qos0" } as const;
  const ends = await attending(async ({ clock, recorder, watch }) => {
    watch({ ...gaps, unwritten: new StateError("ENOSPC") });
    await clock.advance(1_000);
    recorder.messages = 12;
  });
  for (const [t, lines] of ends) {
    assert.deepEqual(lines, [
      t.summary(12, 1_000),
      t.summaryFile("x.csv", 80),
      t.summaryGaps(2, 74_000, "qos0", "x.gaps.csv"),
      `! ${t.cannotWrite("x.gaps.csv", t.causes["ENOSPC"]!)}`,
      t.ended,
    ]);
  }
});

Deno.test("messages left out have a sentence with their topic, a place in the status, and a closing line", async () => {
  const ends = await attending(({ t, report: { onEvent }, said, shown, watch }) => {
    const event = { type: "leftOut", breach: "topic not UTF-8", path: "x.gaps.csv" } as const;
    const { invalid: { leftOut, breaches } } = t;
    onEvent({ ...event, topic: "K\\xfcche" });
    onEvent({ ...event, topic: undefined });
    assert.deepEqual(said(), [
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

Deno.test("a malformed packet has a sentence in the reader's language that quotes it", async () => {
  await attending(({ t, report: { onEvent }, said }) => {
    const cause = new MalformedPacketError("NUL in a topic name");
    cause.sent = "0\\x05";
    onEvent({ type: "disconnected", since: 0, final: false, cause });
    const state = t.invalid.notMqtt(t.invalid.malformations["NUL in a topic name"], "0\\x05");
    assert.deepEqual(said(), [t.disconnected(ADDRESS, state)]);
  });
});

Deno.test("a session that stays is said at the end, for as long as the broker keeps it", async () => {
  for (const [granted, seconds] of [[undefined, 7_200], [600, 600], [9_999, 9_999]] as const) {
    for (const undelivered of [true, false]) {
      const ends = await attending(({ t, report: { onEvent }, said, watch }) => {
        onEvent({ ...CONNECTED, grantedExpiryS: granted });
        const short = granted === 600 ? [t.sessionShort(7_200_000, 600_000)] : [];
        assert.deepEqual(said(), [...short, t.connected(ADDRESS, "sensors/#")]);
        onEvent({ ...CONNECTED, again: true, resumed: true, grantedExpiryS: granted });
        assert.deepEqual(said(), [t.reconnected(ADDRESS)]);
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

Deno.test("a recording that never began has no closing lines", async () => {
  for (const [, lines] of await attending(() => {})) assert.deepEqual(lines, []);
});
