/** The part of `@std/csv/stringify` that is used here, with its true types. */

export interface StringifyOptions {
  headers?: boolean;
  separator?: string;
  columns?: readonly string[];
  bom?: boolean;
}

export declare function stringify(
  data: readonly (readonly unknown[] | Readonly<Record<string, unknown>>)[],
  options?: StringifyOptions,
): string;
