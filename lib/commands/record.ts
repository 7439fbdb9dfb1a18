/** The command that records: opens the files, connects, records until the end is requested. */

import { loadCredentials } from "../config/credentials.ts";
import type { Config } from "../config/config.ts";
import { withPermissions } from "../config/permissions.ts";
import { RECORDING } from "../config/permissions_table.ts";
import { EmbeddedBroker } from "../embedded_broker/embedded_broker.ts";
import { OutputLock } from "../files/lock.ts";
import { GapWatch } from "../gaps/gap_watch.ts";
import { OwnDrops } from "../gaps/own_drops.ts";
import type { Sentences } from "../locale/mod.ts";
import { BrokerClient } from "../mqtt/broker_client.ts";
import type { BrokerEvent } from "../mqtt/connection_events.ts";
import { chooseClientId } from "../mqtt/client_id.ts";
import { SysMonitor } from "../mqtt/sys_monitor.ts";
import { Recorder } from "../recording/recorder.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";
import { simulate } from "../simulator/simulator.ts";
import { systemClock as clock } from "../system/clock.ts";
import { readEnv } from "../system/environment.ts";
import { Stop } from "../system/stop.ts";
import { askSecret, openTerminal } from "../terminal/terminal.ts";
import { SessionReport } from "./session_report.ts";

/**
 * Records until a key, a signal, `--duration` or `--count` ends it.
 *
 * @param configFile Path of the settings file, if there is one.
 * @throws {UsageError} A permission is missing.
 * @throws {UserError} It cannot begin, or ended because of an error.
 */
export async function record(
  config: Config,
  t: Sentences,
  configFile: string | undefined,
): Promise<void> {
  await withPermissions(RECORDING, { ...config, configFile }, () => run(config, t));
}

/**
 * Leaving this function disposes of what `using` declares, last first: the broker client (drains,
 * acknowledges, ends the session), the built-in broker, the recorder's files, the gap log (whose
 * last rows include the end), the lock (no other recorder may write before), the session report
 * (which prints the summary of all that), the signal listeners. Declare a new resource where its
 * disposal belongs in that order.
 */
async function run(config: Config, t: Sentences): Promise<void> {
  const terminal = openTerminal(t, readEnv, config);
  const credentials = await loadCredentials(config, t, askSecret, terminal.error);
  using stop = new Stop();
  const { signal } = stop;
  await using report = new SessionReport(config, t, clock, stop, terminal);
  // Files before the connection: a resumed session delivers at once, so an output that cannot be
  // written must be reported before.
  await using lock = await OutputLock.take(config.output);
  await using gaps = await GapWatch.open({ config, lock, clock, onEvent: report.onEvent });
  const onEvent = (e: BrokerEvent | RecorderEvent) => [gaps, report].forEach((l) => l.onEvent(e));
  const { topics: formerTopics, committed: checkpoints, copies: sentCopies } = lock.previousRun ??
    {};
  const guard = () => lock.ensure();
  using recorder = await Recorder.open({ ...config, checkpoints, clock, signal, guard }, onEvent);
  await using embedded = config.embeddedBroker
    ? await EmbeddedBroker.startUnlessListening(config, report.onEvent)
    : undefined;
  const clientId = await chooseClientId(config, lock);
  if (lock.copied) report.onEvent({ type: "copied", clientId });
  const options = { ...config, ...credentials, clientId, formerTopics, sentCopies, clock };
  await using broker = await BrokerClient.connect(
    { ...options, ephemeral: !!embedded },
    onEvent,
    signal,
  );
  await using drops = embedded ? undefined : SysMonitor.start(options, broker, signal);
  gaps.watch(broker, recorder, drops ?? new OwnDrops(clock));
  report.watch({ broker, recorder, gaps }, Deno.stdin);
  stop.after(config.durationMs, clock);
  const simulation = config.simulate
    ? simulate(config, { clock, signal, publish: (message) => broker.publish(message) })
    : Promise.resolve();
  simulation.catch(() => stop.request());

  await recorder.record(gaps.invalid.logged(broker.deliveries(signal), signal));
  stop.request();
  await simulation;
}
