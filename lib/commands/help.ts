/** The command `mqttrec help`: short screens for those who have no README at hand. */

import { screensOf } from "../help/mod.ts";
import { UsageError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import { print } from "../terminal/terminal.ts";
import { closestString } from "../text/closest_string.ts";
import { escapeForTerminal } from "../text/escape.ts";

/**
 * Prints the screen that is named, or the first one.
 *
 * @param argv The arguments after `help`.
 * @returns The exit code.
 * @throws {UsageError} There is no such screen.
 */
export async function help(argv: readonly string[], t: Sentences): Promise<number> {
  const screens = screensOf(t.lang);
  const at = argv.findIndex((word) => /^--lang(?:=|$)/.test(word));
  const words = argv.filter((word, i) =>
    !word.startsWith("--lang") && (at < 0 || i !== at + 1 || argv[at]!.includes("="))
  );
  const name = words[0]?.toLowerCase() ?? "start";
  const screen = Object.hasOwn(screens, name) ? screens[name] : undefined;
  if (screen === undefined) {
    const names = Object.keys(screens).filter((known) => known !== "start");
    const shown = escapeForTerminal(words[0]!);
    throw new UsageError((t) =>
      t.live.noScreen(shown, names.join(", "), closestString(name, names) ?? "files")
    );
  }
  await print(screen);
  return 0;
}
