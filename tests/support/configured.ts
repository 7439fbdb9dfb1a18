/** Makes the configuration of a command line, or returns its error. */

import assert from "node:assert/strict";
import { type Config, makeConfig } from "../../lib/config/config.ts";
import { UsageError } from "../../lib/locale/errors.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import { sentences } from "../../lib/locale/mod.ts";

export const en = sentences("en");

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
