/** Writes to a connection in order, until it is closed. */

export class ConnWriter {
  readonly #conn: Deno.Conn;
  readonly #close: () => void;
  #writing: Promise<void> = Promise.resolve();
  #gone = false;

  /** @param close Called when a write fails: the client has closed. */
  constructor(conn: Deno.Conn, close: () => void) {
    this.#conn = conn;
    this.#close = close;
  }

  /** Writes raw bytes; resolves when the system has accepted them, even if no client reads them. */
  send(bytes: Uint8Array): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < bytes.length && !this.#gone;) {
        at += await this.#conn.write(bytes.subarray(at));
      }
    }).catch(() => this.#close());
    return this.#writing;
  }

  /** Ends all writes. */
  stop(): void {
    this.#gone = true;
  }
}
