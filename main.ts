/** mqttrec: flags → config → open files → connect → record → exit code. */

import { SessionReport } from "./lib/commands/session_report.ts";
import { BrokerClient, type BrokerEvent } from "./lib/mqtt/broker_client.ts";
import { check } from "./lib/commands/check.ts";
import { chooseClientId } from "./lib/mqtt/client_id.ts";
import { systemClock as clock } from "./lib/system/clock.ts";
import { loadCredentials } from "./lib/config/credentials.ts";
import { type Config, langOf, makeConfig } from "./lib/config/config.ts";
import { EmbeddedBroker } from "./lib/embedded_broker/embedded_broker.ts";
import { helpText, langTyped } from "./lib/config/flags.ts";
import { GapWatch } from "./lib/gaps/gap_watch.ts";
import { type Sentences, sentences } from "./lib/locale/mod.ts";
import { OutputLock } from "./lib/files/lock.ts";
import { readEnv, withPermissions } from "./lib/config/permissions.ts";
import { RECORDING } from "./lib/config/permissions_table.ts";
import { printableConfig } from "./lib/config/print_config.ts";
import { Recorder } from "./lib/recording/recorder.ts";
import type { RecorderEvent } from "./lib/recording/recorder_events.ts";
import { loadSettings } from "./lib/config/settings.ts";
import { simulate } from "./lib/simulator/simulator.ts";
import { Stop } from "./lib/system/stop.ts";
import { askSecret, openTerminal, print, sayFailure } from "./lib/terminal/terminal.ts";
import metadata from "./deno.json" with { type: "json" };

async function main(argv: readonly string[]): Promise<number> {
  let t = sentences(langOf(langTyped(argv), readEnv));
  try {
    if (argv[0] === "check") return await check(argv.slice(1), readEnv);
    const settings = await loadSettings(argv, readEnv);
    const { flags, origins } = settings;
    t = sentences(langOf(flags, readEnv));
    if (flags.help) await print(helpText(t));
    else if (flags.version) await print(`mqttrec ${metadata.version}`);
    else if (flags["print-config"]) await print(printableConfig(settings, readEnv));
    else {
      const config = makeConfig(flags, readEnv, origins);
      const asked = { ...config, configFile: flags.config?.[0] };
      await withPermissions(RECORDING, asked, () => record(config, t));
    }
    return 0;
  } catch (error) {
    return await sayFailure(error, t, readEnv);
  }
}

async function record(config: Config, t: Sentences): Promise<void> {
  const terminal = openTerminal(t, readEnv, config);
  const credentials = await loadCredentials(config, t, askSecret, terminal.error);
  using stop = new Stop();
  const { signal } = stop;
  await using report = new SessionReport(config, t, clock, stop, terminal);
  // Files before the connection: a resumed session delivers at once, and an output that cannot be
  // written must be known before anything has been received.
  await using lock = await OutputLock.take(config.output);
  await using gaps = await GapWatch.open({ config, lock, clock, onEvent: report.onEvent });
  const onEvent = (e: BrokerEvent | RecorderEvent) => [gaps, report].forEach((l) => l.onEvent(e));
  const { topics: formerTopics, committed: checkpoints } = lock.previousRun ?? {};
  const guard = () => lock.ensure();
  using recorder = await Recorder.open({ ...config, checkpoints, clock, signal, guard }, onEvent);
  await using embedded = config.embeddedBroker
    ? await EmbeddedBroker.startUnlessListening(config, report.onEvent)
    : undefined;
  const clientId = await chooseClientId(config, lock);
  const options = { ...config, ...credentials, clientId, formerTopics, clock };
  await using broker = await BrokerClient.connect(
    { ...options, ephemeral: !!embedded },
    onEvent,
    signal,
  );
  gaps.watch(broker, recorder);
  report.watch(broker, recorder, gaps, Deno.stdin);
  stop.after(config.durationMs, clock);
  const simulation = config.simulate
    ? simulate(config, { clock, signal, publish: (message) => broker.publish(message) })
    : Promise.resolve();
  simulation.catch(() => stop.request());

  await recorder.record(broker.deliveries(signal));
  stop.request();
  await simulation;
}

Deno.exit(await main(Deno.args));
