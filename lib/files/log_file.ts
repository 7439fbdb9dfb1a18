/** A file of rows that are appended durably: the gap log, the marks, the index of finished files. */

import type { Layout } from "../formats/mod.ts";
import { FileChangedError } from "../locale/errors.ts";
import { AppendFile, type Torn } from "./append_file.ts";
import { isThere } from "./is_there.ts";

export class LogFile implements Disposable {
  readonly path: string;
  readonly #layout: Layout;
  #file: AppendFile | undefined;
  /** Whether a failed write may have left a part of its rows. */
  #uncommitted = false;
  /** Called when another program has moved, emptied, deleted (`begun`) or changed the file. */
  onReplaced: (begun: boolean) => void = () => {};

  private constructor(path: string, layout: Layout, file: AppendFile | undefined) {
    this.path = path;
    this.#layout = layout;
    this.#file = file;
  }

  /**
   * Opens an existing file; a new one is created with its first row.
   *
   * @param output Base path of the recording; the caller holds its lock.
   * @throws {RecordingError} The existing file cannot be continued.
   */
  static async open(output: string, layout: Layout): Promise<LogFile> {
    const path = `${output}.${layout.extension}`;
    const exists = await isThere(path);
    return new LogFile(path, layout, exists ? await AppendFile.open(path, layout) : undefined);
  }

  /** The torn end that was moved away when the file was opened. */
  get torn(): Torn | undefined {
    return this.#file?.torn;
  }

  /**
   * Resolves when whole rows are on disk. One call at a time.
   *
   * @throws They cannot be written; the next call begins behind the last whole row.
   */
  async append(rows: string): Promise<void> {
    const file = this.#file ??= await AppendFile.open(this.path, this.#layout);
    if (this.#uncommitted || !await file.intact()) await this.#restore(file);
    this.#uncommitted = true;
    await file.write(new TextEncoder().encode(rows));
    await file.sync();
    // A sync is not enough: the file may have been deleted or moved meanwhile.
    if (!await file.intact()) throw new FileChangedError(this.path);
    file.commit();
    this.#uncommitted = false;
  }

  /**
   * Looks whether the file is as it was left, and continues what is there if not. Never while
   * `append` runs.
   *
   * @throws It cannot be continued.
   */
  async look(): Promise<void> {
    const file = this.#file;
    if (file && (this.#uncommitted || !await file.intact(true))) await this.#restore(file);
  }

  async #restore(file: AppendFile): Promise<void> {
    const end = await file.rollBack();
    this.#uncommitted = false;
    if (end !== "cut") this.onReplaced(end === "begun");
  }

  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
  }
}
