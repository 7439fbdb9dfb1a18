/** Opens the files of a recording, repaired and reconciled: all of them or none. */

import type { RecorderOptions } from "./recorder_options.ts";
import type { RecorderEvent } from "./recorder_events.ts";
import { type Format, type FormatName, FORMATS, formatsOf } from "../formats/mod.ts";
import type { RowsEnd } from "../files/file_end.ts";
import { hasProperties, refuseOther } from "../reading/detect_properties.ts";
import { rowsEndAfter, rowsEndAtZeros } from "../reading/rows_end.ts";
import { type Opened, reconcileFiles } from "./reconcile_files.ts";
import { AppendFile } from "../files/append_file.ts";
import { cannot } from "../files/regular_file.ts";
import { cannotRead, RecordingError } from "../locale/errors.ts";
import { whenFree } from "../files/when_free.ts";

/** How far back a page that a power cut left empty is looked for, where no checkpoint is known. */
const WINDOW_BYTES = 8 << 20;

type OpenOptions = Pick<
  RecorderOptions,
  | "output"
  | "formats"
  | "properties"
  | "checkpoints"
  | "diverged"
  | "previousEnd"
  | "rawNuls"
  | "rotation"
>;

/** Files that are open, repaired and reconciled, in the order of `FORMATS`. */
export interface OpenFiles {
  readonly wanted: readonly AppendFile<Format>[];
  /** With rotation: those of other formats that are there. The caller closes them. */
  readonly leftOut: readonly AppendFile<Format>[];
}

/**
 * Opens the requested files; with rotation also those of formats that are left out from now on.
 *
 * @throws {RecordingError} A file cannot be opened.
 */
export async function openFiles(
  options: OpenOptions,
  onEvent: (event: RecorderEvent) => void,
): Promise<OpenFiles> {
  return await whenFree(() => openAll(options, onEvent));
}

async function openAll(
  options: OpenOptions,
  onEvent: (event: RecorderEvent) => void,
): Promise<OpenFiles> {
  const { output, formats, properties = false, checkpoints = {}, diverged = [] } = options;
  const { previousEnd: end = options.checkpoints ? "killed" : "ended" } = options;
  // Files that only a killed run wrote are opened too: they are repaired and reconciled first.
  const names = (Object.keys(FORMATS) as FormatName[]).filter((name) =>
    formats.includes(name) || end === "killed" && FORMATS[name].extension in checkpoints
  );
  // Before any repair, so that refused files stay untouched.
  await refuseOther(output, names, properties);
  const others = options.rotation ? await ownFiles(output, names, properties) : [];
  const opened: Opened[] = [];
  try {
    for (const name of [...names, ...others]) {
      const format = formatsOf(properties)[name];
      const path = `${output}.${format.extension}`;
      const sizeBefore = await Deno.lstat(path).then(({ size }) => size, () => undefined);
      const rowsEnd = await knownEnd(path, format, { ...options, previousEnd: end })
        .catch((cause) => {
          throw cannot(path, cause);
        });
      const appendFile = await AppendFile.open(path, format, { rowsEnd }).catch((error) => {
        if (!others.includes(name)) throw error;
      });
      // Nobody asked for it: one that cannot be opened stays as it is.
      if (appendFile === undefined) continue;
      opened.push({ appendFile, sizeBefore });
      if (appendFile.torn) onEvent({ type: "torn", torn: appendFile.torn });
    }
    for (const event of await reconcileFiles(opened, { end, checkpoints, diverged })) {
      onEvent(event);
    }
  } catch (error) {
    for (const { appendFile } of opened) appendFile[Symbol.dispose]();
    throw error instanceof RecordingError ? error : cannotRead(output, error);
  }
  const isWanted = ({ format: { extension } }: AppendFile<Format>) =>
    formats.some((name) => FORMATS[name].extension === extension);
  const files = opened.map(({ appendFile }) => appendFile);
  const leftOut = files.filter((file) => !isWanted(file));
  if (!options.rotation) { for (const other of leftOut) other[Symbol.dispose](); }
  return { wanted: files.filter(isWanted), leftOut: options.rotation ? leftOut : [] };
}

/** Formats beside those named of which a file of this recording is there. */
async function ownFiles(
  output: string,
  names: readonly FormatName[],
  properties: boolean,
): Promise<FormatName[]> {
  const found: FormatName[] = [];
  for (const name of Object.keys(FORMATS) as FormatName[]) {
    if (names.includes(name)) continue;
    const path = `${output}.${FORMATS[name].extension}`;
    if (await hasProperties(path, name) === properties) found.push(name);
  }
  return found;
}

/** Where the rows of a file end, as far as the run before tells. */
async function knownEnd(
  path: string,
  format: Format,
  { checkpoints = {}, previousEnd, rawNuls }: Pick<
    RecorderOptions,
    "checkpoints" | "previousEnd" | "rawNuls"
  >,
): Promise<RowsEnd | undefined> {
  const checkpoint = checkpoints[format.extension];
  if (previousEnd === "unknown") return await rowsEndAtZeros(path, format, WINDOW_BYTES);
  return checkpoint === undefined
    ? undefined
    : await rowsEndAfter(path, format, checkpoint, { rawNuls });
}
