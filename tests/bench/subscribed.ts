/** Starts a program and waits until it has subscribed to a `BlastBroker`. */

import { within } from "../faults/wait.ts";
import { BlastBroker, type Subscriber } from "./blast_broker.ts";
import { Program } from "./process.ts";

const START_MS = 20_000;

export interface Subscribed extends AsyncDisposable {
  readonly program: Program;
  readonly subscriber: Subscriber;
  /** Time from its start to its SUBSCRIBE. */
  readonly startMs: number;
  /** Resolves when it has ended; rejects if its exit code is not 0. */
  readonly finished: Promise<void>;
}

/**
 * Starts a command and resolves when its SUBSCRIBE is answered.
 *
 * @param command Receives the broker's port.
 * @param folder Working folder; created if necessary.
 */
export async function subscribed(
  command: (port: number) => readonly string[],
  folder: string,
): Promise<Subscribed> {
  await Deno.mkdir(folder, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const broker = stack.use(new BlastBroker());
  const waiting = broker.subscriber();
  const began = performance.now();
  const program = stack.use(Program.start(command(broker.port), folder));
  const finished = program.ended.then((code) => {
    if (code !== 0) throw new Error(`The program ended with ${code}:\n${program.stderr}`);
  });
  const early = finished.then((): never => {
    throw new Error(`The program ended before it subscribed:\n${program.stderr}`);
  });
  early.catch(() => {});
  const subscriber = await within(START_MS, Promise.race([waiting, early]), "No SUBSCRIBE");
  const startMs = performance.now() - began;
  const owned = stack.move();
  const dispose = () => owned.disposeAsync();
  return { program, subscriber, startMs, finished, [Symbol.asyncDispose]: dispose };
}
