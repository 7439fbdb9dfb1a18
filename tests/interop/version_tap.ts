/** A TCP proxy that records the MQTT version of clients and can refuse MQTT 5. */

/** CONNACK of MQTT 3.1.1: unacceptable protocol version [MQTT-3.1.2-2]. */
const REFUSAL = Uint8Array.of(0x20, 2, 0, 1);

export class VersionTap implements Disposable {
  readonly port: number;
  /** Version of each forwarded CONNECT; 4 is MQTT 3.1.1. */
  readonly versions: number[] = [];
  readonly #listener: Deno.TcpListener;

  /** @param refuse5 Answers MQTT 5 like an old broker. */
  constructor(readonly target: number, readonly refuse5: boolean) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    void this.#accept();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) void this.#serve(client).catch(() => {});
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(4096);
    const count = await client.read(buffer) ?? 0;
    const version = protocolLevel(buffer);
    if (version === 5 && this.refuse5) {
      await client.write(REFUSAL);
      return client.close();
    }
    const broker = await Deno.connect({ hostname: "127.0.0.1", port: this.target });
    await broker.write(buffer.subarray(0, count));
    this.versions.push(version);
    await Promise.allSettled([
      client.readable.pipeTo(broker.writable),
      broker.readable.pipeTo(client.writable),
    ]);
  }
}

/** Protocol version of a CONNECT, the byte after type, length and the name MQTT [MQTT-3.1.2.2]. */
function protocolLevel(packet: Uint8Array): number {
  let at = 1;
  while (packet[at]! >= 128) at++;
  return packet[at + 7]!;
}
