/** Reads the messages of a set of recordings, merged in order of time, in bounded memory. */

import { findEnd } from "../files/file_end.ts";
import { beside, finishedFiles } from "../files/finished_name.ts";
import { openRecorded } from "../files/gzip_file.ts";
import { isRecording } from "../files/is_recording.ts";
import { type Format, type FormatName, formatsOf } from "../formats/mod.ts";
import { cannotRead, RecordingError } from "../locale/errors.ts";
import type { Batch } from "../message/batch.ts";
import { formatsFound, hasProperties } from "./detect_properties.ts";
import { Inspection } from "./inspect.ts";
import type { Named } from "./named_recordings.ts";

/** Consecutive messages `[from, to)` of a batch, which the next run may overwrite. */
export interface Run {
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
}

/**
 * One file that is read, up to the size that it had when the set was opened. The finished files of a
 * recording come before the open one, in the order of their numbers.
 */
export interface RecordedFile {
  /** The recording that it belongs to. */
  readonly base: string;
  readonly path: string;
  readonly format: Format;
  readonly bytes: number;
  /** To find it again where it is finished meanwhile; null: the system has none. */
  readonly inode: number | null;
}

/** What is no row of ours: at the end of a file (`torn`), or with other rows behind it. */
export interface FileProblem {
  readonly path: string;
  readonly type: "torn" | "malformed";
  /** Whole rows before it. */
  readonly row: number;
  readonly bytes: number;
}

/** Problems that are remembered. */
const MAX_PROBLEMS = 20;

/** Recordings whose messages are read in as many passes as needed: each gives the same ones. */
export class RecordingSet {
  /** What the last whole pass has found; not of a recording that is being written. */
  readonly problems: FileProblem[] = [];
  /** Bytes that the present pass has read. */
  bytesRead = 0;

  private constructor(readonly files: readonly RecordedFile[]) {}

  /**
   * Chooses one file of each recording, or of each of its parts with `--rotate`: its rows are the same in every format. CSV is preferred, as
   * it is read faster, unless only another one is whole.
   *
   * @throws {RecordingError} A file cannot be read, or is not ours.
   */
  static async open(recordings: readonly Named[]): Promise<RecordingSet> {
    const files: RecordedFile[] = [];
    for (const { base, paths, finished = [] } of recordings) {
      for (const part of finished) files.push(await chooseFile({ base, paths: part.paths }));
      if (paths.size > 0) files.push(await chooseFile({ base, paths }));
    }
    return new RecordingSet(files);
  }

  /** Whether rows of any file have properties. */
  get withProperties(): boolean {
    return this.files.some(({ format }) => Object.values(formatsOf(true)).includes(format));
  }

  /** Bytes of one pass. */
  get bytes(): number {
    return this.files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * All messages in order of time; those of one recording in the order in which they were received,
   * those of equal times in the order of the recordings.
   *
   * @throws {RecordingError} The disk fails.
   */
  async *runs(): AsyncGenerator<Run, void, unknown> {
    using open = new DisposableStack();
    this.problems.length = this.bytesRead = 0;
    const sources: Source[] = [];
    for (const files of Map.groupBy(this.files, ({ base }) => base).values()) {
      const [file, ...later] = files;
      const source = { file: file!, later, inspection: await openFile(file!), at: 0 };
      open.defer(() => source.inspection[Symbol.dispose]());
      sources.push(source);
    }
    const reading: Source[] = [];
    for (const source of sources) if (await this.#next(source)) reading.push(source);
    while (reading.length > 0) {
      const first = earliest(reading);
      const { inspection: { batch }, at } = first;
      const to = reading.length === 1 ? batch.count : runEnd(first, reading);
      yield { batch, from: at, to };
      first.at = to;
      if (to === batch.count && !(await this.#next(first))) {
        reading.splice(reading.indexOf(first), 1);
      }
    }
  }

  /** The next messages of a recording: of the present file, or of those behind it. */
  async #next(source: Source): Promise<boolean> {
    while (!await this.#nextInFile(source)) {
      const file = source.later.shift();
      if (file === undefined) return false;
      const next = await openFile(file);
      source.inspection[Symbol.dispose]();
      source.file = file;
      source.inspection = next;
    }
    return true;
  }

  async #nextInFile(source: Source): Promise<boolean> {
    const { inspection, file } = source;
    const { base, path } = file;
    let before = inspection.position;
    for (;;) {
      const more = await inspection.read();
      this.bytesRead += inspection.position - before;
      before = inspection.position;
      source.at = 0;
      if (more) return true;
      const problem = await inspection.problem();
      if (problem === undefined || problem.type === "unfinished") return false;
      if (problem.type === "torn") {
        // A commit that was in progress when the set was opened.
        const live = await inspection.changed() || await isRecording(base);
        if (!live) this.#note({ path, type: "torn", row: inspection.rows, bytes: problem.bytes });
        return false;
      }
      const bytes = await inspection.skipDamage();
      this.#note({ path, type: "malformed", row: inspection.rows, bytes });
      if (before + bytes >= file.bytes) return false;
    }
  }

  #note(problem: FileProblem): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
  }
}

