/** RabbitMQ with its MQTT plugins for the interop table, beside one that the system may run. */

import { freePort, isInstalled } from "../support/program.ts";
import { Server } from "./server.ts";
import { isBefore, NOTHING_SHARED, type Target } from "./target.ts";

/** Debian's script on the path would switch to the user `rabbitmq` first. */
const COMMAND = "/usr/lib/rabbitmq/bin/rabbitmq-server";

export async function startRabbitmq(
  folder: string,
  certificates: string,
): Promise<Target | undefined> {
  if (!await Deno.stat(COMMAND).then(() => true, () => false)) return undefined;
  if (!await isInstalled("epmd", ["-names"])) return undefined;
  const [plain, tls, webSocket] = [freePort(), freePort(), freePort()];
  const [distribution, epmdPort] = [freePort(), freePort()];
  await Deno.writeTextFile(
    `${folder}/rabbitmq.conf`,
    `
listeners.tcp = none
mqtt.listeners.tcp.1 = 127.0.0.1:${plain}
mqtt.listeners.ssl.1 = 127.0.0.1:${tls}
web_mqtt.tcp.ip = 127.0.0.1
web_mqtt.tcp.port = ${webSocket}
ssl_options.cacertfile = ${certificates}/authority.crt
ssl_options.certfile = ${certificates}/server.crt
ssl_options.keyfile = ${certificates}/server.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = false
log.console = true
log.file = false
`,
  );
  await Deno.writeTextFile(`${folder}/plugins`, "[rabbitmq_mqtt,rabbitmq_web_mqtt].");
  const env = {
    HOME: folder,
    RABBITMQ_NODENAME: `interop${plain}@localhost`,
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/plugins`,
    RABBITMQ_DIST_PORT: String(distribution),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    // The script becomes the broker instead of its parent, which a signal would end alone.
    RUNNING_UNDER_SYSTEMD: "true",
  };
  // Otherwise it would start a daemon that outlives it.
  const epmd = await Server.start({ command: "epmd", cwd: folder, env, ports: [epmdPort] });
  const server = await Server.start({
    ...{ command: COMMAND, cwd: folder, env },
    ports: [plain, tls, webSocket],
  }).catch(async (error) => {
    await epmd[Symbol.asyncDispose]();
    throw error;
  });
  const version = /RabbitMQ (\d[\d.]*)/.exec(server.output)?.[1] ?? "";
  return {
    name: `RabbitMQ ${version}`.trim(),
    port: plain,
    // The default user.
    credentials: { address: `127.0.0.1:${plain}`, user: "guest", password: "guest" },
    tls: `mqtts://localhost:${tls}`,
    mutual: `mqtts://localhost:${tls}`,
    webSocket: `ws://localhost:${webSocket}/ws`,
    lacks: {
      ...(isBefore(version, "3.13") && { "MQTT 5": "RabbitMQ has MQTT 5 from 3.13 on" }),
      "QoS 2": "RabbitMQ grants QoS 1 at most",
      "shared subscription": NOTHING_SHARED,
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await epmd[Symbol.asyncDispose]();
    },
  };
}
