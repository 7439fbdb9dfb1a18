/** A real Mosquitto on a free port, where it is installed. */

import { freePort } from "./program.ts";

async function succeeds(command: string, args: string[]): Promise<boolean> {
  try {
    await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

/** Where Debian puts the broker is not on every user's path. */
const BROKER = await succeeds("mosquitto", ["-h"]) ? "mosquitto" : "/usr/sbin/mosquitto";

/**
 * Whether the tests that need Mosquitto are left out: only where it is not installed, and never in
 * CI, which installs it and sets `MQTTREC_REQUIRE_MOSQUITTO`.
 */
export const withoutMosquitto = !Deno.env.get("MQTTREC_REQUIRE_MOSQUITTO") &&
  !(await succeeds(BROKER, ["-h"]) && await succeeds("mosquitto_pub", ["--help"]));

export class Mosquitto implements AsyncDisposable {
  readonly port = freePort();
  #child: Deno.ChildProcess | undefined;
  readonly #config: string;
  readonly #folder: string;

  private constructor(folder: string, lines: readonly string[]) {
    this.#folder = folder;
    this.#config = [
      `listener ${this.port} 127.0.0.1`,
      ...(lines.some((line) => line.startsWith("allow_anonymous")) ? [] : ["allow_anonymous true"]),
      "max_queued_messages 0",
      "log_dest none",
      ...lines,
    ].join("\n");
  }

  /** @param lines More lines of its configuration file. */
  static async start(folder: string, lines: readonly string[] = []): Promise<Mosquitto> {
    const broker = new Mosquitto(folder, lines);
    await broker.start();
    return broker;
  }

  /** Starts it, again after `stop`, on the same port; resolves when it accepts connections. */
  async start(): Promise<void> {
    const path = `${this.#folder}/mosquitto.conf`;
    await Deno.writeTextFile(path, this.#config);
    this.#child = new Deno.Command(BROKER, {
      args: ["-c", path],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    void this.#child.status.then(() => ended = true);
    for (;;) {
      if (ended) throw new Error(`Cannot start Mosquitto with:\n${this.#config}`);
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Process id; undefined while it is stopped. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async stop(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    this.#child?.kill(signal);
    await this.#child?.status;
    this.#child = undefined;
  }

  /** Publishes with `mosquitto_pub`; `input` is its standard input. */
  async publish(args: readonly string[], input?: string | Uint8Array): Promise<void> {
    const child = new Deno.Command("mosquitto_pub", {
      args: ["-h", "127.0.0.1", "-p", String(this.port), ...args],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(
      typeof input === "string" ? new TextEncoder().encode(input) : input ??
        new Uint8Array(),
    ).catch(() => {});
    await writer.close().catch(() => {});
    const { success, stderr } = await child.output();
    if (!success) throw new Error(`mosquitto_pub failed: ${new TextDecoder().decode(stderr)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