interface Source {
  file: RecordedFile;
  /** Of the same recording, read one after the other. */
  readonly later: RecordedFile[];
  inspection: Inspection;
  /** Next message of its batch. */
  at: number;
}

function timeOf({ inspection: { batch }, at }: Source): number {
  return batch.time(at);
}

function earliest(sources: readonly Source[]): Source {
  return sources.reduce((best, source) => timeOf(source) < timeOf(best) ? source : best);
}

/** Where the messages of `first` end that come before those of every other source. */
function runEnd(first: Source, sources: readonly Source[]): number {
  const own = sources.indexOf(first);
  let limit = Infinity, inclusive = true;
  for (const [i, source] of sources.entries()) {
    if (i === own || timeOf(source) > limit) continue;
    inclusive = timeOf(source) < limit ? own < i : inclusive && own < i;
    limit = timeOf(source);
  }
  const { batch } = first.inspection;
  let to = first.at + 1;
  while (to < batch.count && (batch.time(to) < limit || inclusive && batch.time(to) === limit)) {
    to++;
  }
  return to;
}

/** Opens a file where it is now: it may have been finished or compressed since the set was opened. */
async function openFile({ base, path, format, bytes, inode }: RecordedFile): Promise<Inspection> {
  const options = { counts: false, bytes };
  const there = await Deno.stat(path).catch(() => undefined);
  if (there === undefined && await Deno.stat(`${path}.gz`).then(() => true, () => false)) {
    return await Inspection.open(`${path}.gz`, format, options);
  }
  if (there === undefined || there.ino === inode) {
    return await Inspection.open(path, format, options);
  }
  for (const { name } of await finishedFiles(base)) {
    const finished = beside(base, name);
    if ((await Deno.stat(finished).catch(() => undefined))?.ino !== inode) continue;
    return await Inspection.open(finished, format, options);
  }
  throw new RecordingError((t) => t.fileChanged(path));
}

async function chooseFile({ base, paths }: Named): Promise<RecordedFile> {
  const formats = await formatsFound(paths);
  let first: RecordedFile | undefined;
  for (const name of ["csv", "json", "ndjson"] satisfies FormatName[]) {
    const path = paths.get(name);
    if (path === undefined) continue;
    const format = (formats ?? formatsOf(await hasProperties(path, name) ?? false))[name];
    const { ino: inode } = await Deno.stat(path).catch((cause) => {
      throw cannotRead(path, cause);
    });
    const { bytes, whole } = await measure(path, format);
    const file = { base, path, format, inode, bytes };
    if (whole) return file;
    first ??= file;
  }
  return first!;
}

/** The size of a file, and whether it ends with a whole row. */
async function measure(
  path: string,
  format: Format,
): Promise<{ readonly bytes: number; readonly whole: boolean }> {
  // Says what it is where it is no recording.
  using inspection = await Inspection.open(path, format);
  const { bytes } = inspection;
  try {
    using file = await openRecorded(path);
    const found = await findEnd(file, bytes, format);
    return { bytes, whole: found !== "foreign" && found.end + format.footer.length === bytes };
  } catch (cause) {
    throw cause instanceof RecordingError ? cause : cannotRead(path, cause);
  }
}
