/** The kinds of tables, by the extension of the file; each is loaded only when it is written. */

import type { Shape, TableFormat } from "./table.ts";

/** One kind of table. */
interface Kind {
  load(): Promise<{ readonly format: TableFormat }>;
  /** Whether it is opened in a spreadsheet: `wide` is its shape then. */
  readonly isSheet?: boolean;
}

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["xlsx", { load: () => import("./writers/xlsx.ts"), isSheet: true }],
  ["csv", { load: () => import("./writers/csv.ts") }],
  ["parquet", { load: () => import("./writers/parquet.ts") }],
  ["sqlite", { load: () => import("./writers/sqlite.ts") }],
  ["ndjson", { load: () => import("./writers/ndjson.ts") }],
  ["json", { load: () => import("./writers/json.ts") }],
]);

/** The extensions, in the order of the help. */
export const EXTENSIONS: readonly string[] = [...KINDS.keys()];

/** The extension of a path, `"csv"`; undefined where no table has it. */
export function extensionOf(path: string): string | undefined {
  const [, extension] = /[^\\/]\.([a-z]+)$/i.exec(path) ?? [];
  return EXTENSIONS.find((known) => known === extension?.toLowerCase());
}

/** The shape that a kind of table has unless another one is asked for. */
export function defaultShape(extension: string, excel: boolean): Shape {
  return excel || KINDS.get(extension)?.isSheet ? "wide" : "long";
}

/** Loads the writer of a kind. */
export async function loadFormat(extension: string): Promise<TableFormat> {
  return (await KINDS.get(extension)!.load()).format;
}
