import assert from "node:assert/strict";
import { minQos, qosOf } from "../../lib/config/subscription_options.ts";
import { config, en, refusal } from "../support/configured.ts";

Deno.test("makeConfig() reads the QoS of a filter after a colon", () => {
  const made = config(
    "-t",
    "a/#",
    "-t",
    "b/#:2",
    "-t",
    "c:0",
    "-t",
    "d:1:1",
    "-t",
    "e:3",
    "-q",
    "1",
  );
  assert.deepEqual(made.topics, ["a/#", "b/#", "c", "d:1", "e:3"]);
  assert.deepEqual(made.topics.map((topic) => qosOf(made, topic)), [1, 2, 0, 1, 1]);
  assert.equal(minQos(made), 0);
  assert.equal(minQos(config("-t", "a:2", "-t", "b:1", "-q", "0")), 1);
});

Deno.test("makeConfig() keeps one of two equal filters", () => {
  assert.deepEqual(config("-t", "a", "-t", "a:2").topics, ["a"]);
});

Deno.test("makeConfig() puts every filter into the group of --share", () => {
  const made = config("--share", "lab", "-t", "a/#:2", "-t", "b");
  assert.deepEqual(made.topics, ["$share/lab/a/#", "$share/lab/b"]);
  assert.equal(qosOf(made, "$share/lab/a/#"), 2);
  assert.deepEqual(config("--share", "lab").topics, ["$share/lab/sensors/#"]);
  for (const bad of ["", "a/b", "+", "#", "a\0"]) {
    assert.match(refusal("--share", bad), /^Cannot (use|subscribe)/, bad);
  }
  assert.equal(
    refusal("--share", "lab", "-t", "$share/g/a"),
    en.connect.sharedTwice("--share", "$share/g/a"),
  );
});

Deno.test("makeConfig() checks the filters, size and retained rule of messages to leave out", () => {
  const made = config("-T", "a/+", "--filter-out", "b", "--max-payload", "64k", "-R");
  assert.deepEqual(made.filterOut, ["a/+", "b"]);
  assert.deepEqual([made.maxPayload, made.retained], [64_000, "none"]);
  assert.equal(config("--retained-only").retained, "only");
  assert.equal(refusal("-T", "a+"), en.badFilter("a+", en.filterProblems["plus"]!));
  assert.equal(
    refusal("-R", "--retained-only"),
    en.connect.contradict("--no-retained", "--retained-only"),
  );
});

Deno.test("makeConfig() reads sizes in powers of 1,000, or 1,024 with an i, up to the largest packet", () => {
  const sizes = { "0": 0, "500": 500, "1k": 1_000, "1KiB": 1_024, "1.5 MB": 1_500_000, "2m": 2e6 };
  for (const [text, bytes] of Object.entries(sizes)) {
    assert.equal(config("--max-payload", text).maxPayload, bytes, text);
  }
  for (const bad of ["", "-1", "1t", "1.5", "k", "300MB", "1e3", "1 0"]) {
    assert.equal(
      refusal("--max-payload", bad),
      en.badValue("--max-payload", bad, en.wanted["max-payload"]!),
    );
  }
});

Deno.test("makeConfig() reads the protocol version under every client's name for it", () => {
  const versions = { "5": 5, "mqttv5": 5, "3.1.1": 4, "311": 4, "mqttv311": 4 };
  for (const [name, version] of Object.entries(versions)) {
    assert.equal(config("-V", name).mqttVersion, version);
  }
  assert.equal(refusal("-V", "4"), en.badValue("--mqtt-version", "4", en.wanted["mqtt-version"]!));
});

Deno.test("makeConfig() refuses wildcards in a status topic", () => {
  assert.equal(config("--status-topic", "a/b").statusTopic, "a/b");
  for (const bad of ["", "a/#", "+"]) {
    assert.equal(
      refusal("--status-topic", bad),
      en.badValue("--status-topic", bad, en.wanted["status-topic"]!),
    );
  }
});
