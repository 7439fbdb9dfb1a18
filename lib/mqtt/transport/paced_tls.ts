/**
 * TLS with back-pressure. Deno's own TLS (2.9) keeps reading from the network into memory even if
 * nothing reads from it, so a stalled disk would exhaust the memory
 * (https://github.com/denoland/deno/pull/33524 is about the same).
 */

import { Duplex } from "node:stream";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { writeAll } from "../../system/write_all.ts";

/** Encrypted bytes read at a time. */
const CHUNK_BYTES = 64 * 1024;

type Done = (error?: Error | null) => void;

/** The encrypted side: a TCP connection whose reading can be paused. */
class PacedSocket extends Duplex {
  readonly #conn: Deno.TcpConn;
  #held = Promise.resolve();
  #release = () => {};

  constructor(conn: Deno.TcpConn) {
    super();
    this.#conn = conn;
  }

  hold(): void {
    this.release();
    ({ promise: this.#held, resolve: this.#release } = Promise.withResolvers<void>());
  }

  release(): void {
    this.#release();
  }

  override async _read(): Promise<void> {
    try {
      await this.#held;
      const buffer = new Uint8Array(CHUNK_BYTES);
      const count = await this.#conn.read(buffer);
      this.push(count === null ? null : buffer.subarray(0, count));
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  override async _write(bytes: Uint8Array, _encoding: string, done: Done): Promise<void> {
    try {
      await writeAll(this.#conn, bytes);
    } catch (error) {
      return done(error as Error);
    }
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.release();
    try {
      this.#conn.close();
    } catch {
      // The broker has closed it already.
    }
    done(error);
  }
}

/** The decrypted side. */
export class PacedTls extends Duplex {
  readonly socket: PacedSocket;
  /** Emits `secureConnect`; only this class reads and writes it. */
  readonly secure: TLSSocket;

  constructor(conn: Deno.TcpConn, options: ConnectionOptions) {
    super();
    this.socket = new PacedSocket(conn);
    this.secure = connect({ ...options, socket: this.socket });
    this.socket.on("error", (error) => this.destroy(error));
    this.secure.on("error", (error) => this.destroy(error));
    this.secure.on("data", (bytes) => void (this.push(bytes) || this.socket.hold()));
    this.secure.on("end", () => this.push(null));
    this.secure.on("close", () => this.destroy());
  }

  override _read(): void {
    this.socket.release();
  }

  override _write(bytes: Uint8Array, _encoding: string, done: Done): void {
    this.secure.write(bytes, done);
  }

  override _final(done: Done): void {
    this.secure.end(() => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.secure.destroy();
    this.socket.destroy();
    done(error);
  }
}
