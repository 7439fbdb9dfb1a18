/** The part of `@std/cli/parse-args` that is used here, with its true types. */

export interface ParseOptions {
  string?: readonly string[];
  boolean?: readonly string[];
  collect?: readonly string[];
  alias?: Readonly<Record<string, string | readonly string[]>>;
  stopEarly?: boolean;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

export interface Args {
  _: (string | number)[];
  // deno-lint-ignore no-explicit-any -- as in @std/cli
  [name: string]: any;
}

export declare function parseArgs(args: string[], options?: ParseOptions): Args;
