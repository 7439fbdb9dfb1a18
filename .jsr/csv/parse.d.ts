/** The part of `@std/csv/parse` that is used here, with its true types. */

export interface ParseOptions {
  separator?: string;
  comment?: string;
  trimLeadingSpace?: boolean;
  lazyQuotes?: boolean;
  fieldsPerRecord?: number;
  skipFirstRow?: false;
}

export declare function parse(input: string, options?: ParseOptions): string[][];
