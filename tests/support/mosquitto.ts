/** Runs a real Mosquitto on a free port, if it is installed. */

import { isListening } from "../../lib/embedded_broker/embedded_broker.ts";
import { freePort, isInstalled } from "./program.ts";

/** Debian installs the broker outside the path of most users. */
const BROKER = await isInstalled("mosquitto", ["-h"]) ? "mosquitto" : "/usr/sbin/mosquitto";

/**
 * Whether to skip the tests that need Mosquitto: only if it is not installed, and never in CI,
 * which installs it and sets `MQTTREC_REQUIRE_MOSQUITTO`.
 */
export const withoutMosquitto = !Deno.env.get("MQTTREC_REQUIRE_MOSQUITTO") &&
  !(await isInstalled(BROKER, ["-h"]) && await isInstalled("mosquitto_pub", ["--help"]));

export interface MosquittoOptions {
  /**
   * Changes only the port, so that it keeps its limits (1,000 messages queued, 20 in flight) and
   * its local-only mode. Otherwise the queue is unlimited, so that the broker drops no message.
   *
   * @default {false}
   */
  readonly asInstalled?: boolean;
}

export class Mosquitto implements AsyncDisposable {
  readonly port = freePort();
  #child: Deno.ChildProcess | undefined;
  readonly #args: readonly string[];
  readonly #config: string;
  readonly #path: string;

  private constructor(folder: string, lines: readonly string[], asInstalled: boolean) {
    const more = [
      // Started by root it would switch to a user who may not read or write here.
      ...(Deno.build.os !== "windows" && Deno.uid() === 0 ? ["user root"] : []),
      ...lines,
    ];
    const tuned = [
      `listener ${this.port} 127.0.0.1`,
      ...(lines.some((line) => line.startsWith("allow_anonymous")) ? [] : ["allow_anonymous true"]),
      "max_queued_messages 0",
      "log_dest none",
    ];
    this.#path = `${folder}/mosquitto.conf`;
    this.#config = (asInstalled ? more : [...tuned, ...more]).join("\n");
    // A listener in its configuration would end the local-only mode.
    this.#args = [...(asInstalled ? ["-p", String(this.port)] : []), "-c", this.#path];
  }

  /** @param lines More lines of its configuration file. */
  static async start(
    folder: string,
    lines: readonly string[] = [],
    { asInstalled = false }: MosquittoOptions = {},
  ): Promise<Mosquitto> {
    const broker = new Mosquitto(folder, lines, asInstalled);
    await broker.start();
    return broker;
  }

  /**
   * Starts it, also after `stop`, on the same port; resolves when all its ports accept connections.
   */
  async start(): Promise<void> {
    await Deno.writeTextFile(this.#path, this.#config);
    this.#child = new Deno.Command(BROKER, {
      args: [...this.#args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    let ended = false;
    void this.#child.status.then(() => ended = true);
    const others = this.#config.matchAll(/^listener (\d+)/gm);
    for (const port of [this.port, ...Array.from(others, ([, port]) => Number(port))]) {
      while (!await isListening("127.0.0.1", port)) {
        if (ended) throw new Error(`Cannot start Mosquitto with:\n${this.#config}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Process id; undefined while stopped. */
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
    await mosquittoPub(this.port, args, input);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Publishes with `mosquitto_pub` to the broker on that port; `input` is its standard input. */
export async function mosquittoPub(
  port: number,
  args: readonly string[],
  input: string | Uint8Array = "",
): Promise<void> {
  const child = new Deno.Command("mosquitto_pub", {
    args: ["-h", "127.0.0.1", "-p", String(port), ...args],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  await writer.write(bytes).catch(() => {});
  await writer.close().catch(() => {});
  const { success, stderr } = await child.output();
  if (!success) throw new Error(`mosquitto_pub failed: ${new TextDecoder().decode(stderr)}`);
}

/** The installed version. */
export async function mosquittoVersion(): Promise<string> {
  const { stdout } = await new Deno.Command(BROKER, { args: ["-h"] }).output();
  return /version (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "";
}
