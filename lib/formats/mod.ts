/** The file formats. Each turns a batch into bytes and back, without files. */

import { csv, csvWithProperties } from "./csv.ts";
import type { Format } from "./format.ts";
import { json, jsonWithProperties } from "./json.ts";
import { ndjson, ndjsonWithProperties } from "./ndjson.ts";

export type { Ambiguity, EndScan, Format, Layout } from "./format.ts";

/** Every format. Static, because `deno compile` includes only what is imported. */
export const FORMATS = { csv, json, ndjson } satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

/** The same formats with MQTT 5 properties in each row, for `--properties`. */
export const FORMATS_WITH_PROPERTIES = {
  csv: csvWithProperties,
  json: jsonWithProperties,
  ndjson: ndjsonWithProperties,
} satisfies Record<
  FormatName,
  Format
>;

/** @param properties Whether rows hold properties. */
export function formatsOf(properties: boolean): Readonly<Record<FormatName, Format>> {
  return properties ? FORMATS_WITH_PROPERTIES : FORMATS;
}
