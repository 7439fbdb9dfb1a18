/** Reads the messages of a set of recordings, merged in order of time, in bounded memory. */

import { findEnd } from "../files/file_end.ts";
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

/** One file that is read, up to the size that it had when the set was opened. */
export interface RecordedFile {
  /** The recording that it belongs to. */
  readonly base: string;
  readonly path: string;
  readonly format: Format;
  readonly bytes: number;
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
   * Chooses one file of each recording: its rows are the same in every format. CSV is preferred, as
   * it is read faster, unless only another one is whole.
   *
   * @throws {RecordingError} A file cannot be read, or is not ours.
   */
  static async open(recordings: readonly Named[]): Promise<RecordingSet> {
    return new RecordingSet(await Promise.all(recordings.map(chooseFile)));
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
    for (const file of this.files) {
      const { path, format, bytes } = file;
      const inspection = open.use(await Inspection.open(path, format, { counts: false, bytes }));
      sources.push({ file, inspection, at: 0 });
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

  async #next(source: Source): Promise<boolean> {
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
  readonly file: RecordedFile;
  readonly inspection: Inspection;
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

async function chooseFile({ base, paths }: Named): Promise<RecordedFile> {
  const formats = await formatsFound(paths);
  const candidates: (RecordedFile & { readonly whole: boolean })[] = [];
  for (const name of ["csv", "json", "ndjson"] satisfies FormatName[]) {
    const path = paths.get(name);
    if (path === undefined) continue;
    const format = (formats ?? formatsOf(await hasProperties(path, name) ?? false))[name];
    candidates.push({ base, path, format, ...await measure(path, format) });
  }
  const { whole: _, ...file } = candidates.find(({ whole }) => whole) ?? candidates[0]!;
  return file;
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
    using file = await Deno.open(path);
    const found = await findEnd(file, bytes, format);
    return { bytes, whole: found !== "foreign" && found.end + format.footer.length === bytes };
  } catch (cause) {
    throw cause instanceof RecordingError ? cause : cannotRead(path, cause);
  }
}
