/** The part of `@std/csv/parse` that is used here: rows as arrays of text. */

export declare function parse(input: string): string[][];
export declare function parse(
  input: string,
  options: { separator?: string; fieldsPerRecord?: number; skipFirstRow?: false },
): string[][];
