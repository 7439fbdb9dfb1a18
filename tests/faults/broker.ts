/** Mosquitto for the fault cases: without limits or as installed, persistence on request. */

import { Mosquitto } from "../support/mosquitto.ts";

export interface BrokerOptions {
  /** Whether sessions and messages survive a SIGTERM. @default {false} */
  readonly persistence?: boolean;
  /** Writes `mosquitto.log` into the folder. @default {false} */
  readonly log?: boolean;
  /** More lines of its configuration. */
  readonly lines?: readonly string[];
}

/** Mosquitto's defaults. */
export const AS_INSTALLED = ["max_queued_messages 1000", "max_inflight_messages 20"];

/** Set by `--installed`: every broker keeps the limits it is installed with. */
export const limits = { asInstalled: false };

/** What a broker's count of dropped messages, which proves a gap harmless, needs to be read. */
export const COUNT = {
  /** Mosquitto publishes it every two seconds then, by default every eleven. */
  lines: ["sys_interval 1"] as readonly string[],
  /** The recorder asks once its connection has been there for six seconds. */
  steadyMs: 7_000,
  /** Longest wait for the count after a gap, with these lines and without. */
  maxMs: 4_500,
  defaultMaxMs: 13_000,
} as const;

/** Every broker that may run: those of a failed case are ended. */
export const brokers = new Set<Mosquitto>();

/** Starts a broker with its files in `folder`. */
export async function startBroker(
  folder: string,
  { persistence = false, log = false, lines = [] }: BrokerOptions = {},
): Promise<Mosquitto> {
  const broker = await Mosquitto.start(folder, [
    "max_inflight_messages 0",
    ...(persistence ? ["persistence true", `persistence_location ${folder}/`] : []),
    ...(log ? [`log_dest file ${folder}/mosquitto.log`, "log_type all"] : []),
    ...(limits.asInstalled ? [...AS_INSTALLED, ...COUNT.lines] : []),
    ...lines.filter((line) => !limits.asInstalled || !COUNT.lines.includes(line)),
  ]);
  brokers.add(broker);
  return broker;
}

/** Lines of the broker's log that match. */
export async function logged(folder: string, pattern: RegExp): Promise<string[]> {
  const text = await Deno.readTextFile(`${folder}/mosquitto.log`);
  return text.split("\n").filter((line) => pattern.test(line));
}
