/** Whether a recording holds properties, found at its beginning. */

import { RecordingError } from "../locale/errors.ts";
import { readAt, startsWith } from "../files/file_end.ts";
import {
  type Format,
  type FormatName,
  FORMATS,
  FORMATS_WITH_PROPERTIES,
  formatsOf,
} from "../formats/mod.ts";

const LF = 10;
/** Bytes read at once on the way to the end of the first row. */
const STEP = 1 << 20;
/** What the first row ends with; nothing but the object of the properties has a brace there too. */
const ENDS = { withProperties: "}}", plain: "e}" } as const;

/**
 * What its header says, or its first row; undefined where neither is there, or the file is none of
 * ours, which whoever opens it finds out.
 */
export async function hasProperties(path: string, name: FormatName): Promise<boolean | undefined> {
  try {
    // A pipe would wait for a writer.
    if (!(await Deno.stat(path)).isFile) return undefined;
    using file = await Deno.open(path);
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

async function endsWithProperties(file: Deno.FsFile, from: number): Promise<boolean | undefined> {
  for (let at = from;;) {
    const bytes = await readAt(file, at, STEP);
    const line = bytes.indexOf(LF);
    if (line >= 0) {
      // Before the line feed a comma, unless the row is the last.
      const end = new TextDecoder().decode(await readAt(file, at + line - 3, 3)).replace(/,$/, "");
      if (end.endsWith(ENDS.withProperties)) return true;
      return end.endsWith(ENDS.plain) ? false : undefined;
    }
    if (bytes.length < STEP) return undefined;
    at += STEP;
  }
}

/**
 * The format of each file of a recording; one that does not tell has that of the other.
 *
 * @returns undefined where one file holds properties and another does not.
 */
export async function formatsFound(
  paths: ReadonlyMap<FormatName, string>,
): Promise<Readonly<Record<FormatName, Format>> | undefined> {
  const found = await Promise.all([...paths].map(([name, path]) => hasProperties(path, name)));
  if (found.includes(true) && found.includes(false)) return undefined;
  return formatsOf(found.includes(true));
}

/**
 * Looks at the files that are to be continued; those that are not there are begun.
 *
 * @throws {RecordingError} One of them was begun the other way: its rows would be of two kinds.
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
