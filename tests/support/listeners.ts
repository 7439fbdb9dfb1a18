/** Starts a Mosquitto with a listener for every transport, for the tests of one file. */

import { certificates, withoutOpenssl } from "./certificates.ts";
import { Mosquitto, withoutMosquitto } from "./mosquitto.ts";
import { freePort } from "./program.ts";

/** Whether to skip the tests that need these listeners. */
export const withoutListeners = withoutMosquitto || withoutOpenssl;

interface Listener {
  readonly webSocket?: boolean;
  /** The broker's certificate: TLS. */
  readonly certificate?: string;
  /** Accepts only clients with a certificate of the authority. */
  readonly mutual?: boolean;
}

const LISTENERS = {
  plain: {},
  tls: { certificate: "server" },
  mutual: { certificate: "server", mutual: true },
  ws: { webSocket: true },
  wss: { webSocket: true, certificate: "server" },
  expired: { certificate: "expired" },
  early: { certificate: "early" },
  elsewhere: { certificate: "elsewhere" },
  selfSigned: { certificate: "selfSigned" },
} as const satisfies Record<string, Listener>;

export type ListenerName = keyof typeof LISTENERS;

export interface Listeners {
  readonly broker: Mosquitto;
  readonly ports: Readonly<Record<ListenerName, number>>;
  /** Folder of the certificates. */
  readonly tls: string;
}

/** Configuration lines for TLS with that certificate. */
export function tlsLines(folder: string, certificate: string, mutual = false): string[] {
  return [
    `certfile ${folder}/${certificate}.crt`,
    `keyfile ${folder}/${certificate}.key`,
    ...(mutual ? [`cafile ${folder}/authority.crt`, "require_certificate true"] : []),
  ];
}

/** Starts it; it stops after the tests of the file. */
export async function startListeners(): Promise<Listeners> {
  const tls = await certificates();
  const ports: Partial<Record<ListenerName, number>> = {};
  const lines = Object.entries(LISTENERS).flatMap(([name, listener]: [string, Listener]) => {
    const port = ports[name as ListenerName] = freePort();
    return [
      `listener ${port} 127.0.0.1`,
      ...(listener.webSocket ? ["protocol websockets"] : []),
      ...(listener.certificate ? tlsLines(tls, listener.certificate, listener.mutual) : []),
    ];
  });
  const folder = await Deno.makeTempDir({ prefix: "mqttrec_doors_" });
  const broker = await Mosquitto.start(folder, lines);
  globalThis.addEventListener("unload", () => {
    if (broker.pid !== undefined) Deno.kill(broker.pid, "SIGTERM");
    Deno.removeSync(folder, { recursive: true });
  });
  return { broker, ports: ports as Listeners["ports"], tls };
}
