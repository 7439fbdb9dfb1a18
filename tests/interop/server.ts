/** Starts the process of a broker, waits until it listens, and stops it. */

import { isListening } from "../../lib/embedded_broker/embedded_broker.ts";
import { sleep } from "../faults/wait.ts";

const POLL_MS = 50;
/** RabbitMQ takes half a minute on a busy machine. */
const START_MS = 90_000;
const STOP_MS = 10_000;

interface Options {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Ports on 127.0.0.1 that must accept connections before it is ready. */
  readonly ports: readonly number[];
}

export class Server implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #heard: Promise<unknown>;
  #ended = false;
  /** Its output so far. */
  output = "";

  private constructor({ command, args = [], cwd, env = {} }: Options) {
    this.#child = new Deno.Command(command, {
      args: [...args],
      cwd,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    void this.#child.status.then(() => this.#ended = true);
    this.#heard = Promise.all([this.#child.stdout, this.#child.stderr].map(async (stream) => {
      const text = stream.pipeThrough(new TextDecoderStream() as never);
      for await (const chunk of text) this.output += chunk as string;
    }));
  }

  /** Resolves when it listens on all its ports. */
  static async start(options: Options): Promise<Server> {
    const server = new Server(options);
    const late = performance.now() + START_MS;
    for (const port of options.ports) {
      while (!await isListening("127.0.0.1", port)) {
        if (server.#ended || performance.now() > late) {
          await server[Symbol.asyncDispose]();
          throw new Error(`${options.command} does not start:\n${server.output.slice(-2000)}`);
        }
        await sleep(POLL_MS);
      }
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const kill = (signal: Deno.Signal) => {
      if (!this.#ended) this.#child.kill(signal);
    };
    kill("SIGTERM");
    const timer = setTimeout(() => kill("SIGKILL"), STOP_MS);
    await this.#child.status;
    clearTimeout(timer);
    await this.#heard;
  }
}
