/** `mosquitto_sub` writing into a file, started, killed and frozen as the recorder is. */

import type { Published } from "./published.ts";
import { readPayload } from "./published.ts";
import { sleep } from "./wait.ts";

/** It tries again a second after a lost connection. */
const RECONNECT_MS = 3_000;
const START_MS = 1_000, STILL_MS = 1_000;

export interface MosquittoSubOptions {
  readonly folder: string;
  readonly port: number;
  readonly version: "mqttv5" | "mqttv311";
}

/** Its session is kept like the recorder's, at QoS 1. */
export class MosquittoSub implements AsyncDisposable {
  readonly #options: MosquittoSubOptions;
  readonly #path: string;
  #child: Deno.ChildProcess | undefined;

  private constructor(options: MosquittoSubOptions) {
    this.#options = options;
    this.#path = `${options.folder}/mosquitto_sub.txt`;
  }

  static async start(options: MosquittoSubOptions): Promise<MosquittoSub> {
    const sub = new MosquittoSub(options);
    await sub.start();
    return sub;
  }

  get pid(): number {
    return this.#child!.pid;
  }

  /** Starts it; resolves when it must have subscribed. */
  async start(): Promise<void> {
    const { port, version } = this.#options;
    const expiry = version === "mqttv5" ? "-x 3600" : "";
    const line = `exec mosquitto_sub -p ${port} -V ${version} ${expiry} -c -i beside -q 1 ` +
      `-t 'sensors/#' >> "$0"`;
    this.#child = new Deno.Command("sh", { args: ["-c", line, this.#path] }).spawn();
    await sleep(START_MS);
  }

  async kill(): Promise<void> {
    this.#child!.kill("SIGKILL");
    await this.#child!.status;
  }

  /** What a lost connection is waited for with. */
  mark(): () => Promise<void> {
    return () => sleep(RECONNECT_MS);
  }

  /** Resolves when its file grows no more. */
  async still(): Promise<void> {
    for (let before = -1;;) {
      const { size } = await Deno.stat(this.#path);
      if (size === before) return;
      before = size;
      await sleep(STILL_MS);
    }
  }

  /** How many acknowledged messages are not in its file. */
  async lost(published: readonly Published[]): Promise<number> {
    const names = new Map(published.map((each) => [each.name, new Set<number>()]));
    for (const line of (await Deno.readTextFile(this.#path)).split("\n")) {
      const message = readPayload(line);
      if (message) names.get(message.name)?.add(message.id);
    }
    return published.reduce((lost, { name, acked }) => {
      const seen = names.get(name)!;
      return lost + acked.filter((time, id) => time !== undefined && !seen.has(id)).length;
    }, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill().catch(() => {});
  }
}
