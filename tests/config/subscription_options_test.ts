import assert from "node:assert/strict";
import { minQos, qosOf } from "../../lib/config/subscription_options.ts";
import { badValue, config, en, refusal } from "../support/configured.ts";

Deno.test("makeConfig() gives a filter the QoS of --topic-qos, with or without --topic", () => {
  const own = ["--topic-qos", "b/#=2", "--topic-qos", "c:0=0", "--topic-qos", "d=1=1"];
  const made = config("-t", "a/#", "-t", "c:0", ...own, "-q", "1");
  assert.deepEqual(made.topics, ["a/#", "c:0", "b/#", "d=1"]);
  assert.deepEqual(made.topics.map((topic) => qosOf(made, topic)), [1, 0, 2, 1]);
  assert.equal(minQos(made), 0);
  assert.deepEqual(config("--topic-qos", "a=2").topics, ["a"], "not the default as well");
  for (const bad of ["a", "a=3", "=1", "a=", "a:2", "'a=2'"]) {
    assert.match(refusal("--topic-qos", bad), /^Cannot use --topic-qos /, bad);
  }
  assert.equal(
    refusal("--topic-qos", "a=1", "--topic-qos", "a=2"),
    en.givenTwice("--topic-qos a"),
  );
  assert.match(refusal("--topic-qos", "a+=1"), /^Cannot subscribe to "a\+"/);
});

Deno.test("makeConfig() takes a filter that ends in :0, :1 or :2 literally", () => {
  const made = config("-t", "plug/switch:0", "-t", "a:2", "-t", "b/#", "-q", "1");
  assert.deepEqual(made.topics, ["plug/switch:0", "a:2", "b/#"]);
  assert.deepEqual(made.topics.map((topic) => qosOf(made, topic)), [1, 1, 1]);
  assert.deepEqual(made.colonFilters, ["plug/switch:0", "a:2"]);
  assert.deepEqual(config("-t", "a:2", "--topic-qos", "b=1").colonFilters, []);
});

Deno.test("makeConfig() refuses a QoS after the colon of a wildcard, with the new spelling", () => {
  for (const filter of ["a/#:2", "#:0", "a/+:1"]) {
    const own = filter.replace(":", "=");
    assert.equal(refusal("-t", filter), en.colonInFilter(filter, own));
    assert.equal(refusal("--share", "lab", "-t", filter), en.colonInFilter(filter, own));
  }
  assert.equal(refusal("-t", "a#:2"), en.badFilter("a#:2", en.filterProblems["hash"]!));
});

Deno.test("makeConfig() refuses a filter in quotes, and shows it without", () => {
  const typed = ["'sensors/#'", '"sensors/#"', "'a b'", "“a/#”", "‘a/#’", "«a/#»", "„a“"];
  for (const filter of typed) {
    for (const flag of ["-t", "-T"]) {
      const inner = filter.slice(1, -1);
      assert.equal(refusal(flag, filter), en.quotedFilter(filter, inner));
      assert.match(refusal(flag, filter), new RegExp(`\n.*"${inner}"$`));
    }
  }
});

Deno.test("makeConfig() keeps filters in order, also numbers and names of object properties", () => {
  const words = ["2", "1", "10", "constructor", "resubscribe", "__proto__", "toString", "2"];
  const made = config(...words.flatMap((word) => ["-t", word]));
  assert.deepEqual(made.topics, words.slice(0, -1));
  for (const topic of made.topics) assert.equal(qosOf(made, topic), 1);
  const own = config(...made.topics.flatMap((word) => ["--topic-qos", `${word}=2`]));
  assert.deepEqual(own.topics, made.topics);
  for (const topic of own.topics) assert.equal(qosOf(own, topic), 2);
});

Deno.test("makeConfig() keeps one of two equal filters", () => {
  assert.deepEqual(config("-t", "a", "-t", "a", "--topic-qos", "a=2").topics, ["a"]);
});

Deno.test("makeConfig() puts every filter into the group of --share", () => {
  const made = config("--share", "lab", "--topic-qos", "a/#=2", "-t", "a/#", "-t", "b");
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
      badValue("--max-payload", bad),
    );
  }
});

Deno.test("makeConfig() reads the protocol version under every client's name for it", () => {
  const versions = { "5": 5, "mqttv5": 5, "3.1.1": 4, "311": 4, "mqttv311": 4 };
  for (const [name, version] of Object.entries(versions)) {
    assert.equal(config("-V", name).mqttVersion, version);
  }
  assert.equal(refusal("-V", "4"), badValue("--mqtt-version", "4"));
});

Deno.test("makeConfig() refuses wildcards in a status topic", () => {
  assert.equal(config("--status-topic", "a/b").statusTopic, "a/b");
  for (const bad of ["", "a/#", "+"]) {
    assert.equal(
      refusal("--status-topic", bad),
      badValue("--status-topic", bad),
    );
  }
});
