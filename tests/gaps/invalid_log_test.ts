import assert from "node:assert/strict";
import { Batch } from "../../lib/message/batch.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import { InvalidLog, type LeftOutEvent } from "../../lib/gaps/invalid_log.ts";
import type { InvalidMessages, LeftOut } from "../../lib/message/invalid_message.ts";
import { invalidGap } from "../../lib/gaps/invalid_rows.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import { GapLog, gapRow } from "../../lib/gaps/gap_log.ts";
import type { RecorderEvent } from "../../lib/recording/recorder_events.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { failSyncs, failWrites, hangSyncs } from "../support/fake_disk.ts";
import { inFolder } from "../support/program.ts";
import { withTimeout } from "../support/with_timeout.ts";

type Event = LeftOutEvent | RecorderEvent;

interface Bench {
  readonly clock: FakeClock;
  readonly log: InvalidLog;
  readonly events: Event[];
  /** What went to the state of the run, in order. */
  readonly noted: (readonly LeftOut[])[];
  /** Makes the next notes fail. */
  failNotes(times: number): void;
  /** Delivers messages; resolves when they are acknowledged. */
  deliver(...messages: readonly InvalidMessages[]): Promise<void>;
  /** Rows of the gap log. */
  rows(): Promise<string[]>;
  readonly stop: AbortController;
}

async function logging(
  body: (bench: Bench) => Promise<void>,
  { exitOnError = false } = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const clock = new FakeClock();
    const events: Event[] = [];
    const noted: (readonly LeftOut[])[] = [];
    const stop = new AbortController();
    let failures = 0;
    await using gapLog = await GapLog.open(`${folder}/r`);
    const note = (leftOut: readonly LeftOut[]) => {
      if (failures-- > 0) return Promise.reject(Object.assign(new Error(), { code: "ENOSPC" }));
      noted.push(leftOut);
      return Promise.resolve();
    };
    const onEvent = (event: Event) => void events.push(event);
    const log = new InvalidLog({ clock, gapLog, note, onEvent, exitOnError });
    const deliver = async (...messages: readonly InvalidMessages[]) => {
      const acked = Promise.withResolvers<void>();
      const delivery: Delivery = { batch: new Batch(), leftOut: messages, ack: acked.resolve };
      const source = async function* () {
        yield await Promise.resolve(delivery);
      };
      for await (const { ack } of log.logged(source(), stop.signal)) await ack();
      await withTimeout(acked.promise, "an acknowledgement");
    };
    const rows = async () => {
      const text = await Deno.readTextFile(gapLog.path).catch(() => "");
      return text.split("\r\n").slice(1, -1);
    };
    const failNotes = (times: number) => void (failures = times);
    await body({ clock, log, events, noted, failNotes, deliver, rows, stop });
    assert.equal(clock.sleeping, 0);
  });
}

/** One message received now. */
function message({ clock }: Bench, change: Partial<InvalidMessages> = {}): InvalidMessages {
  const now = clock.now();
  const kind = { breach: "wildcard in the topic", topic: "a/+", count: 1, bytes: 3 } as const;
  return { ...kind, from: now, to: now, ...change };
}

const row = (messages: InvalidMessages) => gapRow(invalidGap(messages)).trimEnd();
const kinds = (events: readonly Event[]) => events.map(({ type }) => type);

Deno.test("invalidGap() names the topic, the breach, how many and how large they were", () => {
  const one = { breach: "topic not UTF-8", topic: "K\\xfcche", count: 1, bytes: 123 } as const;
  const at = Date.UTC(2026, 10, 24);
  assert.equal(
    gapRow(invalidGap({ ...one, from: at, to: at })),
    "2026-11-24T00:00:00.000Z,2026-11-24T00:00:00.000Z,0.000," +
      '"invalid message: K\\xfcche (topic not UTF-8), 123 bytes",kept,yes\r\n',
  );
  const many = { ...one, topic: undefined, count: 1_500, from: at, to: at + 2_500 };
  assert.equal(
    gapRow(invalidGap(many)),
    "2026-11-24T00:00:00.000Z,2026-11-24T00:00:02.500Z,2.500," +
      '"invalid message: many topics (topic not UTF-8), 1500 messages, 123 bytes",kept,yes\r\n',
  );
  // The clock was set back meanwhile.
  assert.match(gapRow(invalidGap({ ...many, to: at - 9 })), /^(\S+Z),\1,0\.000,/);
});

