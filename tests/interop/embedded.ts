/** The built-in broker for the interop table. */

import { EmbeddedBroker } from "../../lib/embedded_broker/embedded_broker.ts";
import type { Target } from "./target.ts";

const NOT_HERE = "It serves this machine only, without users and encryption";

export async function startEmbedded(): Promise<Target> {
  const broker = await EmbeddedBroker.start(0);
  return {
    name: "Built-in broker",
    port: broker.port,
    lacks: {
      "password": NOT_HERE,
      "TLS": NOT_HERE,
      "client certificate": NOT_HERE,
      "WebSocket": NOT_HERE,
    },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}
