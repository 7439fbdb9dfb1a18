/** mqttrec: decides which command runs, and with which code the process exits. */

import { check } from "./lib/commands/check.ts";
import { realDesktop, recordForDoubleClick, untilEnter } from "./lib/commands/double_click.ts";
import { record } from "./lib/commands/record.ts";
import { topics } from "./lib/commands/topics.ts";
import { langOf, makeConfig } from "./lib/config/config.ts";
import { helpText, langTyped } from "./lib/config/flags.ts";
import { printableConfig } from "./lib/config/print_config.ts";
import { loadSettings } from "./lib/config/settings.ts";
import { sentences } from "./lib/locale/mod.ts";
import { isDoubleClick } from "./lib/system/double_click.ts";
import { readEnv } from "./lib/system/environment.ts";
import { exit } from "./lib/system/stop.ts";
import { outputColumns } from "./lib/terminal/console.ts";
import { print, sayFailure } from "./lib/terminal/terminal.ts";
import metadata from "./deno.json" with { type: "json" };

async function main(argv: readonly string[]): Promise<number> {
  let t = sentences(langOf(langTyped(argv), readEnv));
  try {
    if (argv[0] === "check") return await check(argv.slice(1), readEnv);
    if (argv[0] === "export") {
      // Loaded only here: a recorder starts without it.
      const { exportTable } = await import("./lib/commands/export.ts");
      return await exportTable(argv.slice(1), readEnv);
    }
    if (argv[0] === "help") {
      // Loaded by this command only: its screens are text that no recording needs.
      const { help } = await import("./lib/commands/help.ts");
      return await help(argv.slice(1), t);
    }
    if (argv[0] === "topics") {
      const settings = await loadSettings(argv.slice(1), readEnv);
      t = sentences(langOf(settings.flags, readEnv));
      await topics(settings, readEnv, t);
      return 0;
    }
    const settings = await loadSettings(argv, readEnv);
    const { flags, origins } = settings;
    t = sentences(langOf(flags, readEnv));
    if (flags.help) await print(helpText(t, outputColumns()));
    else if (flags.version) await print(`mqttrec ${metadata.version}`);
    else if (flags["print-config"]) await print(printableConfig(settings, readEnv));
    else await record(makeConfig(flags, readEnv, origins), t, flags.config?.[0]);
    return 0;
  } catch (error) {
    return await sayFailure(error, t, readEnv);
  }
}

/** The same for somebody who double-clicked the program. */
async function mainForDoubleClick(): Promise<number> {
  const desktop = realDesktop(readEnv);
  let t = sentences(langOf({}, readEnv));
  let code = 0;
  try {
    const settings = await loadSettings([], readEnv);
    t = sentences(langOf(settings.flags, readEnv));
    await recordForDoubleClick(settings, t, desktop);
  } catch (error) {
    code = await sayFailure(error, t, readEnv);
  }
  await untilEnter(desktop, t);
  return code;
}

const doubleClicked = isDoubleClick({
  os: Deno.build.os,
  standalone: Deno.build.standalone,
  args: Deno.args,
  terminal: Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
  env: readEnv,
});
exit(await (doubleClicked ? mainForDoubleClick() : main(Deno.args)));
