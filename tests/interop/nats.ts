/**
 * NATS with MQTT for the interop table: one server per transport, because each has one listener.
 */

import { freePort, isInstalled } from "../support/program.ts";
import { Server } from "./server.ts";
import { isBefore, NOTHING_SHARED, ONLY_311, type Target } from "./target.ts";

const COMMAND = "nats-server";
const USER = "anna", PASSWORD = "interop";

interface Options {
  readonly name: string;
  readonly mqtt?: string;
  /** More lines of its configuration. */
  readonly lines?: string;
  readonly ports?: readonly number[];
}

async function startServer(
  folder: string,
  { name, mqtt = "", lines = "", ports = [] }: Options,
): Promise<{ server: Server; port: number }> {
  const port = freePort();
  const path = `${folder}/${name}.conf`;
  await Deno.writeTextFile(
    path,
    `
server_name: "${name}"
listen: "127.0.0.1:${freePort()}"
jetstream { store_dir: "${folder}/${name}" }
mqtt { listen: "127.0.0.1:${port}", ${mqtt} }
${lines}
`,
  );
  const args = ["-c", path];
  const server = await Server.start({
    command: COMMAND,
    args,
    cwd: folder,
    ports: [port, ...ports],
  });
  return { server, port };
}

export async function startNats(folder: string, certificates: string): Promise<Target | undefined> {
  if (!await isInstalled(COMMAND, ["--version"])) return undefined;
  const webSocket = freePort();
  const tls = (more = "") =>
    `tls { cert_file: "${certificates}/server.crt", key_file: "${certificates}/server.key", ` +
    `ca_file: "${certificates}/authority.crt", ${more} }`;
  const all = await Promise.all([
    startServer(folder, {
      name: "plain",
      // A client with a user name needs the password; anonymous clients become `anybody`.
      mqtt: "no_auth_user: anybody",
      lines: `accounts { all { jetstream: enabled, users: [
  { user: "anybody", password: "anybody" }, { user: "${USER}", password: "${PASSWORD}" }
] } }
websocket { listen: "127.0.0.1:${webSocket}", no_tls: true, no_auth_user: anybody }`,
      ports: [webSocket],
    }),
    startServer(folder, { name: "tls", mqtt: tls() }),
    startServer(folder, { name: "mutual", mqtt: tls("verify: true") }),
  ]);
  const [plain, secure, mutual] = all;
  const version = /Version:\s+v?(\d[\d.]*)/.exec(plain.server.output)?.[1] ?? "";
  return {
    name: `NATS ${version}`.trim(),
    port: plain.port,
    credentials: { address: `127.0.0.1:${plain.port}`, user: USER, password: PASSWORD },
    tls: `mqtts://localhost:${secure.port}`,
    mutual: `mqtts://localhost:${mutual.port}`,
    webSocket: `ws://localhost:${webSocket}/mqtt`,
    lacks: {
      "MQTT 5": ONLY_311,
      ...(isBefore(version, "2.10") && { "QoS 2": "NATS has QoS 2 from 2.10 on" }),
      "shared subscription": NOTHING_SHARED,
    },
    async [Symbol.asyncDispose]() {
      for (const { server } of all) await server[Symbol.asyncDispose]();
    },
  };
}
