/** The built-in broker, for machines without one. The only importer of npm:aedes. */

import { createServer, type Server, type Socket } from "node:net";
import type { Aedes } from "aedes";
import { hostPort } from "../config/address.ts";
import { BrokerQueue } from "./broker_queue.ts";
import { nextTurn } from "../system/clock.ts";
import { BrokerError, UsageError } from "../locale/errors.ts";
import { withoutEnv } from "../system/environment.ts";

/** Names and addresses that only this machine can reach. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"]);

/** Whether `host` is the loopback interface, the only one that the broker serves. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host.toLowerCase());
}

/** Whether something accepts connections at the address. */
export async function isListening(host: string, port: number): Promise<boolean> {
  try {
    const conn = await Deno.connect({ hostname: host, port });
    conn.close();
    return true;
  } catch {
    return false;
  }
}

/** A broker was started, or one was running already. */
export interface EmbeddedEvent {
  readonly type: "embedded";
  readonly started: boolean;
}

export class EmbeddedBroker implements AsyncDisposable {
  readonly #aedes: Aedes;
  readonly #servers: readonly Server[];
  readonly #sockets: ReadonlySet<Socket>;

  private constructor(aedes: Aedes, servers: readonly Server[], sockets: ReadonlySet<Socket>) {
    this.#aedes = aedes;
    this.#servers = servers;
    this.#sockets = sockets;
  }

  /** TCP port it listens on. */
  get port(): number {
    return (this.#servers[0]!.address() as { port: number }).port;
  }

  /**
   * Starts a broker at the address unless one is listening; undefined if one is.
   *
   * @throws {UsageError} The address is not the loopback interface.
   * @throws {BrokerError} The port cannot be listened on.
   */
  static async startUnlessListening(
    { host, port }: { readonly host: string; readonly port: number },
    onEvent: (event: EmbeddedEvent) => void = () => {},
  ): Promise<EmbeddedBroker | undefined> {
    if (!isLoopback(host)) throw new UsageError((t) => t.embeddedNotHere(host));
    if (await isListening(host, port)) {
      onEvent({ type: "embedded", started: false });
      return undefined;
    }
    try {
      const broker = await EmbeddedBroker.start(port);
      onEvent({ type: "embedded", started: true });
      return broker;
    } catch (cause) {
      throw new BrokerError(
        (t, because) => t.cannotStartBroker(hostPort({ host, port }), because(cause)),
        {
          cause,
        },
      );
    }
  }

  /**
   * Starts a broker on the loopback interface, IPv4 and, where the machine has it, IPv6: clients
   * that are told `localhost` try either first.
   *
   * @param port TCP port; 0 picks a free one.
   * @throws {Error} With `code` `EADDRINUSE`, `EACCES`, …: the port cannot be listened on.
   */
  static async start(port: number): Promise<EmbeddedBroker> {
    const { Aedes } = await withoutEnv(() => import("aedes"));
    const aedes = await Aedes.createBroker();
    Object.assign((aedes as unknown as { persistence: object }).persistence, new BrokerQueue());
    const sockets = new Set<Socket>();
    const accept = (socket: Socket) => {
      sockets.add(socket);
      socket.setNoDelay(true);
      writeTogether(socket);
      socket.on("close", () => sockets.delete(socket));
      // Clients may vanish at any time.
      socket.on("error", () => {});
      aedes.handle(socket);
    };
    aedes.on("clientError", () => {});
    aedes.on("connectionError", () => {});
    const servers: Server[] = [];
    try {
      servers.push(await listen(accept, "127.0.0.1", port));
    } catch (error) {
      await new Promise<void>((resolve) => aedes.close(resolve));
      throw error;
    }
    const actual = (servers[0]!.address() as { port: number }).port;
    try {
      servers.push(await listen(accept, "::1", actual));
    } catch {
      // No IPv6 on this machine, or another program has the port there: IPv4 serves.
    }
    return new EmbeddedBroker(aedes, servers, sockets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#servers.map((server) =>
      new Promise<void>((resolve) => server.close(() => resolve()))
    );
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }
}

/**
 * Sends what npm:aedes writes in one turn of the event loop in one write, a tenth of the time with
 * 10,000 sensors (`deno task bench --only simulator`): it corks the socket for each packet.
 */
function writeTogether(socket: Socket): void {
  const cork = socket.cork.bind(socket);
  let held = false;
  socket.cork = () => {
    cork();
    if (held) return;
    held = true;
    cork();
    void nextTurn().then(() => {
      held = false;
      socket.uncork();
    });
  };
}

function listen(accept: (socket: Socket) => void, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(accept);
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}