Deno.test("a row is on the disk before its message is acknowledged", () =>
  logging(async (bench) => {
    using disk = hangSyncs();
    const sent = message(bench);
    let acked = false;
    const delivered = bench.deliver(sent).then(() => acked = true);
    await withTimeout(disk.begun, "a sync");
    await settle();
    assert.equal(acked, false);
    disk.answer();
    await delivered;
    assert.deepEqual(await bench.rows(), [row(sent)]);
    assert.deepEqual(kinds(bench.events), ["leftOut"]);
  }));

Deno.test("deliveries without invalid messages pass as they are", async () => {
  const clock = new FakeClock();
  const gapLog = {} as GapLog;
  const log = new InvalidLog({ clock, gapLog, note: () => Promise.resolve(), onEvent: () => {} });
  const delivery: Delivery = { batch: new Batch(), leftOut: undefined, ack: () => {} };
  const source = async function* () {
    yield await Promise.resolve(delivery);
  };
  for await (const passed of log.logged(source(), new AbortController().signal)) {
    assert.equal(passed, delivery);
  }
});

Deno.test("a full disk holds the acknowledgement back until the row is written, and shows as a stall", async () => {
  for (const fail of [failWrites, failSyncs]) {
    await logging(async (bench) => {
      const { clock, events, rows } = bench;
      using _ = fail(3);
      const sent = message(bench);
      let acked = false;
      const delivered = bench.deliver(sent).then(() => acked = true);
      for (let tries = 0; tries < 3; tries++) {
        const waitMs = [375, 750, 1_500][tries]!;
        await clock.asleep(waitMs);
        assert.equal(acked, false);
        assert.deepEqual(kinds(events), ["leftOut", "stalled"]);
        await clock.advance(waitMs);
      }
      await delivered;
      assert.deepEqual(kinds(events), ["leftOut", "stalled", "resumed"]);
      assert.deepEqual(await rows(), [row(sent)]);
    });
  }
});

Deno.test("a disk that does not answer shows as a stall after 2 s", () =>
  logging(async (bench) => {
    const { clock, events } = bench;
    using disk = hangSyncs();
    const delivered = bench.deliver(message(bench));
    await withTimeout(disk.begun, "a sync");
    await clock.advance(1_999);
    assert.deepEqual(kinds(events), ["leftOut"]);
    await clock.advance(1);
    assert.deepEqual(kinds(events), ["leftOut", "stalled"]);
    disk.answer();
    await delivered;
    assert.deepEqual(kinds(events), ["leftOut", "stalled", "resumed"]);
  }));

Deno.test("what cannot be logged ends the recording unacknowledged, where that is asked for", async () => {
  for (const exitOnError of [true, false]) {
    await logging(async (bench) => {
      using _ = failWrites(1);
      if (!exitOnError) bench.stop.abort();
      await assert.rejects(bench.deliver(message(bench)), (error) => {
        assert.ok(error instanceof RecordingError);
        assert.match(error.message, /^Cannot write ".+\.gaps\.csv": no space left/);
        return true;
      });
      assert.deepEqual(kinds(bench.events), ["leftOut", "stalled"]);
    }, { exitOnError });
  }
});

