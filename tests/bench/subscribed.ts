/** A program under measurement, started and subscribed to a broker that blasts. */

import { within } from "../faults/wait.ts";
import { BlastBroker, type Subscriber } from "./blast_broker.ts";
import { Program } from "./process.ts";

const START_MS = 20_000;

export interface Subscribed extends AsyncDisposable {
  readonly program: Program;
  readonly subscriber: Subscriber;
  /** From its start to its SUBSCRIBE. */
  readonly startMs: number;
  /** Rejects when it ends with another code than 0; resolves when it has ended. */
  readonly finished: Promise<void>;
}

/**
 * Starts a command and resolves when its SUBSCRIBE is answered.
 *
 * @param command Told the broker's port.
 * @param folder Where it runs; made if need be.
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
    if (code !== 0) throw new Error(`The program ended with ${code}:\n${program.said}`);
  });
  const early = finished.then((): never => {
    throw new Error(`The program ended before it subscribed:\n${program.said}`);
  });
  early.catch(() => {});
  const subscriber = await within(START_MS, Promise.race([waiting, early]), "No SUBSCRIBE");
  const startMs = performance.now() - began;
  const owned = stack.move();
  const dispose = () => owned.disposeAsync();
  return { program, subscriber, startMs, finished, [Symbol.asyncDispose]: dispose };
}
