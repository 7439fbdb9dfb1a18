/** Prints each recorded message as a line (`--print`), and never delays the recording. */

import { appendTextLines } from "../formats/text_lines.ts";
import { type Format, formatsOf } from "../formats/mod.ts";
import { Batch } from "../message/batch.ts";
import { ByteBuffer } from "../message/byte_buffer.ts";
import type { Clock } from "../system/clock.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { LineOutput } from "./line_output.ts";

/** How messages are printed. */
export type PrintFormat = "text" | "csv" | "json";

/**
 * What a line costs beside its bytes. On a terminal it goes above the status, which takes more, also
 * for each character that is shown.
 */
const LINE_COST = 64, SHOWN_COST = 8_000, CHARACTER_COST = 16;
/** Costs for a millisecond: some 80,000 lines a second. What comes faster is left out. */
const PER_MS = 8_000;
/**
 * A batch of this size or with this many acknowledgements has grown while the one before was
 * written. After a burst of those the recording needs all its time: a line costs so many times more.
 */
const BEHIND_BYTES = 1 << 20, BEHIND_COUNT = 256, BEHIND_ACKS = 250, SATURATED_TIMES = 32;
/** Unspent costs are kept for this long, for bursts; at least the largest message. */
const SAVED_MS = 2_100;
/** Messages printed of a batch that cannot be printed whole. */
const MAX_PART = 256;
/** Longest line on a terminal, in characters. */
const MAX_SHOWN = 500;
/** Larger batches, and larger messages on a terminal, are left out: escaping them takes too long. */
const MAX_BYTES = 16 << 20;

/** Where lines go: a stream, or the lines above the status of a terminal. */
export type LineTarget = LineOutput | {
  /** Shows a line; false: it was left out. */
  line(text: string): boolean;
};

/** Options of a printer. */
export interface PrinterOptions {
  readonly format: PrintFormat;
  /** Lines hold properties, where the format has them. @default {false} */
  readonly properties?: boolean;
  readonly clock: Pick<Clock, "monotonic">;
  /** Called when the first line is left out. */
  readonly onLate: () => void;
}

export class Printer {
  readonly #target: LineTarget;
  readonly #options: PrinterOptions;
  readonly #encode: Format["encode"];
  readonly #lines = new ByteBuffer();
  readonly #one = new Batch(0);
  #budget = PER_MS * SAVED_MS;
  #budgetAt: number;
  #saturated = false;

  /** Lines printed so far, or on their way. */
  printed = 0;
  /** Lines left out so far. */
  leftOut = 0;

  constructor(target: LineTarget, options: PrinterOptions) {
    const { format, properties = false, clock } = options;
    this.#target = target;
    this.#options = options;
    this.#budgetAt = clock.monotonic();
    const { csv, ndjson } = formatsOf(properties);
    this.#encode = format === "json"
      ? ndjson.encode
      : format === "csv"
      ? csv.encode
      : appendTextLines;
    if (format !== "csv") return;
    if ("line" in target) target.line(new TextDecoder().decode(csv.header).trimEnd());
    else target.write(csv.header, 1);
  }

  /** Prints the messages of a batch, or those of them that it may take the time for. */
  print(batch: Batch): void {
    const target = this.#target;
    if ("line" in target) return this.#show(batch, (text) => target.line(text));
    if (target.gone) return;
    const { count, byteLength } = batch;
    const budget = this.#earn();
    if (!isBehind(batch)) this.#saturated = false;
    else if (budget < PER_MS * SAVED_MS / 2) this.#saturated = true;
    const cost = (count * LINE_COST + byteLength) * (this.#saturated ? SATURATED_TIMES : 1);
    const affordable = Math.floor(count * Math.min(1, budget / cost));
    // Fewer would make many small writes.
    const taken = affordable === count ? count : affordable < MAX_PART ? 0 : MAX_PART;
    if (byteLength > MAX_BYTES || taken === 0 || !target.hasRoom(byteLength * taken / count)) {
      return this.#leaveOut(count);
    }
    this.#budget -= cost * taken / count;
    this.#lines.clear();
    this.#encode(taken === count ? batch : this.#part(batch, taken), this.#lines);
    target.write(this.#lines.view().slice(), taken);
    this.printed += taken;
    if (taken < count) this.#leaveOut(count - taken);
  }

  /** The first messages of a batch. */
  #part(batch: Batch, count: number): Batch {
    const part = this.#one;
    part.clear();
    for (let i = 0; i < count; i++) part.add(batch.at(i));
    return part;
  }

  /** A terminal gets one line for each message, whatever is in it. */
  #show(batch: Batch, line: (text: string) => boolean): void {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    for (let i = 0; i < batch.count; i++) {
      const bytes = batch.payloadEnd(i) - batch.topicStart(i);
      const cost = SHOWN_COST + bytes + CHARACTER_COST * Math.min(bytes, MAX_SHOWN);
      if (bytes > MAX_BYTES || this.#earn() < cost) return this.#leaveOut(batch.count - i);
      this.#budget -= cost;
      this.#one.clear();
      this.#one.add(batch.at(i));
      this.#lines.clear();
      this.#encode(this.#one, this.#lines);
      const text = decoder.decode(
        this.#lines.bytes.subarray(0, Math.min(this.#lines.length, 4 * MAX_SHOWN)),
      );
      const shown = escapeForTerminal(text.replace(/\r?\n$/, ""));
      if (line(shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown)) this.printed++;
      else return this.#leaveOut(batch.count - i);
    }
  }

  /** What may be spent now. */
  #earn(): number {
    const now = this.#options.clock.monotonic();
    const earned = (now - this.#budgetAt) * PER_MS;
    this.#budget = Math.min(this.#budget + earned, PER_MS * SAVED_MS);
    this.#budgetAt = now;
    return this.#budget;
  }

  #leaveOut(count: number): void {
    if (this.leftOut === 0) this.#options.onLate();
    this.leftOut += count;
  }
}

function isBehind(batch: Batch): boolean {
  const { count, byteLength, acknowledged } = batch;
  return count >= BEHIND_COUNT && byteLength >= BEHIND_BYTES ||
    acknowledged && count >= BEHIND_ACKS;
}
