import assert from "node:assert/strict";
import { TopicTable } from "../../lib/live/topic_table.ts";
import { TopicView } from "../../lib/live/topic_view.ts";
import { sentences } from "../../lib/locale/mod.ts";
import { Batch } from "../../lib/message/batch.ts";
import { shortenMiddle, width } from "../../lib/text/width.ts";
import { bytes } from "../support/arbitrary.ts";
import { FakeClock } from "../support/fake_clock.ts";

const en = sentences("en");
const clock = new FakeClock();

function viewOf(
  messages: readonly (readonly [topic: string, payload: string | Uint8Array])[],
  t = en,
) {
  const table = new TopicTable(clock);
  table.shown = true;
  const take = (list: typeof messages) => {
    const batch = new Batch();
    for (const [topic, value] of list) {
      const payload = typeof value === "string" ? bytes(value) : value;
      batch.add({ time: clock.now(), topic, payload, qos: 0, retain: false, dup: false });
    }
    table.take(batch);
  };
  take(messages);
  return { table, take, view: new TopicView(table, t) };
}

/** What could break a table, or a terminal. */
const HOSTILE: readonly (readonly [string, string | Uint8Array])[] = [
  ["sensors/\u202eevil\u200b", "\x1b[2J\x1b[H\x1b]0;pwn\x07\x9b31m"],
  ["sensors/湿度/台所", "二十三度 👋👋"],
  ["sensors/e\u0301\u0301\u0301", "a" + "\u0301".repeat(5_000)],
  ["sensors/حرارة", "درجة 23"],
  ["sensors/" + "x".repeat(65_000), "long topic"],
  ["sensors/" + "湿".repeat(20_000), "wide topic"],
  ["sensors/bin", Uint8Array.of(0xff, 0xfe, 0, 1)],
  ["sensors/json", `{"t":1,\r\n"b":"${"é".repeat(2_000)}"}`],
  ["sensors/empty", ""],
  ["sensors/nul", "a\0b"],
  ["", "no topic of MQTT"],
];

Deno.test("TopicView.render() fits every width and height, whatever comes, in both languages", () => {
  for (const t of [en, sentences("fr")]) {
    for (let columns = 1; columns <= 130; columns += columns < 20 ? 1 : 7) {
      for (const rows of [1, 2, 5, 40]) {
        const lines = viewOf(HOSTILE, t).view.render(columns, rows);
        assert.ok(lines.length <= Math.max(rows, 2), `${columns} ${rows}`);
        for (const line of lines.slice(1)) {
          if (columns >= 20) assert.ok(width(line) <= columns, `${columns}: ${line}`);
          assert.ok(line.length <= 8 * columns + 40, line);
          // deno-lint-ignore no-control-regex
          assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
        }
      }
    }
  }
});

Deno.test("TopicView.render() shows topic, last value, age and rate, most recent first", async () => {
  const { view, take } = viewOf([["a/b", "1"], ["c", "x"]]);
  await clock.advance(2_000);
  take([["a/b", "23.7 °C"]]);
  await clock.advance(1_000);
  assert.deepEqual(view.render(60, 10), [
    "Topic  Last value" + " ".repeat(33) + "Age   Rate",
    "a/b    23.7 °C" + " ".repeat(36) + "1 s  0.5/s",
    "c      x" + " ".repeat(42) + "3 s",
  ]);
  assert.equal(view.position, "1–2 of 2");
});

Deno.test("TopicView.render() leaves out the rate, then the age, where there is no room", () => {
  const { view } = viewOf([["a", "1"]]);
  assert.match(view.render(60, 5)[0]!, /Age +Rate$/);
  assert.match(view.render(40, 5)[0]!, /Age$/);
  assert.match(view.render(20, 5)[0]!, /value$/);
});

Deno.test("TopicView.render() says what is no text, and that nothing came", () => {
  const { view } = viewOf([["bin", Uint8Array.of(0xff)], ["none", ""]]);
  const [, none, bin] = view.render(80, 5);
  assert.ok(bin!.includes(en.live.table.binary(1)) && none!.includes(en.live.table.empty));
  const empty = viewOf([]).view;
  assert.deepEqual(empty.render(80, 5)[1], en.live.table.none);
  assert.equal(empty.position, "");
});

Deno.test("TopicView.render() cuts no topic short where the values leave room", () => {
  const kinds = ["temperature", "humidity", "pressure", "light", "co2", "motion", "battery"];
  const { view } = viewOf(kinds.map((kind) => [`sensors/${kind}`, "21.5"] as const));
  for (const columns of [60, 80, 120]) {
    const drawn = view.render(columns, 20).join("\n");
    for (const kind of kinds) assert.ok(drawn.includes(`sensors/${kind} `), `${columns}: ${drawn}`);
  }
});

Deno.test("TopicView keeps the order while it is scrolled, and follows again at the top", () => {
  const topics = Array.from({ length: 30 }, (_, i) => [`t${i}`, "1"] as const);
  const { view, take } = viewOf(topics);
  const shown = () => view.render(60, 11).slice(1).map((line) => line.split(" ")[0]);
  assert.equal(shown()[0], "t29");
  view.move("down");
  assert.equal(shown()[0], "t28");
  take([["t0", "2"], ["new", "3"]]);
  assert.equal(shown()[0], "t28");
  view.move("pageDown");
  assert.equal(shown()[0], "t18");
  view.move("end");
  assert.deepEqual([shown().at(-1), view.position], ["t0", "21–30 of 30"]);
  view.move("down");
  assert.equal(shown().at(-1), "t0");
  view.move("home");
  assert.deepEqual(shown().slice(0, 3), ["new", "t0", "t29"]);
  view.move("up");
  assert.equal(shown()[0], "new");
});

Deno.test("TopicView draws 10,000 topics as it draws 10", () => {
  let visited = 0;
  const table = {
    size: 10_000,
    now: 0,
    *entries() {
      for (let i = 0; i < 10_000; i++) {
        visited++;
        yield { topic: `t${i}`, value: bytes("1"), valueBytes: 1, time: 0, rate: () => 1 };
      }
    },
  };
  const view = new TopicView(table as unknown as TopicTable, en);
  view.render(80, 21);
  assert.ok(visited <= 21, String(visited));
});

Deno.test("shortenMiddle() keeps both ends", () => {
  assert.equal(shortenMiddle("sensors/kitchen/temperature", 15), "sensors…erature");
  assert.equal(shortenMiddle("short", 15), "short");
  for (const text of ["湿度湿度湿度湿度", "e\u0301".repeat(20), "abcdefghijklmnop"]) {
    for (let columns = 1; columns < 16; columns++) {
      const short = shortenMiddle(text, columns);
      assert.ok(width(short) <= columns, `${columns}: ${short}`);
    }
  }
});
