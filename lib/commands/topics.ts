/** The command `mqttrec topics`: what a broker has at present, without recording it. */

import { makeConfig } from "../config/config.ts";
import { loadCredentials } from "../config/credentials.ts";
import { withPermissions } from "../config/permissions.ts";
import { LOOKING } from "../config/permissions_table.ts";
import type { Settings } from "../config/settings.ts";
import { lookAtBroker } from "../live/broker_look.ts";
import { renderLook } from "../live/look_report.ts";
import type { Sentences } from "../locale/mod.ts";
import { systemClock as clock } from "../system/clock.ts";
import { Stop } from "../system/stop.ts";
import { askSecret } from "../terminal/ask_secret.ts";
import { inputKind } from "../terminal/standard_input.ts";
import { openTerminal, print } from "../terminal/terminal.ts";

/** After this many messages a look ends that was asked for with `--duration`. */
const MAX_MESSAGES = 100_000;
/** Lines of topics printed. */
const MAX_BRANCHES = 1_000;

/**
 * Runs the command: the topics go to standard output.
 *
 * @param settings Flags of a recording, given after `topics` or elsewhere.
 * @param env Value of an environment variable.
 * @throws {UsageError} The command line cannot be read, or a permission is missing.
 * @throws {BrokerError} The broker cannot be reached, or refuses.
 */
export async function topics(
  { flags, origins }: Settings,
  env: (name: string) => string | undefined,
  t: Sentences,
): Promise<void> {
  if (flags.help) return await print(topicsHelp(t));
  const config = makeConfig(flags, env, origins);
  const asked = { ...config, configFile: flags.config?.[0] };
  await withPermissions(LOOKING, asked, async () => {
    using stop = new Stop();
    const { signal } = stop;
    const terminal = openTerminal(t, env);
    try {
      const ask = (question: string) => askSecret(question, signal, inputKind());
      const credentials = await loadCredentials(config, t, ask, terminal.error);
      const given = flags.topic !== undefined || flags["topic-qos"] !== undefined;
      const seen = await lookAtBroker({
        connect: { ...config, ...credentials, clientId: "", clock },
        filters: given ? config.topics : ["#"],
        ...config.durationMs !== undefined && { ms: config.durationMs, maxMessages: MAX_MESSAGES },
        signal,
      });
      await print(renderLook(seen, t, MAX_BRANCHES).join("\n"));
    } finally {
      await terminal.close();
    }
  });
}

/** The text of `topics --help`. */
export function topicsHelp(t: Sentences): string {
  const { helpUsage, intro } = t.live.topicsHelp;
  return [
    helpUsage,
    "",
    ...intro,
    "",
    t.help.examples,
    "  mqttrec topics",
    '  mqttrec topics --broker 192.0.2.7 --topic "home/#" --duration 10s',
  ].join("\n");
}
