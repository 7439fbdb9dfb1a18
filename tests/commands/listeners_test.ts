import assert from "node:assert/strict";
import { KEY_PASSWORD } from "../support/certificates.ts";
import { type Listeners, startListeners, withoutListeners } from "../support/listeners.ts";
import { inFolder, readCsv, readJson, start } from "../support/program.ts";

const listeners: Listeners | undefined = withoutListeners ? undefined : await startListeners();

interface Way {
  readonly flags: (listeners: Listeners) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Every kind of connection, by the name of the test. */
const WAYS: Readonly<Record<string, Way>> = {
  "plain MQTT": { flags: ({ ports }) => ["--broker", `mqtt://localhost:${ports.plain}`] },
  "TLS, by name": {
    flags: ({ ports, tls }) => [
      ...["--broker", `mqtts://localhost:${ports.tls}`, "--cafile", `${tls}/authority.crt`],
    ],
  },
  "TLS, by address": {
    flags: ({ ports, tls }) => [
      ...["--broker", `127.0.0.1:${ports.tls}`, "--cafile", `${tls}/authority.crt`],
    ],
  },
  "TLS under another name": {
    flags: ({ ports, tls }) => [
      ...["--broker", `mqtts://localhost:${ports.elsewhere}`, "--cafile", `${tls}/authority.crt`],
      ...["--servername", "broker.example"],
    ],
  },
  "a self-signed certificate that is trusted": {
    flags: ({ ports, tls }) => [
      ...["--broker", `mqtts://localhost:${ports.selfSigned}`],
      ...["--cafile", `${tls}/selfSigned.crt`],
    ],
  },
  "an expired certificate with --insecure": {
    flags: ({ ports }) => ["--broker", `mqtts://localhost:${ports.expired}`, "--insecure"],
  },
  "a certificate of our own": {
    flags: ({ ports, tls }) => [
      ...["--broker", `mqtts://localhost:${ports.mutual}`, "--cafile", `${tls}/authority.crt`],
      ...["--cert", `${tls}/client.crt`, "--key", `${tls}/client.key`],
    ],
  },
  "a certificate of our own whose key is encrypted": {
    flags: ({ ports, tls }) => [
      ...["--broker", `mqtts://localhost:${ports.mutual}`, "--cafile", `${tls}/authority.crt`],
      ...["--cert", `${tls}/client.crt`, "--key", `${tls}/client.pkcs8.key`],
      ...["--key-password-file", "key.password"],
    ],
  },
  "a WebSocket": { flags: ({ ports }) => ["--broker", `ws://localhost:${ports.ws}/mqtt`] },
  "a WebSocket in TLS": {
    flags: ({ ports, tls }) => [
      ...["--broker", `wss://localhost:${ports.wss}/mqtt`, "--cafile", `${tls}/authority.crt`],
    ],
  },
};

/** The payloads of each QoS. */
const PAYLOADS = ["21.5 °C", '{"v": 1}', "x".repeat(5_000)];

for (const [name, { flags, env = {} }] of Object.entries(WAYS)) {
  Deno.test({
    name: `mqttrec records through ${name} with QoS 0, 1 and 2`,
    ignore: withoutListeners,
    fn: () =>
      inFolder(async (cwd) => {
        await Deno.writeTextFile(`${cwd}/key.password`, `${KEY_PASSWORD}\r\n`);
        const program = start(
          [
            ...flags(listeners!),
            "--qos",
            "2",
            "--count",
            String(3 * PAYLOADS.length),
            "--lang",
            "en",
          ],
          { cwd, env },
        );
        await program.waitForOutput("Files:");
        for (const qos of ["0", "1", "2"]) {
          const lines = PAYLOADS.map((payload) => `${payload}\n`).join("");
          await listeners!.broker.publish(["-t", `sensors/q${qos}`, "-q", qos, "-l"], lines);
        }
        const { code, stderr } = await program.ended;
        assert.equal(code, 0, stderr);
        const rows = await readCsv(`${cwd}/exports/mqtt_data.csv`);
        assert.deepEqual(await readJson(`${cwd}/exports/mqtt_data.json`), rows);
        for (const qos of ["0", "1", "2"]) {
          const some = rows.filter((row) => row.qos === qos && row.topic === `sensors/q${qos}`);
          assert.deepEqual(some.map(({ payload }) => payload), PAYLOADS);
        }
      }),
  });
}
