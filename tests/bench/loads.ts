/** The loads for comparing competitors. */

import { type LoadOptions, payloadOf } from "./load.ts";
import type { COMPETITORS } from "./competitors.ts";

export type CompetitorKey = keyof typeof COMPETITORS;

export interface NamedLoad extends LoadOptions {
  readonly name: string;
  /** QoS 1 messages in flight. */
  readonly window?: number;
  /** Whether the files are on disk instead of in memory. */
  readonly onDisk?: boolean;
  /** Which competitors are measured: all, or `FEW`. */
  readonly among: "all" | "few";
  /** Upper bound of the first estimate of messages per second. */
  readonly maxGuess?: number;
  /** Required ratio of mqttrec's speed to that of each competitor. */
  readonly required?: Readonly<Partial<Record<CompetitorKey, number>>>;
  /** Whether the quick run includes it. */
  readonly inQuick?: boolean;
}

/** Competitors of the less important loads. */
export const FEW: readonly CompetitorKey[] = ["mqttrec", "counting", "mosquittoSub"];

const TWICE = { mosquittoSub: 2 };

export const LOADS: readonly NamedLoad[] = [
  {
    name: "25 B plain",
    among: "all",
    required: { mosquittoSub: 6, counting: 4, paho: 60 },
    inQuick: true,
  },
  { name: "25 B of JSON", kind: "json", among: "all", required: TWICE, inQuick: true },
  { name: "25 B with line breaks", kind: "lines", among: "all", required: TWICE },
  { name: "25 B binary", kind: "binary", among: "all", required: TWICE },
  { name: "25 B plain, on the disk", among: "few", onDisk: true },
  { name: "10 B", size: 10, among: "few" },
  { name: "100 B", size: 100, among: "few" },
  { name: "1 KB", size: 1024, among: "few" },
  { name: "64 KB", size: 65_536, among: "few", maxGuess: 5_000 },
  { name: "1 topic", topics: 1, among: "few" },
  { name: "100,000 topics", topics: 100_000, among: "few" },
  {
    name: "QoS 1, 1,000 in flight",
    qos: 1,
    window: 1_000,
    onDisk: true,
    among: "all",
    maxGuess: 100_000,
    required: { counting: 2 },
    inQuick: true,
  },
  { name: "QoS 1, 20 in flight", qos: 1, window: 20, onDisk: true, among: "all", maxGuess: 5_000 },
];

/** Line feeds in each payload of a load. */
export function breaksOf({ kind, size = 25 }: LoadOptions): number {
  return payloadOf(kind ?? "plain", size, 0).filter((byte) => byte === 10).length;
}

/** Bytes of `count` payloads as text, one per line, as `mqtt sub` prints them. */
export function printedBytes(
  { kind = "plain", size = 25 }: LoadOptions,
  count: number,
  block: number,
) {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const encoder = new TextEncoder();
  let all = 0, some = 0;
  for (let i = 0; i < Math.min(count, block); i++) {
    const bytes = encoder.encode(decoder.decode(payloadOf(kind, size, i))).length + 1;
    all += bytes;
    if (i < count % block) some += bytes;
  }
  return count < block ? all : all * Math.floor(count / block) + some;
}
