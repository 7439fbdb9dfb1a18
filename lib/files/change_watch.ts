/** Notices that another program has written into a file in place, by the file's time. */

/** Windows sets the time when it likes. */
const IS_EXACT = Deno.build.os !== "windows";

export class ChangeWatch {
  /** The file's time after our last write, ms since the epoch. */
  #mtime: number | undefined;
  /** Whether another program has written into the file, or set its time. */
  found = false;

  /**
   * @param ours Whether we have written since the last look.
   * @param settled Whether what we wrote is synced: some file systems set the time then.
   */
  look({ mtime }: Pick<Deno.FileInfo, "mtime">, ours: boolean, settled: boolean): void {
    const time = IS_EXACT ? mtime?.getTime() : undefined;
    this.found ||= !ours && this.#mtime !== undefined && time !== this.#mtime;
    this.#mtime = settled ? time : undefined;
  }

  /** The file is another one, or was changed by us. */
  reset(): void {
    this.#mtime = undefined;
  }
}
