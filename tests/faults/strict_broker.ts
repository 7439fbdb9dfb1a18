/** A small strict broker, for behaviour that Mosquitto does not have. On 127.0.0.1 only. */

import { StrictConnection } from "./strict_connection.ts";
import type { Script } from "./strict_script.ts";

export class StrictBroker implements AsyncDisposable {
  /** Broken rules of MQTT, a sentence each. */
  readonly errors: string[] = [];
  /** Every connection so far, including closed ones. */
  readonly connections: StrictConnection[] = [];
  readonly #listener: Deno.TcpListener;
  readonly #script: Script;
  #accepted = Promise.withResolvers<void>();
  #accepting: Promise<void>;

  private constructor(listener: Deno.TcpListener, script: Script) {
    this.#listener = listener;
    this.#script = script;
    this.#accepting = this.#accept();
  }

  /** Listens on a free port. */
  static start(script: Script = {}): StrictBroker {
    return new StrictBroker(Deno.listen({ hostname: "127.0.0.1", port: 0 }), script);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** The flags that send a recorder here. */
  get flags(): readonly string[] {
    return ["--broker", "127.0.0.1", "--port", String(this.port)];
  }

  /** Resolves with connection number `index`, from 0, once there is one. */
  async accepted(index: number): Promise<StrictConnection> {
    while (this.connections.length <= index) await this.#accepted.promise;
    return this.connections[index]!;
  }

  /** Resolves with the first connection from number `from` on that has subscribed. */
  async subscribed(from = 0): Promise<StrictConnection> {
    for (let index = from;; index++) {
      const connection = await this.accepted(index);
      try {
        await connection.subscribed.promise;
        return connection;
      } catch {
        // It ended before it subscribed; the next one may subscribe.
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.connections) connection.close();
    await this.#accepting;
    await Promise.all(this.connections.map(({ ended }) => ended));
  }

  async #accept(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        const attempt = this.connections.length;
        this.connections.push(
          new StrictConnection(conn, this.#script, attempt, (error) =>
            this.errors.push(
              `connection ${attempt}: ${error instanceof Error ? error.message : error}`,
            )),
        );
        this.#accepted.resolve();
        this.#accepted = Promise.withResolvers();
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
