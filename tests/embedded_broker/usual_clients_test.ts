/** The clients people have, with the built-in broker: mosquitto_pub, mosquitto_sub, paho, npm:mqtt. */

import assert from "node:assert/strict";
import mqtt from "mqtt";
import { EmbeddedBroker } from "../../lib/embedded_broker/embedded_broker.ts";
import { mosquittoPub, withoutMosquitto } from "../support/mosquitto.ts";
import { succeeds } from "../support/program.ts";
import { withTimeout } from "../support/with_timeout.ts";

const VERSIONS = ["mqttv31", "mqttv311", "mqttv5"];

/** What `mosquitto_sub` prints until it has `count` messages; `ready` is called once it subscribed. */
async function mosquittoSub(
  port: number,
  args: readonly string[],
  ready: () => Promise<void> = () => Promise.resolve(),
): Promise<string[]> {
  const child = new Deno.Command("mosquitto_sub", {
    args: ["-h", "127.0.0.1", "-p", String(port), "-d", "-F", "%t %p %q %r", ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines: string[] = [];
  let partial = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream() as never)) {
    const all = (partial + text).split("\n");
    partial = all.pop()!;
    for (const line of all) {
      if (/^Subscribed/.test(line)) await ready();
      else if (!/^Client /.test(line)) lines.push(line);
    }
  }
  assert.equal((await child.status).code, 0);
  return lines;
}

for (const version of VERSIONS) {
  Deno.test({
    name: `mosquitto_sub -V ${version} gets what mosquitto_pub -V ${version} publishes, each QoS`,
    ignore: withoutMosquitto,
    async fn() {
      await using broker = await EmbeddedBroker.start(0);
      const { port } = broker;
      await mosquittoPub(port, ["-V", version, "-t", "t/r", "-m", "retained", "-r", "-q", "2"]);
      for (const qos of ["0", "1", "2"]) {
        const args = ["-V", version, "-t", "t/#", "-q", qos, "-C", "101"];
        const lines = await withTimeout(
          mosquittoSub(port, args, async () => {
            const payloads = Array.from({ length: 100 }, (_, i) => `${i}\n`).join("");
            await mosquittoPub(port, ["-V", version, "-t", "t/a", "-q", qos, "-l"], payloads);
          }),
          "101 messages",
        );
        assert.deepEqual(lines, [
          `t/r retained ${qos} 1`,
          ...Array.from({ length: 100 }, (_, i) => `t/a ${i} ${qos} 0`),
        ]);
      }
    },
  });
}

Deno.test({
  name: "mosquitto_sub -c gets what was published while it was away, with MQTT 3.1.1 and 5",
  ignore: withoutMosquitto,
  async fn() {
    await using broker = await EmbeddedBroker.start(0);
    const { port } = broker;
    for (const more of [["-V", "mqttv311"], ["-V", "mqttv5", "-x", "60"]]) {
      const args = ["-c", "-i", `client ${more[1]}`, "-t", "p/#", "-q", "1", ...more];
      assert.deepEqual(await mosquittoSub(port, [...args, "-E"]), []);
      await mosquittoPub(port, ["-t", "p/a", "-q", "1", "-l"], "1\n2\n3\n");
      const lines = await withTimeout(mosquittoSub(port, [...args, "-C", "3"]), "3 messages");
      assert.deepEqual(lines, ["1", "2", "3"].map((payload) => `p/a ${payload} 1 0`));
    }
  },
});

Deno.test({
  name: "mosquitto_pub passes 20 MB, and is refused more than 64 MB",
  ignore: withoutMosquitto,
  async fn() {
    await using broker = await EmbeddedBroker.start(0);
    const publish = (mb: number) =>
      mosquittoPub(broker.port, ["-t", "t", "-q", "1", "-s"], new Uint8Array(mb * 1024 * 1024));
    await publish(20);
    await assert.rejects(publish(65), /connection was lost/);
  },
});

const PAHO = `
import sys, threading
import paho.mqtt.client as mqtt
from paho.mqtt.properties import Properties
from paho.mqtt.packettypes import PacketTypes
port = int(sys.argv[1])
def client(name, protocol):
    version = getattr(mqtt, "CallbackAPIVersion", None)
    return mqtt.Client(*([version.VERSION1] if version else []), client_id=name, protocol=protocol)
for protocol in (mqtt.MQTTv31, mqtt.MQTTv311, mqtt.MQTTv5):
    got, done, ready = [], threading.Event(), threading.Event()
    sub = client("sub", protocol)
    def on_message(c, u, m):
        got.append((m.topic, m.payload.decode(), m.qos))
        if len(got) == 301: done.set()
    sub.on_message = on_message
    sub.on_subscribe = lambda *args: ready.set()
    sub.connect("127.0.0.1", port)
    sub.loop_start()
    sub.subscribe("a/+", 2)
    assert ready.wait(10)
    will = client("will", protocol)
    will.will_set("a/will", "gone", qos=1)
    connected = threading.Event()
    will.on_connect = lambda *args: connected.set()
    will.connect("127.0.0.1", port)
    will.loop_start()
    assert connected.wait(10)
    pub = client("pub", protocol)
    pub.connect("127.0.0.1", port)
    pub.loop_start()
    for qos in (0, 1, 2):
        infos = [pub.publish("a/x", f"{qos} {i}", qos=qos) for i in range(100)]
        for info in infos: info.wait_for_publish(10)
    will._sock_close()
    assert done.wait(10), len(got)
    assert ("a/will", "gone", 1) in got
    for qos in (0, 1, 2):
        assert [m for m in got if m[2] == qos and m[0] == "a/x"] == [("a/x", f"{qos} {i}", qos) for i in range(100)]
    for each in (pub, sub): each.disconnect()
`;

const withoutPaho = !await succeeds("/usr/bin/python3", ["-c", "import paho.mqtt.client"]);

Deno.test({
  name: "paho publishes, subscribes and leaves a will with MQTT 3.1, 3.1.1 and 5",
  ignore: withoutPaho,
  async fn() {
    await using broker = await EmbeddedBroker.start(0);
    const { success, stderr } = await new Deno.Command("/usr/bin/python3", {
      args: ["-c", PAHO, String(broker.port)],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  },
});

for (const protocolVersion of [4, 5] as const) {
  Deno.test(`npm:mqtt with protocolVersion ${protocolVersion} publishes and subscribes at each QoS`, async () => {
    await using broker = await EmbeddedBroker.start(0);
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const client = await mqtt.connectAsync(url, { protocolVersion, reconnectPeriod: 0 });
    const got: string[] = [];
    let onMessage = () => {};
    client.on("message", (topic, payload, { qos }) => {
      got.push(`${topic} ${payload} ${qos}`);
      onMessage();
    });
    await client.subscribeAsync("a/#", { qos: 2 });
    for (const qos of [0, 1, 2] as const) {
      const payloads = Array.from({ length: 100 }, (_, i) => String(i));
      const all = Promise.withResolvers<void>();
      got.length = 0;
      onMessage = () => got.length === 100 && all.resolve();
      // Each QoS by itself: npm:mqtt hands one write several buffers for each message, and Wine fails
      // one of more than 1024, as Linux takes no more at once.
      await withTimeout(
        Promise.all(payloads.map((payload) => client.publishAsync("a/b", payload, { qos }))),
        `100 messages of QoS ${qos} published`,
      );
      await withTimeout(all.promise, `100 messages of QoS ${qos}`);
      assert.deepEqual(got, payloads.map((payload) => `a/b ${payload} ${qos}`));
    }
    await client.endAsync();
  });
}
