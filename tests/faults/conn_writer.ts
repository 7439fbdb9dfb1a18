/** Writes to a connection, one run of bytes after the other, until it is gone. */

export class ConnWriter {
  readonly #conn: Deno.Conn;
  readonly #close: () => void;
  #writing: Promise<void> = Promise.resolve();
  #gone = false;

  /** @param close Called when a write fails: the other side is gone. */
  constructor(conn: Deno.Conn, close: () => void) {
    this.#conn = conn;
    this.#close = close;
  }

  /** Writes bytes as they are; resolves when the system took them, also when nobody reads them. */
  send(bytes: Uint8Array): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < bytes.length && !this.#gone;) {
        at += await this.#conn.write(bytes.subarray(at));
      }
    }).catch(() => this.#close());
    return this.#writing;
  }

  /** Nothing more is written. */
  stop(): void {
    this.#gone = true;
  }
}