Deno.test("messages that follow share a row for each time window, which the state holds before the acknowledgement", () =>
  logging(async (bench) => {
    const { clock, log, noted, deliver, rows } = bench;
    const began = clock.now();
    const first = message(bench);
    await deliver(first);
    assert.deepEqual([noted, log.open], [[], []]);
    await clock.advance(10);
    await deliver(message(bench));
    const open = {
      breach: "wildcard in the topic",
      topic: "a/+",
      since: began + 10,
      until: began + 2_010,
    };
    assert.deepEqual(noted, [[open]]);
    for (let i = 0; i < 98; i++) {
      await clock.advance(10);
      await deliver(message(bench));
    }
    // Nothing more is written for any of those.
    assert.deepEqual([noted.length, await rows()], [1, [row(first)]]);
    await clock.advance(1_020);
    log.tick();
    assert.deepEqual(log.open, [open]);
    await deliver(message(bench, { topic: "b/#" }));
    const shared = message(bench, { count: 99, bytes: 297, from: began + 10, to: began + 990 });
    assert.deepEqual((await rows()).slice(0, 2), [row(first), row(shared)]);
    assert.deepEqual(log.open, []);
    // The next window is twice as long.
    await deliver(message(bench));
    assert.equal(noted.at(-1)![0]!.until, clock.now() + 4_000);
    assert.equal(log.count, 102);
    log.end();
  }));

Deno.test("a state that cannot be written holds the acknowledgement back like a row", () =>
  logging(async (bench) => {
    const { clock, deliver, noted, events } = bench;
    await deliver(message(bench));
    bench.failNotes(1);
    let acked = false;
    const delivered = deliver(message(bench)).then(() => acked = true);
    await clock.asleep(375);
    assert.deepEqual([acked, noted.length], [false, 0]);
    await clock.advance(375);
    await delivered;
    assert.equal(noted.length, 1);
    assert.deepEqual(kinds(events), ["leftOut", "stalled", "resumed"]);
    bench.log.end();
  }));

Deno.test("the rows of a device that sends on and on stay few, and tell of every message", () =>
  logging(async (bench) => {
    const { clock, log, deliver, rows, events } = bench;
    const HOURS = 4;
    let sent = 0;
    for (let second = 0; second < HOURS * 3_600; second += 10) {
      // In batches of ten seconds: 1,000 a second, and 100 of topics made up anew.
      const made = { topic: `x/+/${second}`, count: 1_000 };
      await deliver(message(bench, { count: 10_000 }), message(bench, made));
      sent += 11_000;
      await clock.advance(10_000);
      log.tick();
    }
    log.end();
    await deliver(message(bench, { breach: "topic not UTF-8" }));
    sent++;
    const all = await rows();
    assert.ok(all.length < 160, `${all.length} rows`);
    const counts = all.map((text) => Number(/ (\d+) messages, /.exec(text)?.[1] ?? 1));
    assert.equal(counts.reduce((sum, count) => sum + count), sent);
    assert.equal(log.count, sent);
    assert.ok(events.length < 80, `${events.length} events`);
    log.end();
  }));

Deno.test("a kind that was quiet for an hour begins anew: its next message is a row at once", () =>
  logging(async (bench) => {
    const { clock, log, deliver, rows } = bench;
    await deliver(message(bench));
    await clock.advance(3_599_999);
    log.tick();
    await deliver(message(bench));
    assert.equal((await rows()).length, 1);
    await clock.advance(2_000);
    log.tick();
    await clock.advance(3_598_000);
    log.tick();
    await deliver(message(bench));
    assert.equal((await rows()).length, 3);
    assert.deepEqual(kinds(bench.events), ["leftOut", "leftOut"]);
  }));

Deno.test("a window whose row cannot be written stays in the state", () =>
  logging(async (bench) => {
    const { clock, log, deliver, rows } = bench;
    await deliver(message(bench));
    await deliver(message(bench));
    await clock.advance(2_000);
    using _ = failWrites(1);
    const [open] = log.open;
    log.tick();
    assert.deepEqual(log.open, [open]);
    const delivered = deliver(message(bench, { topic: "b/#" }));
    await clock.asleep(375);
    assert.deepEqual(log.open, [open]);
    await clock.advance(375);
    await delivered;
    assert.deepEqual(log.open, []);
    assert.equal((await rows()).length, 3);
  }));
