/**
 * The part of `@std/cli/parse-args` that is used here. Where it differs from the real types it is
 * the narrower one, so that what passes here passes there.
 */

export interface ParseOptions {
  string?: readonly string[];
  boolean?: readonly string[];
  collect?: readonly string[];
}

export declare function parseArgs(
  args: string[],
  options: ParseOptions,
): { [name: string]: unknown; _: (string | number)[] };
