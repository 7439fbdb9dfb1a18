/** The other end of a byte stream, in this process, in the place of a broker. */

import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";

export interface Peer extends AsyncDisposable {
  readonly port: number;
  /** The stream of the next connection. */
  accepted(): Promise<Duplex>;
}

class ServerPeer implements Peer {
  readonly #server: Server;
  readonly #streams: Duplex[] = [];
  #next = 0;
  #wake = () => {};

  constructor(server: Server) {
    this.#server = server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** A property, so that it can be passed as a listener. */
  readonly take = (stream: Duplex): void => {
    // Tests end connections on purpose: that is no error.
    stream.on("error", () => {});
    this.#streams.push(stream);
    this.#wake();
  };

  async accepted(): Promise<Duplex> {
    while (this.#streams.length === this.#next) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#streams[this.#next++]!;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

export async function tcpPeer(): Promise<Peer> {
  const server = createServer({ noDelay: true });
  const peer = new ServerPeer(server);
  server.on("connection", peer.take);
  return await peer.listen();
}

export async function tlsPeer(options: TlsOptions): Promise<Peer> {
  const server = createTlsServer(options);
  const peer = new ServerPeer(server);
  server.on("secureConnection", peer.take);
  server.on("tlsClientError", () => {});
  return await peer.listen();
}

/** Speaks WebSocket on `path` and answers 404 to others; with TLS if it has a certificate. */
export async function webSocketPeer(path = "/mqtt", tls?: TlsOptions): Promise<Peer> {
  const server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  const peer = new ServerPeer(server);
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    if (request.url !== path) return socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    sockets.handleUpgrade(request, socket, head, (client) => {
      peer.take(createWebSocketStream(client));
    });
  });
  return await peer.listen();
}
