/**
 * MQTT in a WebSocket [MQTT-6.0], with npm:ws: the standard `WebSocket` has no back-pressure
 * (https://github.com/whatwg/websockets/issues/17).
 */

import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { hostPort, isTls } from "../../config/address.ts";
import { StateError } from "../../locale/errors.ts";
import { TimeoutError } from "../../system/deadline.ts";
import { withoutEnv } from "../../system/environment.ts";
import { AnswerTimeout, codeOf } from "./connection_errors.ts";
import { HttpRefusal } from "./http_refusal.ts";
import { NodeByteStream, whenOpen } from "./node_byte_stream.ts";
import { isReset, openTls } from "./tls.ts";
import type { ByteStream } from "./byte_stream.ts";
import type { TransportOptions } from "./transport_options.ts";

/** Code of a WebSocket server that does not agree on MQTT. */
const NOT_FOR_MQTT = "ERR_WS_NOT_FOR_MQTT";

/** Maximum of a WebSocket message: the largest MQTT packet. */
const MAX_MESSAGE = 268_435_461;

export async function connectWebSocket(
  options: TransportOptions,
  signal: AbortSignal,
): Promise<ByteStream> {
  const { default: WebSocket, createWebSocketStream } = await withoutEnv(() => import("ws"));
  const { path = "/", scheme = "ws" } = options;
  const socket = isTls(scheme) ? await openTls(options, signal) : await openTcp(options, signal);
  // The socket is connected already: the URL only sets host and path of the request.
  const client = new WebSocket(`${scheme}://${hostPort(options)}${path}`, ["mqtt"], {
    createConnection: () => socket as Socket,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
  });
  const stream = createWebSocketStream(client);
  let answer: HttpRefusal | undefined;
  client.once("unexpected-response", (_request, response) => {
    answer = new HttpRefusal(response);
    stream.destroy();
  });
  // Created before the first bytes arrive.
  const byteStream = new NodeByteStream(stream);
  try {
    await whenOpen(stream, "open", signal, client);
    return byteStream;
  } catch (error) {
    if (error instanceof TimeoutError) throw new AnswerTimeout("WebSocket");
    // npm:ws reports every early end as closed; errors of its own are about the handshake.
    const own = !signal.aborted && error instanceof Error && codeOf(error) === undefined;
    throw answer ?? (own && !isReset(error) ? new StateError(NOT_FOR_MQTT) : error);
  }
}

function openTcp({ host, port }: TransportOptions, signal: AbortSignal): Promise<Duplex> {
  return whenOpen(connect({ host, port, noDelay: true }), "connect", signal);
}
