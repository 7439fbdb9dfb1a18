/** What keys are read from. */

/** A terminal to read from; the first part is what `Deno.stdin` has. */
export interface Keyboard {
  read(into: Uint8Array): Promise<number | null>;
  isTerminal(): boolean;
  setRaw(raw: boolean, options?: { cbreak: boolean }): void;
  /** Whether it may belong to others by now, who are in front. @default {false} */
  readonly suspended?: boolean;
  /** Ends a read that is pending. @default {it stays} */
  close?(): void;
}
