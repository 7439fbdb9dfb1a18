/** Makes the configuration of a command line, or returns its error. */

import assert from "node:assert/strict";
import { type Config, makeConfig } from "../../lib/config/config.ts";
import { UsageError } from "../../lib/locale/errors.ts";
import { exampleOf, type Flag } from "../../lib/config/command_line.ts";
import { FLAGS, parseFlags } from "../../lib/config/flags.ts";
import { sentences } from "../../lib/locale/mod.ts";

export const en = sentences("en");

/** The sentence for a bad value of a flag. */
export function badValue(flag: string, value: string): string {
  const name = flag.slice(2);
  const row: Flag = FLAGS.find((row) => row.name === name)!;
  return en.badValue(flag, value, en.wanted[name]!, exampleOf(flag, row));
}

export function config(...argv: string[]): Config {
  return makeConfig(parseFlags(argv), (name) => name === "LANG" ? "en_US.UTF-8" : undefined);
}

/** The message of the UsageError for this command line. */
export function refusal(...argv: string[]): string {
  try {
    config(...argv);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  assert.fail(`accepted: ${argv.join(" ")}`);
}
