/** Connects to the broker by TCP, TLS or WebSocket. */

import { isTls, isWebSocket } from "../../config/address.ts";
import type { Clock } from "../../system/clock.ts";
import { TimeoutError } from "../../system/deadline.ts";
import { CONNECT_TIMEOUT_MS } from "./connection_errors.ts";
import type { ByteStream } from "./byte_stream.ts";
import { connectTcp } from "./tcp.ts";
import { connectTls } from "./tls.ts";
import type { TransportOptions } from "./transport_options.ts";
import { connectWebSocket } from "./websocket.ts";

export type { TransportOptions } from "./transport_options.ts";

/** Connects within `CONNECT_TIMEOUT_MS`: the system waits minutes for a host that drops packets. */
export async function connectTransport(
  options: TransportOptions,
  clock: Clock,
  signal?: AbortSignal,
): Promise<ByteStream> {
  const timeout = new AbortController();
  const timer = new AbortController();
  void clock.sleep(CONNECT_TIMEOUT_MS, timer.signal).then(() => timeout.abort(new TimeoutError()));
  const either = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
  const { scheme = "mqtt" } = options;
  try {
    return await (isWebSocket(scheme)
      ? connectWebSocket(options, either)
      : isTls(scheme)
      ? connectTls(options, either)
      : connectTcp(options, either));
  } finally {
    timer.abort();
  }
}
