/** Keeps the state of a run in a file so that a power cut at any moment leaves one whole copy. */

import { sha256 } from "../system/fingerprint.ts";
import { writeAll } from "../system/write_all.ts";
import { readAt } from "./file_end.ts";
import { parseState, type RunState } from "./run_state.ts";

/** Bytes of a slot; the second figure holds the filters of any command line. */
const MIN_SLOT = 4096, MAX_SLOT = 1 << 22;
const SPACE = 32, NEWLINE = 10;
const CHECKSUM = ',"checksum":"', DIGITS = 16;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A state and which of two is newer. */
interface Copy {
  readonly state: RunState;
  readonly sequence: number;
  /** Length of its text. */
  readonly length: number;
}

/** What a file holds. */
export interface Found {
  /** undefined: nothing that can be read. */
  readonly state: RunState | undefined;
  /** It was written by version 0.1.0. */
  readonly plain: boolean;
}

/**
 * Two copies with checksums, in slots of fixed size: in place, since ext4 may leave NULs where a
 * file had grown. The first is what was synced, the second what is noted in between; neither is
 * written while the other is not on the disk. Together they are one JSON object, in which a reader
 * that knows no slots (version 0.1.0) finds the second.
 */
export class StateSlots {
  readonly #file: Deno.FsFile;
  #slotBytes: number;
  #sequence: number;
  /** Both slots are there. */
  #begun: boolean;

  private constructor(file: Deno.FsFile, slotBytes: number, sequence: number) {
    this.#file = file;
    this.#slotBytes = slotBytes;
    this.#sequence = sequence;
    this.#begun = sequence > 0;
  }

  /**
   * Reads what is there, of a file of any size.
   *
   * @throws Where a lock keeps it from being read (Windows).
   */
  static async open(file: Deno.FsFile): Promise<{ slots: StateSlots; found: Found }> {
    const { size } = await file.stat();
    const bytes = await readAt(file, 0, Math.min(size, 2 * MAX_SLOT));
    const first = await readCopy(bytes.subarray(0, MAX_SLOT), "{");
    let last = first, slotBytes = slotFor(first?.length ?? 0);
    for (let at = MIN_SLOT; at < bytes.length; at *= 2) {
      const copy = await readCopy(bytes.subarray(at, 2 * at), "");
      if (copy === undefined || copy.sequence < (last?.sequence ?? 0)) continue;
      last = copy;
      slotBytes = at;
    }
    if (last !== undefined) {
      return {
        slots: new StateSlots(file, slotBytes, last.sequence),
        found: { state: last.state, plain: false },
      };
    }
    const text = decoder.decode(bytes);
    const state = text.includes(CHECKSUM) ? undefined : parseState(text);
    const plain = state !== undefined;
    // The second slot is written first: it must not overlap what is there.
    if (plain) slotBytes = slotFor(bytes.length);
    return { slots: new StateSlots(file, slotBytes, 0), found: { state, plain } };
  }

  /**
   * Notes a state, unsynced.
   *
   * @throws It cannot be written.
   */
  async write(state: RunState): Promise<void> {
    const text = await this.#textOf(state);
    if (this.#fits(text)) await this.#writeSlot(1, text);
    else await this.#writeBoth(text);
  }

  /**
   * Notes a state that must outlive a power cut.
   *
   * @throws It cannot be written.
   */
  async writeSynced(state: RunState): Promise<void> {
    await this.#writeBoth(await this.#textOf(state));
  }

  async #writeBoth(text: Uint8Array): Promise<void> {
    // A longer first slot would overlap the second one of before.
    const moved = !this.#fits(text);
    this.#slotBytes = Math.max(this.#slotBytes, slotFor(text.length));
    if (moved) await this.#writeSlot(1, text);
    await this.#file.sync();
    await this.#writeSlot(0, text);
    await this.#file.truncate(2 * this.#slotBytes);
    await this.#file.sync();
    this.#begun = true;
    if (!moved) await this.#writeSlot(1, text);
  }

  /** Whether there are two slots, and each has room for it. */
  #fits(text: Uint8Array): boolean {
    return this.#begun && slotFor(text.length) <= this.#slotBytes;
  }

  /** The inside of the object, its checksum behind it. */
  async #textOf(state: RunState): Promise<Uint8Array> {
    const inside = JSON.stringify({ ...state, sequence: ++this.#sequence }).slice(1, -1);
    return encoder.encode(`${inside}${CHECKSUM}${await checksum(inside)}"`);
  }

  async #writeSlot(slot: 0 | 1, text: Uint8Array): Promise<void> {
    const bytes = new Uint8Array(this.#slotBytes).fill(SPACE);
    bytes.set(text, slot === 0 ? 1 : 0);
    if (slot === 0) bytes[0] = "{".charCodeAt(0);
    const end = slot === 0 ? "," : "}";
    if (slot === 0) bytes[text.length + 1] = end.charCodeAt(0);
    else bytes[bytes.length - 2] = end.charCodeAt(0);
    bytes[bytes.length - 1] = NEWLINE;
    await this.#file.seek(slot * this.#slotBytes, Deno.SeekMode.Start);
    await writeAll(this.#file, bytes);
  }
}

/** The smallest slot for so many bytes, and what stands around them. */
function slotFor(length: number): number {
  let slotBytes = MIN_SLOT;
  while (slotBytes < length + 2) slotBytes *= 2;
  return slotBytes;
}

async function checksum(text: string): Promise<string> {
  return (await sha256(text)).slice(0, DIGITS);
}

/** The copy that `bytes` begin with; undefined where there is none, or not all of it. */
async function readCopy(bytes: Uint8Array, start: string): Promise<Copy | undefined> {
  const text = decoder.decode(bytes);
  if (!text.startsWith(`${start}"`)) return undefined;
  const end = text.indexOf(CHECKSUM);
  if (end < 0) return undefined;
  const inside = text.slice(start.length, end);
  const from = end + CHECKSUM.length;
  if (text.slice(from, from + DIGITS) !== await checksum(inside)) return undefined;
  const { sequence, ...written } = JSON.parse(`{${inside}}`);
  const state = parseState(JSON.stringify(written));
  if (state === undefined || !Number.isSafeInteger(sequence)) return undefined;
  return { state, sequence, length: end + CHECKSUM.length + DIGITS + 1 };
}
