/** The properties of MQTT 5 messages, from a real broker into the files. */

import assert from "node:assert/strict";
import { parse } from "@std/csv/parse";
import { Mosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { inFolder, run, start } from "../support/program.ts";

interface Properties {
  messageExpiryInterval?: number;
}

/** The broker subtracts the waiting time: a second may have passed. */
function left(properties: Properties): Properties {
  return properties.messageExpiryInterval === 3599
    ? { ...properties, messageExpiryInterval: 3600 }
    : properties;
}

Deno.test({
  name: "--properties records the properties of MQTT 5 messages in both files",
  ignore: withoutMosquitto,
  fn: () =>
    inFolder(async (cwd) => {
      await using broker = await Mosquitto.start(cwd);
      const flags = ["--port", String(broker.port), "--broker", "127.0.0.1", "--properties"];
      const program = start([...flags, "--count", "3"], { cwd });
      await program.waitForOutput("Files:");
      const property = (
        name: string,
        ...values: readonly string[]
      ) => ["-D", "publish", name, ...values];
      await broker.publish([
        ...["-V", "5", "-t", "sensors/a", "-m", "21.5", "-q", "1"],
        ...property("content-type", "text/plain"),
        ...property("response-topic", "reply/é"),
        ...property("correlation-data", "id,7"),
        ...property("payload-format-indicator", "1"),
        ...property("message-expiry-interval", "3600"),
        ...property("user-property", "unit", "°C"),
        ...property("user-property", "unit", 'say "K"'),
      ]);
      await broker.publish(["-V", "5", "-t", "sensors/a", "-m", "21.6"]);
      await broker.publish(["-V", "311", "-t", "sensors/a", "-m", "21.7", "-q", "2"]);
      const { code, stderr } = await program.ended;
      assert.equal(code, 0, stderr);
      const expected = {
        contentType: "text/plain",
        responseTopic: "reply/é",
        correlationData: btoa("id,7"),
        messageExpiryInterval: 3600,
        payloadFormatIndicator: 1,
        userProperties: [["unit", "°C"], ["unit", 'say "K"']],
      };
      const [, ...csv] = parse(await Deno.readTextFile(`${cwd}/exports/mqtt_data.csv`));
      const fields = csv.map((row) => row[7]!);
      assert.deepEqual(fields.map((field) => left(JSON.parse(field || "{}"))), [
        expected,
        {},
        {},
      ]);
      assert.deepEqual(fields.slice(1), ["", ""]);
      const json = JSON.parse(await Deno.readTextFile(`${cwd}/exports/mqtt_data.json`));
      assert.deepEqual(json.map((row: { properties: Properties }) => left(row.properties)), [
        expected,
        {},
        {},
      ]);
      const checked = await run(["check", "exports/mqtt_data"], { cwd });
      assert.equal(checked.code, 0, checked.stderr);
      const refused = await run(flags.slice(0, -1), { cwd });
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        /begun with --properties and was left untouched\nAdd --properties/,
      );
    }),
});
