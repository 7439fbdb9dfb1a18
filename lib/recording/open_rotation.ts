/** Opens the files of a recording, and finds out what they hold: then they are finished when due. */

import type { AppendFile } from "../files/append_file.ts";
import { type Format, type FormatName, FORMATS } from "../formats/mod.ts";
import { RowReader } from "../reading/row_reader.ts";
import { FileSet } from "./file_set.ts";
import { type OpenFiles, openFiles } from "./open_files.ts";
import { openForReading } from "./reconcile.ts";
import { hasRows } from "./reconcile_files.ts";
import type { RecorderEvent } from "./recorder_events.ts";
import type { RecorderOptions, RotationOptions } from "./recorder_options.ts";
import { type Holding, Rotation } from "./rotation.ts";

/** Bytes in which a first row is looked for. */
const HEAD_BYTES = 64 * 1024;

/** Open files of a recording, and when they are finished. */
export interface OpenRecording {
  readonly appendFiles: readonly AppendFile<Format>[];
  /** undefined: never. */
  readonly rotation: Rotation | undefined;
  /** Whether those that held rows were finished: the present ones hold none. */
  readonly areNew: boolean;
}

/**
 * Opens, repairs and reconciles the files of a recording. With rotation, files that hold rows are finished
 * first where one of another format is new, or a format is left out from now on: every number has the
 * same rows in all of its formats then, unless they differed before, which is reported.
 *
 * @throws {RecordingError} A file cannot be opened, read or finished.
 */
export async function openRecording(
  options: RecorderOptions,
  onEvent: (event: RecorderEvent) => void,
): Promise<OpenRecording> {
  const { rotation, formats, output, clock } = options;
  const diverged: RecorderEvent[] = [], added: RecorderEvent[] = [];
  const files = await openFiles(options, (event) => {
    if (rotation && event.type === "begunAnew") return added.push(event);
    if (event.type === "behind" || event.type === "diverged") diverged.push(event);
    onEvent(event);
  });
  const { wanted: appendFiles, leftOut } = files;
  if (rotation === undefined) return { appendFiles, rotation, areNew: false };
  try {
    const number = await finishFormats(files, { ...options, rotation }, onEvent);
    // Where the others are finished, a new file lacks nothing.
    if (number === undefined) { for (const event of added) onEvent(event); }
    const counted = rotation.limits.rows !== undefined;
    const holding = await holdingOf(appendFiles.find(hasRows) ?? appendFiles[0]!, counted);
    const parts = {
      ...{ output, formats, clock, onEvent },
      options: number === undefined ? rotation : { ...rotation, lastNumber: number },
    };
    const opened = new Rotation(parts, holding);
    if (number === undefined && diverged.length + added.length > 0) opened.forget();
    return { appendFiles, rotation: opened, areNew: number !== undefined };
  } catch (error) {
    for (const file of appendFiles) file[Symbol.dispose]();
    throw error;
  } finally {
    for (const file of leftOut) file[Symbol.dispose]();
  }
}

/**
 * Finishes the files that hold rows, unless those of all wanted formats do and no other does.
 *
 * @returns The number they were given; undefined: none was finished.
 * @throws {RecordingError} New ones cannot be begun.
 */
async function finishFormats(
  { wanted, leftOut }: OpenFiles,
  options: RecorderOptions & { readonly rotation: RotationOptions },
  onEvent: (event: RecorderEvent) => void,
): Promise<number | undefined> {
  const { output, clock, rotation } = options;
  const all = [...wanted, ...leftOut].filter(hasRows);
  if (wanted.every(hasRows) && all.length === wanted.length) return undefined;
  let holding: Holding | undefined;
  for (const file of all) {
    holding = await holdingOf(file, false);
    // Damage at its beginning: another one may tell when its rows begin.
    if (holding.begin !== undefined) break;
  }
  if (holding?.begin === undefined) return undefined;
  let number: number | undefined;
  const onFinished: RotationOptions["onFinished"] = (finished) => {
    number = finished.number;
    rotation.onFinished(finished);
  };
  const parts = {
    ...{ output, clock, onEvent, options: { ...rotation, onFinished } },
    formats: namesOf(all),
  };
  const old = new FileSet(all, onEvent, options.guard);
  const next = new FileSet(wanted, onEvent);
  let begun = false;
  await new Rotation(parts, holding).switchFiles({
    prepare: (failed) => old.prepare(failed),
    get sizes() {
      return begun ? next.sizes : old.sizes;
    },
    // Formats that are left out get no new file.
    beginNew: async () => {
      await new FileSet(wanted.filter((file) => all.includes(file)), onEvent).beginNew();
      begun = true;
    },
  }, () => {});
  return number;
}

function namesOf(files: readonly AppendFile<Format>[]): FormatName[] {
  const names = Object.keys(FORMATS) as FormatName[];
  return names.filter((name) =>
    files.some(({ format: { extension } }) => FORMATS[name].extension === extension)
  );
}

/** @param counted Whether its rows are counted: else only the first is read. */
async function holdingOf(
  { path, format, committed }: AppendFile<Format>,
  counted: boolean,
): Promise<Holding> {
  if (committed <= format.header.length + format.footer.length) {
    return { rows: 0, begin: undefined, end: undefined };
  }
  using file = await openForReading(path);
  const to = committed - format.footer.length;
  const reader = new RowReader(file, format, counted ? { to } : { to, chunkBytes: HEAD_BYTES });
  let rows = 0, begin: number | undefined, end: number | undefined;
  while (await reader.read()) {
    const { batch } = reader;
    begin ??= batch.time(0);
    if (!counted) return { rows: undefined, begin, end: undefined };
    rows += batch.count;
    end = batch.time(batch.count - 1);
  }
  // Old damage in the middle: its first rows are as old as it is.
  return { rows: reader.ending === "whole" ? rows : undefined, begin, end };
}
