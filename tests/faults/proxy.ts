/** A TCP proxy in front of the broker that simulates a bad network. */

/** How it treats connections. */
type Mode = "pass" | "refuse" | { readonly connack: Uint8Array<ArrayBuffer> };

export class Proxy implements Disposable {
  readonly port: number;
  /** Delay of each direction, in ms. */
  delayMs = 0;
  /** Called with the broker's bytes once they are forwarded. */
  onDown: (bytes: Uint8Array) => void = () => {};
  /** Connections accepted so far. */
  accepted = 0;
  readonly #target: () => number;
  readonly #listener: Deno.TcpListener;
  readonly #pairs = new Set<Pair>();
  #mode: Mode = "pass";

  private constructor(target: () => number) {
    this.#target = target;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    void this.#accept();
  }

  /** @param target Returns the port of the broker, for each connection. */
  static start(target: () => number): Proxy {
    return new Proxy(target);
  }

  /** Makes all connections half-open: forwards nothing, closes nothing. */
  freeze(): void {
    for (const pair of this.#pairs) pair.frozen = true;
  }

  /** Closes every connection. */
  cut(): void {
    for (const pair of this.#pairs) pair.close();
  }

  /** Forwards new connections. */
  pass(): void {
    this.#mode = "pass";
  }

  /** Closes new connections at once. */
  refuse(): void {
    this.#mode = "refuse";
  }

  /** Answers CONNECT on new connections with this packet, and closes them. */
  answer(connack: Uint8Array<ArrayBuffer>): void {
    this.#mode = { connack };
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.cut();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.accepted++;
      void this.#serve(client).catch(() => client.close());
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    const mode = this.#mode;
    if (mode === "refuse") return client.close();
    if (mode !== "pass") {
      await client.read(new Uint8Array(1024));
      await client.write(mode.connack);
      return client.close();
    }
    const broker = await Deno.connect({ hostname: "127.0.0.1", port: this.#target() });
    client.setNoDelay(true);
    broker.setNoDelay(true);
    const pair = new Pair(client, broker);
    this.#pairs.add(pair);
    await Promise.race([
      pair.forward(client, broker, () => this.delayMs),
      pair.forward(broker, client, () => this.delayMs, (bytes) => this.onDown(bytes)),
    ]);
    if (pair.frozen) await pair.closed;
    pair.close();
    this.#pairs.delete(pair);
  }
}

/** A client's connection and the broker's. */
class Pair {
  frozen = false;
  readonly closed: Promise<void>;
  readonly #close: () => void;

  constructor(readonly client: Deno.TcpConn, readonly broker: Deno.TcpConn) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
  }

  async forward(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    delayMs: () => number,
    onEvent: (bytes: Uint8Array) => void = () => {},
  ): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        // A frozen connection drops its bytes, as a dead network does.
        if (count === null) return;
        if (delayMs() > 0) await new Promise((resolve) => setTimeout(resolve, delayMs()));
        if (this.frozen) continue;
        const bytes = buffer.subarray(0, count);
        for (let at = 0; at < count;) at += await to.write(bytes.subarray(at));
        onEvent(bytes);
      }
    } catch { /* One side is gone. */ }
  }

  close(): void {
    this.#close();
    for (const conn of [this.client, this.broker]) {
      try {
        conn.close();
      } catch { /* Closed already. */ }
    }
  }
}
