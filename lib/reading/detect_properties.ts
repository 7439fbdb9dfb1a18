/** Detects from the start of a recording whether its rows hold properties. */

import { RecordingError } from "../locale/errors.ts";
import { openRecorded, type SeekableFile } from "../files/gzip_file.ts";
import { readAt, startsWith } from "../files/file_end.ts";
import {
  type Format,
  type FormatName,
  FORMATS,
  FORMATS_WITH_PROPERTIES,
  formatsOf,
} from "../formats/mod.ts";

const LF = 10;
/** Bytes read at once while looking for the end of the first row. */
const STEP = 1 << 20;
/** The end of the first row; the properties object adds a second brace. */
const ENDS = { withProperties: "}}", plain: "e}" } as const;

/**
 * Whether the header or first row holds properties; undefined if there is neither, or the file is
 * not ours (opening it will report that).
 */
export async function hasProperties(path: string, name: FormatName): Promise<boolean | undefined> {
  try {
    // A pipe would wait for a writer.
    if (!(await Deno.stat(path)).isFile) return undefined;
    using file = await openRecorded(path);
    if (name === "csv") {
      const head = await readAt(file, 0, FORMATS_WITH_PROPERTIES.csv.header.length);
      if (startsWith(head, FORMATS_WITH_PROPERTIES.csv.header)) return true;
      return startsWith(head, FORMATS.csv.header) ? false : undefined;
    }
    const { header, firstRow } = FORMATS[name];
    const head = await readAt(file, 0, header.length + firstRow.length);
    if (!startsWith(head, header) || !startsWith(head.subarray(header.length), firstRow)) {
      return undefined;
    }
    return await endsWithProperties(file, head.length);
  } catch {
    return undefined;
  }
}

async function endsWithProperties(file: SeekableFile, from: number): Promise<boolean | undefined> {
  for (let at = from;;) {
    const bytes = await readAt(file, at, STEP);
    const line = bytes.indexOf(LF);
    if (line >= 0) {
      // A comma precedes the line feed, unless the row is the last.
      const end = new TextDecoder().decode(await readAt(file, at + line - 3, 3)).replace(/,$/, "");
      if (end.endsWith(ENDS.withProperties)) return true;
      return end.endsWith(ENDS.plain) ? false : undefined;
    }
    if (bytes.length < STEP) return undefined;
    at += STEP;
  }
}

/**
 * The format of each file of a recording; an undecided file follows the other one.
 *
 * @returns undefined if one file holds properties and the other does not.
 */
export async function formatsFound(
  paths: ReadonlyMap<FormatName, string>,
): Promise<Readonly<Record<FormatName, Format>> | undefined> {
  const found = await Promise.all([...paths].map(([name, path]) => hasProperties(path, name)));
  if (found.includes(true) && found.includes(false)) return undefined;
  return formatsOf(found.includes(true));
}

/**
 * Refuses to add rows with properties to a file without, or the reverse.
 *
 * @throws {RecordingError} A file does not match `properties`.
 */
export async function refuseOther(
  output: string,
  names: readonly FormatName[],
  properties: boolean,
): Promise<void> {
  for (const name of names) {
    const path = `${output}.${FORMATS[name].extension}`;
    const has = await hasProperties(path, name);
    if (has === !properties) throw new RecordingError((t) => t.otherProperties(path, has));
  }
}
