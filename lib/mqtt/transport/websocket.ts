/** MQTT in a WebSocket [MQTT-6.0]: npm:ws, as Deno's own would take in more than memory holds. */

import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { hostPort, isTls } from "../../config/address.ts";
import { StateError } from "../../locale/errors.ts";
import { withoutEnv } from "../../config/permissions.ts";
import { settled, StreamWire } from "./node_byte_stream.ts";
import { openTls } from "./tls.ts";
import type { Wire } from "./byte_stream.ts";
import type { WireOptions } from "./mod.ts";

/** Larger messages are refused: the largest packet MQTT has. */
const MAX_MESSAGE = 268_435_461;

export async function connectWebSocket(options: WireOptions, signal: AbortSignal): Promise<Wire> {
  const { default: WebSocket, createWebSocketStream } = await withoutEnv(() => import("ws"));
  const { path = "/", scheme = "ws" } = options;
  const socket = isTls(scheme) ? await openTls(options, signal) : await openTcp(options, signal);
  // The socket is there already; the URL only says what the broker is asked for.
  const client = new WebSocket(`${scheme}://${hostPort(options)}${path}`, ["mqtt"], {
    createConnection: () => socket as Socket,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
  });
  const stream = createWebSocketStream(client);
  let answer: StateError | undefined;
  client.once("unexpected-response", (_request, { statusCode }) => {
    answer = new StateError(`HTTP ${statusCode}`);
    stream.destroy();
  });
  // Listened to before anything can come: a stream without a reader holds it back.
  const wire = new StreamWire(stream);
  try {
    await settled(stream, "open", signal, client);
    return wire;
  } catch (error) {
    // npm:ws says of each end before the beginning that it was closed.
    throw answer ?? error;
  }
}

function openTcp({ host, port }: WireOptions, signal: AbortSignal): Promise<Duplex> {
  return settled(connect({ host, port, noDelay: true }), "connect", signal);
}
