/** A broker inside the program, for machines without one. */

import { hostPort, isLoopback } from "../config/address.ts";
import type { ConnectedClient } from "./connected_client.ts";
import { type Loss, lossesOnce } from "./losses.ts";
import type { Router } from "./router.ts";
import { type Clock, systemClock } from "../system/clock.ts";
import { BrokerError, UsageError } from "../locale/errors.ts";
import { connectTcp } from "../mqtt/transport/tcp.ts";
import { withoutEnv } from "../system/environment.ts";
import { SHUTTING_DOWN } from "./reason_codes.ts";

/** How long whoever has taken the port may need until it listens. */
const TAKEN_MS = 1_000, TAKEN_STEP_MS = 50;
/** How long clients may take, at the end, for what is under way to them. */
const LAST_MS = 1_000, LAST_STEP_MS = 10;

/** Whether something accepts connections at the address; false once `signal` aborts. */
export async function isListening(
  host: string,
  port: number,
  signal = new AbortController().signal,
): Promise<boolean> {
  try {
    const conn = await connectTcp({ host, port }, signal);
    conn.close();
    return true;
  } catch {
    return false;
  }
}

export type EmbeddedEvent =
  /** Whether a broker was started, or one was there already. */
  | { readonly type: "embedded"; readonly started: boolean }
  | Loss;

/** Options of {@linkcode EmbeddedBroker.start}. */
export interface EmbeddedOptions {
  readonly onEvent?: (event: EmbeddedEvent) => void;
  /** @default {the machine's} */
  readonly clock?: Clock;
  /** Ends the listening: who is connected stays. */
  readonly signal?: AbortSignal;
  /** Client id of the recorder, without which nothing that others publish is taken. */
  readonly recorderId?: string | undefined;
}

/**
 * What others publish with QoS 1 or 2 is acknowledged once the recorder has acknowledged it, that is
 * when it is on disk; before the recorder listens, and after, nothing that they publish is taken.
 */
export class EmbeddedBroker implements AsyncDisposable {
  readonly #listeners: readonly Deno.TcpListener[];
  readonly #router: Router;
  readonly #clock: Clock;
  readonly #accepting: Promise<void>;
  readonly #clients: Set<ConnectedClient>;
  #isStopped = false;

  /** TCP port it listens on. */
  readonly port: number;

  private constructor(
    listeners: readonly Deno.TcpListener[],
    router: Router,
    clients: Set<ConnectedClient>,
    accept: (conn: Deno.TcpConn) => ConnectedClient,
    { clock = systemClock, signal }: EmbeddedOptions,
  ) {
    this.#listeners = listeners;
    this.#router = router;
    this.#clients = clients;
    this.#clock = clock;
    this.port = listeners[0]!.addr.port;
    this.#accepting = Promise.all(listeners.map((listener) => this.#accept(listener, accept)))
      .then(() => {});
    if (signal?.aborted) this.#stopListening();
    signal?.addEventListener("abort", this.#stopListening, { once: true });
  }

  /**
   * Uses the broker at the address, or starts one there. Undefined when there was one.
   *
   * @throws {UsageError} The address is not this machine's own.
   * @throws {BrokerError} The port cannot be listened on.
   */
  static async startUnlessListening(
    { host, port }: { readonly host: string; readonly port: number },
    options: EmbeddedOptions = {},
  ): Promise<EmbeddedBroker | undefined> {
    const { onEvent = () => {}, clock = systemClock } = options;
    if (!isLoopback(host)) throw new UsageError((t) => t.embeddedNotHere(host));
    for (let waitedMs = 0;; waitedMs += TAKEN_STEP_MS) {
      if (await isListening(host, port)) {
        onEvent({ type: "embedded", started: false });
        return undefined;
      }
      try {
        const broker = await EmbeddedBroker.start(port, options);
        onEvent({ type: "embedded", started: true });
        return broker;
      } catch (cause) {
        if (cause instanceof BrokerError) throw cause;
        // Another recorder may have begun to listen at the same moment: that one is used.
        const isTaken = cause instanceof Deno.errors.AddrInUse;
        if (!isTaken || waitedMs >= TAKEN_MS) {
          throw new BrokerError(
            (t, because) => t.cannotStartBroker(hostPort({ host, port }), because(cause)),
            { cause },
          );
        }
      }
      await clock.sleep(TAKEN_STEP_MS);
    }
  }

  /**
   * Starts a broker on the loopback interface, IPv4 and, where the machine has it, IPv6: clients
   * that are told `localhost` try either first.
   *
   * @param port TCP port; 0 picks a free one.
   * @throws {Deno.errors.AddrInUse} Another program has the port.
   * @throws {Error} It cannot be listened on.
   */
  static async start(port: number, options: EmbeddedOptions = {}): Promise<EmbeddedBroker> {
    const { onEvent = () => {}, clock = systemClock } = options;
    const [{ ConnectedClient }, { Router }] = await withoutEnv(() =>
      Promise.all([import("./connected_client.ts"), import("./router.ts")])
    );
    const listeners = [Deno.listen({ hostname: "127.0.0.1", port })];
    try {
      listeners.push(Deno.listen({ hostname: "::1", port: listeners[0]!.addr.port }));
    } catch {
      // No IPv6 on this machine, or another program has the port there: IPv4 serves.
    }
    const clients = new Set<ConnectedClient>();
    const router = new Router({ clock, clients, onLoss: lossesOnce(onEvent) });
    // Before anybody is accepted: what came earlier would be acknowledged and not recorded.
    if (options.recorderId !== undefined) router.serve(options.recorderId);
    const accept = (conn: Deno.TcpConn) => new ConnectedClient(conn, router);
    return new EmbeddedBroker(listeners, router, clients, accept, options);
  }

  async #accept(
    listener: Deno.TcpListener,
    accept: (conn: Deno.TcpConn) => ConnectedClient,
  ): Promise<void> {
    while (!this.#isStopped) {
      try {
        const conn = await listener.accept();
        conn.setNoDelay(true);
        const client = accept(conn);
        this.#clients.add(client);
        void client.ended.then(() => this.#clients.delete(client));
      } catch {
        // Closed, or more connections than the system allows a process.
        if (!this.#isStopped) await this.#clock.sleep(TAKEN_STEP_MS);
      }
    }
  }

  readonly #stopListening = () => {
    this.#isStopped = true;
    for (const listener of this.#listeners) {
      try {
        listener.close();
      } catch {
        // It was closed before.
      }
    }
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopListening();
    await this.#accepting;
    await this.#router.close();
    for (let ms = 0; ms < LAST_MS && !this.#router.isIdle; ms += LAST_STEP_MS) {
      await this.#clock.sleep(LAST_STEP_MS);
    }
    const all = [...this.#clients];
    await Promise.all(all.map((client) => client.end(SHUTTING_DOWN)));
    this.#router.progress();
    await Promise.all(all.map(({ ended }) => ended));
  }
}
