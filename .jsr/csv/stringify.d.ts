/** The part of `@std/csv/stringify` that is used here, its arrays as the real types want them. */

export interface StringifyOptions {
  headers?: boolean;
  separator?: string;
  columns?: string[];
  bom?: boolean;
}

export declare function stringify(
  data: (Record<string, unknown> | unknown[])[],
  options?: StringifyOptions,
): string;
