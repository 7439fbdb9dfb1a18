/** Mosquitto for the interop table. */

import { tlsLines } from "../support/listeners.ts";
import { Mosquitto, mosquittoVersion, withoutMosquitto } from "../support/mosquitto.ts";
import { freePort } from "../support/program.ts";
import type { Target } from "./target.ts";

const USER = "anna", PASSWORD = "interop";

export async function startMosquitto(
  folder: string,
  certificates: string,
): Promise<Target | undefined> {
  if (withoutMosquitto) return undefined;
  await new Deno.Command("mosquitto_passwd", {
    args: ["-b", "-c", `${folder}/users`, USER, PASSWORD],
  }).output();
  const [tls, mutual, webSocket] = [freePort(), freePort(), freePort()];
  const broker = await Mosquitto.start(folder, [
    // A client with a user name needs the password; anonymous clients are accepted.
    `password_file ${folder}/users`,
    ...[`listener ${tls} 127.0.0.1`, ...tlsLines(certificates, "server")],
    ...[`listener ${mutual} 127.0.0.1`, ...tlsLines(certificates, "server", true)],
    ...[`listener ${webSocket} 127.0.0.1`, "protocol websockets"],
  ]);
  return {
    name: `Mosquitto ${await mosquittoVersion()}`,
    port: broker.port,
    credentials: { address: `127.0.0.1:${broker.port}`, user: USER, password: PASSWORD },
    tls: `mqtts://localhost:${tls}`,
    mutual: `mqtts://localhost:${mutual}`,
    webSocket: `ws://localhost:${webSocket}`,
    lacks: {},
    [Symbol.asyncDispose]: () => broker.stop(),
  };
}
