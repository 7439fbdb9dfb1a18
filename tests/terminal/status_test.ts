import assert from "node:assert/strict";
import { sentences } from "../../lib/locale/mod.ts";
import { renderFigures, renderStatus, type Status } from "../../lib/terminal/status.ts";
import { width } from "../../lib/text/width.ts";

const en = sentences("en");
const STATUS: Status = {
  state: "connected",
  broker: "localhost:1883",
  topics: ["sensors/#"],
  messages: 1234,
  ratePerSecond: 12,
  files: [
    { path: "exports/mqtt_data.csv", bytes: 500 },
    { path: "exports/mqtt_data.json", bytes: 700 },
  ],
  lastMessageMs: 2_000,
};

Deno.test("renderStatus() shows every figure if there is room", () => {
  const line = renderStatus(STATUS, en, 200);
  for (
    const part of [
      "localhost:1883",
      "sensors/#",
      en.status.messages(1234),
      en.status.rate(12),
      "csv 500 B, json 700 B",
      en.status.last(2_000),
    ]
  ) assert.ok(line.includes(part), `${part} in ${line}`);
});

Deno.test("renderStatus() fits every width on one line, in both languages", () => {
  const long = { ...STATUS, topics: ["é".repeat(300), "湿度/#"], broker: "b".repeat(60) };
  for (const t of [en, sentences("fr")]) {
    for (const state of ["connected", "reconnecting", "stalled"] as const) {
      for (let columns = 0; columns < 250; columns++) {
        for (const status of [STATUS, long]) {
          const line = renderStatus({ ...status, state }, t, columns);
          assert.ok(width(line) <= columns, `${columns}: ${line}`);
          assert.ok(!line.includes("\n"));
        }
      }
    }
  }
});

Deno.test("renderStatus() drops the state and the message count last", () => {
  const line = renderStatus({ ...STATUS, state: "stalled" }, en, 32);
  assert.equal(line, `${en.status.stalled} · ${en.status.messages(1234)}`);
});

Deno.test("renderStatus() shows that no message has come yet", () => {
  const line = renderStatus({ ...STATUS, lastMessageMs: undefined }, en, 200);
  assert.ok(line.endsWith(en.status.last(undefined)));
});

Deno.test("renderStatus() and renderFigures() escape control characters", () => {
  const hostile = {
    ...STATUS,
    topics: ["\x1b[2J\u202e\n"],
    broker: "\x07",
    files: [{ path: "\x1b.csv", bytes: 1 }],
  };
  // deno-lint-ignore no-control-regex
  const control = /[\x00-\x1f\x7f-\x9f\u202e]/;
  assert.doesNotMatch(renderStatus(hostile, en, 300).replaceAll("\u00a0", " "), control);
  for (const line of renderFigures(hostile, en)) assert.doesNotMatch(line, control);
});

Deno.test("renderFigures() lists each file with its size, values aligned", () => {
  const lines = renderFigures({ ...STATUS, state: "reconnecting" }, en);
  assert.equal(lines.length, 7);
  assert.ok(lines[0]!.endsWith(`localhost:1883 (${en.status.reconnecting})`));
  assert.ok(lines[5]!.startsWith(en.figures.files));
  assert.ok(lines[6]!.trim().startsWith("exports/mqtt_data.json"));
  assert.equal(lines[5]!.indexOf("exports"), lines[6]!.indexOf("exports"));
});

Deno.test("renderStatus() and renderFigures() show invalid messages once there are any", () => {
  for (const t of [en, sentences("fr")]) {
    const { invalid } = t;
    assert.ok(!renderStatus({ ...STATUS, leftOut: 0 }, t, 200).includes(invalid.status(0)));
    const line = renderStatus({ ...STATUS, leftOut: 1_234 }, t, 200);
    assert.ok(line.includes(`${t.status.messages(1234)} · ${invalid.status(1_234)} · `), line);
    const figure = renderFigures({ ...STATUS, leftOut: 5 }, t).find((text) =>
      text.startsWith(invalid.label)
    );
    assert.match(figure!, /\s5$/);
    assert.equal(renderFigures({ ...STATUS, leftOut: 0 }, t).length, 7);
  }
});

Deno.test("renderStatus() and renderFigures() tell how far --duration and --count are", () => {
  for (const t of [en, sentences("fr")]) {
    const status = {
      ...STATUS,
      messages: 120,
      messagesOf: 500,
      time: { ms: 42_900, ofMs: 300_000 },
    };
    for (const text of [renderStatus(status, t, 200), renderFigures(status, t).join("\n")]) {
      assert.ok(text.includes(t.live.messagesOf(120, 500)), text);
      assert.ok(text.includes(t.live.elapsed(42_900, 300_000)), text);
    }
  }
  assert.equal(en.live.elapsed(42_900, 300_000), "0:42 of 5:00");
  assert.equal(en.live.messagesOf(120, 500), "120 of 500 messages");
  assert.equal(en.live.elapsed(3_723_000, 86_400_000), "1:02:03 of 24:00:00");
});

Deno.test("renderFigures() aligns the figures of topics with the others", () => {
  const rows = renderFigures(STATUS, en, [["Busiest", "a/b"], ["Silent", "c"]]);
  const at = rows.findIndex((row) => row.startsWith("Busiest"));
  assert.equal(rows[at]!.indexOf("a/b"), rows[0]!.indexOf("localhost"));
  assert.ok(rows[at + 2]!.startsWith("Files"));
});
