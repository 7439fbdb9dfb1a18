import assert from "node:assert/strict";
import { Batch } from "../../lib/message/batch.ts";
import { RecordingError } from "../../lib/locale/errors.ts";
import { InvalidLog, type LeftOutEvent } from "../../lib/gaps/invalid_log.ts";
import type { InvalidMessages, LeftOut } from "../../lib/message/invalid_message.ts";
import { invalidGap } from "../../lib/gaps/invalid_rows.ts";
import type { Delivery } from "../../lib/message/delivery.ts";
import { GapLog, gapRow } from "../../lib/gaps/gap_log.ts";
import type { RecorderEvent } from "../../lib/recording/recorder_events.ts";
import { FakeClock, runMicrotasks } from "../support/fake_clock.ts";
import { failSyncs, failWrites, hangSyncs } from "../support/fake_disk.ts";
import { inFolder } from "../support/program.ts";
import { withTimeout } from "../support/with_timeout.ts";

type Event = LeftOutEvent | RecorderEvent;

interface Fixture {
  readonly clock: FakeClock;
  readonly log: InvalidLog;
  readonly events: Event[];
  /** The states of the run, in order. */
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
  body: (fixture: Fixture) => Promise<void>,
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
function message({ clock }: Fixture, change: Partial<InvalidMessages> = {}): InvalidMessages {
  const now = clock.now();
  const kind = { breach: "wildcard in the topic", topic: "a/+", count: 1, bytes: 3 } as const;
  return { ...kind, from: now, to: now, ...change };
}

const row = (messages: InvalidMessages) => gapRow(invalidGap(messages)).trimEnd();
const kinds = (events: readonly Event[]) => events.map(({ type }) => type);

Deno.test("invalidGap() holds topic, breach, count and size", () => {
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

Deno.test("InvalidLog writes the row before the message is acknowledged", () =>
  logging(async (fixture) => {
    using disk = hangSyncs();
    const sent = message(fixture);
    let acked = false;
    const delivered = fixture.deliver(sent).then(() => acked = true);
    await withTimeout(disk.begun, "a sync");
    await runMicrotasks();
    assert.equal(acked, false);
    disk.answer();
    await delivered;
    assert.deepEqual(await fixture.rows(), [row(sent)]);
    assert.deepEqual(kinds(fixture.events), ["leftOut"]);
  }));

Deno.test("InvalidLog.logged() passes deliveries without invalid messages unchanged", async () => {
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

Deno.test("InvalidLog delays the acknowledgement on a full disk, and emits stalled", async () => {
  for (const fail of [failWrites, failSyncs]) {
    await logging(async (fixture) => {
      const { clock, events, rows } = fixture;
      using _ = fail(3);
      const sent = message(fixture);
      let acked = false;
      const delivered = fixture.deliver(sent).then(() => acked = true);
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

Deno.test("InvalidLog emits stalled if the disk does not answer for 2 s", () =>
  logging(async (fixture) => {
    const { clock, events } = fixture;
    using disk = hangSyncs();
    const delivered = fixture.deliver(message(fixture));
    await withTimeout(disk.begun, "a sync");
    await clock.advance(1_999);
    assert.deepEqual(kinds(events), ["leftOut"]);
    await clock.advance(1);
    assert.deepEqual(kinds(events), ["leftOut", "stalled"]);
    disk.answer();
    await delivered;
    assert.deepEqual(kinds(events), ["leftOut", "stalled", "resumed"]);
  }));

Deno.test("InvalidLog ends the recording unacknowledged with exitOnError", async () => {
  for (const exitOnError of [true, false]) {
    await logging(async (fixture) => {
      using _ = failWrites(1);
      if (!exitOnError) fixture.stop.abort();
      await assert.rejects(fixture.deliver(message(fixture)), (error) => {
        assert.ok(error instanceof RecordingError);
        assert.match(error.message, /^Cannot write ".+\.gaps\.csv": no space left/);
        return true;
      });
      assert.deepEqual(kinds(fixture.events), ["leftOut", "stalled"]);
    }, { exitOnError });
  }
});

Deno.test("InvalidLog notes the window of later messages before their acknowledgement", () =>
  logging(async (fixture) => {
    const { clock, log, noted, deliver, rows } = fixture;
    const began = clock.now();
    const first = message(fixture);
    await deliver(first);
    assert.deepEqual([noted, log.open], [[], []]);
    await clock.advance(10);
    await deliver(message(fixture));
    const open = {
      breach: "wildcard in the topic",
      topic: "a/+",
      since: began + 10,
      until: began + 2_010,
    };
    assert.deepEqual(noted, [[open]]);
    for (let i = 0; i < 98; i++) {
      await clock.advance(10);
      await deliver(message(fixture));
    }
    // Nothing more is written for these messages.
    assert.deepEqual([noted.length, await rows()], [1, [row(first)]]);
    await clock.advance(1_020);
    log.tick();
    assert.deepEqual(log.open, [open]);
    await deliver(message(fixture, { topic: "b/#" }));
    const shared = message(fixture, { count: 99, bytes: 297, from: began + 10, to: began + 990 });
    assert.deepEqual((await rows()).slice(0, 2), [row(first), row(shared)]);
    assert.deepEqual(log.open, []);
    // The next window is twice as long.
    await deliver(message(fixture));
    assert.equal(noted.at(-1)![0]!.until, clock.now() + 4_000);
    assert.equal(log.count, 102);
    log.end();
  }));

Deno.test("InvalidLog delays the acknowledgement while the state cannot be written", () =>
  logging(async (fixture) => {
    const { clock, deliver, noted, events } = fixture;
    await deliver(message(fixture));
    fixture.failNotes(1);
    let acked = false;
    const delivered = deliver(message(fixture)).then(() => acked = true);
    await clock.asleep(375);
    assert.deepEqual([acked, noted.length], [false, 0]);
    await clock.advance(375);
    await delivered;
    assert.equal(noted.length, 1);
    assert.deepEqual(kinds(events), ["leftOut", "stalled", "resumed"]);
    fixture.log.end();
  }));

Deno.test("InvalidLog writes few rows for a constant sender, and counts every message", () =>
  logging(async (fixture) => {
    const { clock, log, deliver, rows, events } = fixture;
    const HOURS = 4;
    let sent = 0;
    for (let second = 0; second < HOURS * 3_600; second += 10) {
      // Batches of ten seconds: 1,000 messages a second, and 100 with new topics.
      const made = { topic: `x/+/${second}`, count: 1_000 };
      await deliver(message(fixture, { count: 10_000 }), message(fixture, made));
      sent += 11_000;
      await clock.advance(10_000);
      log.tick();
    }
    log.end();
    await deliver(message(fixture, { breach: "topic not UTF-8" }));
    sent++;
    const all = await rows();
    assert.ok(all.length < 160, `${all.length} rows`);
    const counts = all.map((text) => Number(/ (\d+) messages, /.exec(text)?.[1] ?? 1));
    assert.equal(counts.reduce((sum, count) => sum + count), sent);
    assert.equal(log.count, sent);
    assert.ok(events.length < 80, `${events.length} events`);
    log.end();
  }));

Deno.test("InvalidLog writes a row at once for a kind that was quiet for an hour", () =>
  logging(async (fixture) => {
    const { clock, log, deliver, rows } = fixture;
    await deliver(message(fixture));
    await clock.advance(3_599_999);
    log.tick();
    await deliver(message(fixture));
    assert.equal((await rows()).length, 1);
    await clock.advance(2_000);
    log.tick();
    await clock.advance(3_598_000);
    log.tick();
    await deliver(message(fixture));
    assert.equal((await rows()).length, 3);
    assert.deepEqual(kinds(fixture.events), ["leftOut", "leftOut"]);
  }));

Deno.test("InvalidLog.open keeps a window whose row is not written", () =>
  logging(async (fixture) => {
    const { clock, log, deliver, rows } = fixture;
    await deliver(message(fixture));
    await deliver(message(fixture));
    await clock.advance(2_000);
    using _ = failWrites(1);
    const [open] = log.open;
    log.tick();
    assert.deepEqual(log.open, [open]);
    const delivered = deliver(message(fixture, { topic: "b/#" }));
    await clock.asleep(375);
    assert.deepEqual(log.open, [open]);
    await clock.advance(375);
    await delivered;
    assert.deepEqual(log.open, []);
    assert.equal((await rows()).length, 3);
  }));
