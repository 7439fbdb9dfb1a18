import assert from "node:assert/strict";
import process from "node:process";
import { BrokerError } from "../../lib/locale/errors.ts";
import { brokerError } from "../../lib/mqtt/transport/connection_errors.ts";
import { withoutEnv } from "../../lib/system/environment.ts";

Deno.test("withoutEnv() loads with an empty environment, and brings it back", async () => {
  const { env } = process;
  assert.deepEqual(await withoutEnv(() => Promise.resolve({ ...process.env })), {});
  assert.equal(process.env, env);
});

Deno.test("withoutEnv() rejects with an error of its own if nothing can be downloaded", async () => {
  const { env } = process;
  const offline = () => Promise.reject(new TypeError("Failed caching npm package 'ws'"));
  const error = await withoutEnv(offline).then(() => undefined, (error) => error);
  assert.ok(error instanceof BrokerError);
  assert.match(error.message, /^Cannot load the MQTT packages: .*\n.*DENO_TLS_CA_STORE/);
  assert.equal(process.env, env);
  // It is no failure of the broker.
  assert.equal(brokerError({ host: "a", port: 1 }, error), error);
});
