/** Merges the settings: flags, then `MQTTREC_…` variables, then the file of `--config`. */

import type { Flag } from "./command_line.ts";
import { labelInFile, readConfigFile } from "./config_file.ts";
import { UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { type FlagName, FLAGS, type Flags, parseFlags, variableOf } from "./flags.ts";
import { pathOf } from "./path_setting.ts";
import { type Origin, type Origins, SettingReader } from "./setting_reader.ts";

/** The settings of a run, unchecked, and where each comes from. */
export interface Settings {
  /** All settings as if given on the command line. */
  readonly flags: Flags;
  /** The origin of every given setting, including switches turned off. */
  readonly origins: Origins;
}

/**
 * Loads the settings. `--help` and `--version` ignore the environment and files, so that an error
 * there does not hide the help.
 *
 * @param env Value of an environment variable.
 * @throws {UsageError} A flag, a variable or the file cannot be read.
 */
export async function loadSettings(
  argv: readonly string[],
  env: (name: string) => string | undefined,
): Promise<Settings> {
  const typed = parseFlags(argv);
  if (typed.help || typed.version) return merge({ flag: typed, environment: {}, file: {} }, "");
  const environment = fromEnvironment(env);
  const { flags: { config = [] }, origins } = merge({ flag: typed, environment, file: {} }, "");
  const [path] = config;
  pathOf(new SettingReader({ config }, origins), "config");
  const file = path === undefined ? {} : await readConfigFile(path);
  return merge({ flag: typed, environment, file }, path ?? "");
}

/**
 * Reads the `MQTTREC_…` variables: lists are separated by commas, a switch turned off has no value.
 * An empty variable counts as unset.
 *
 * @throws {UsageError} A switch is neither on nor off.
 */
export function fromEnvironment(env: (name: string) => string | undefined): Flags {
  const settings: [string, readonly string[]][] = [];
  for (const { name, value: takes, otherwise, repeatable, reach } of FLAGS as readonly Flag[]) {
    const variable = variableOf(name);
    const value = reach === "command line" ? undefined : env(variable);
    if (!value) continue;
    if (takes === undefined) settings.push([name, onOrOff(variable, value) ? ["true"] : []]);
    else if (otherwise !== undefined && OFF.test(value)) settings.push([name, []]);
    else if (otherwise !== undefined && ON.test(value)) settings.push([name, [otherwise]]);
    else settings.push([name, repeatable ? value.split(/\s*,\s*/) : [value]]);
  }
  return Object.fromEntries(settings);
}

const ON = /^\s*(?:true|1|yes|on)\s*$/i;
const OFF = /^\s*(?:false|0|no|off)\s*$/i;

function onOrOff(variable: string, value: string): boolean {
  if (ON.test(value)) return true;
  if (OFF.test(value)) return false;
  const shown = escapeForTerminal(value);
  throw new UsageError((t) =>
    t.badValue(variable, shown, t.settings.types.switch, `${variable}=yes`)
  );
}

/** Takes each setting from the first origin that has it. */
function merge(places: Readonly<Record<Origin, Flags>>, path: string): Settings {
  const flags: Partial<Record<FlagName, readonly string[]>> = {};
  const origins: Origins = {};
  for (const { name } of FLAGS) {
    const origin = (["flag", "environment", "file"] as const).find((place) => places[place][name]);
    if (origin === undefined) continue;
    const values = places[origin][name]!;
    if (values.length > 0) flags[name] = values;
    const labels = { flag: `--${name}`, environment: variableOf(name), file: "" };
    origins[name] = { origin, name: labels[origin] || labelInFile(name, path) };
  }
  return { flags, origins };
}
