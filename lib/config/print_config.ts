/** The text of `--print-config`: every setting, its effective value and its source. */

import { parseAddress, showAddress } from "./address.ts";
import type { Flag } from "./command_line.ts";
import { type Config, makeConfig } from "./config.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { type FlagName, FLAGS } from "./flags.ts";
import { langVariable, sentences } from "../locale/mod.ts";
import { permittedOutput } from "./permissions.ts";
import { HIDDEN } from "../text/secret.ts";
import type { Settings } from "./settings.ts";
import { precedenceOf } from "./precedence.ts";
import { SettingReader } from "./setting_reader.ts";

/** Effective value of a setting, and the setting or variable it comes from (undefined: default). */
type Effect = readonly [value: string | number | undefined, source: string | undefined];

/** Shown if there is no value. */
const NOTHING = "-";

/**
 * One line for each flag that is a setting. It contains no secret: neither a password nor the user
 * and password of an address.
 *
 * @param env Value of an environment variable.
 * @throws {UsageError} The settings are invalid.
 */
export function printableConfig(
  settings: Settings,
  env: (name: string) => string | undefined,
): string {
  const { flags, origins } = settings;
  const config = makeConfig(flags, env, origins);
  const effects = effectsOf(settings, config, env);
  const { help } = sentences(config.lang);
  const rows = (FLAGS as readonly (Flag & { readonly name: FlagName })[])
    .filter(({ reach }) => reach !== "command line")
    .map(({ name, value: takes, default: otherwise }) => {
      const own = takes === undefined ? String(flags[name] !== undefined) : flags[name]?.join(", ");
      const [value, source] = effects[name] ?? [own ?? otherwise, name];
      return [
        name,
        escapeForTerminal(String(value ?? NOTHING)),
        placeOf(source, settings) ?? help.default,
      ] as const;
    });
  const widest = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const [nameWidth, valueWidth] = [widest(0), widest(1)];
  return rows
    .map(([name, value, place]) =>
      `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${place}`
    )
    .join("\n");
}

/** Settings whose value may come from another setting. */
function effectsOf(
  { flags, origins }: Settings,
  config: Config,
  env: (name: string) => string | undefined,
): Partial<Record<FlagName, Effect>> {
  const reader = new SettingReader(flags, origins);
  const precedence = precedenceOf(reader, parseAddress(reader.text("broker") ?? "localhost")!, env);
  const { username, password, passwordFile, tls } = config;
  const secret = username !== undefined && (password ?? passwordFile) !== undefined;
  return {
    broker: [showAddress(config), "broker"],
    output: [permittedOutput(config.output), "output"],
    port: [config.port, precedence.port],
    username: [username, precedence.username],
    password: secret ? [HIDDEN, precedence.password] : [undefined, undefined],
    key: [tls.key, reader.given("key") ? "key" : tls.key === undefined ? undefined : "cert"],
    lang: [config.lang, reader.given("lang") ? "lang" : langVariable(env)],
  };
}

/** The source of a value: a flag, a variable, or the path of the file; undefined: default. */
function placeOf(source: string | undefined, { flags, origins }: Settings): string | undefined {
  if (source === undefined) return undefined;
  const isFlag = FLAGS.some(({ name }) => name === source);
  if (!isFlag) return source;
  const from = origins[source as FlagName];
  if (from === undefined) return undefined;
  return from.origin === "file" ? escapeForTerminal(flags.config![0]!) : from.name;
}
