/** The command that records: opens the files, connects, records until the end is requested. */

import { dirname } from "node:path";
import { loadCredentials } from "../config/credentials.ts";
import type { Config } from "../config/config.ts";
import { permittedOutput, withPermissions } from "../config/permissions.ts";
import { RECORDING } from "../config/permissions_table.ts";
import { EmbeddedBroker } from "../embedded_broker/embedded_broker.ts";
import { FreeSpace } from "../files/free_space.ts";
import { outputOf } from "../files/finished_name.ts";
import { OutputLock } from "../files/lock.ts";
import { GapWatch } from "../gaps/gap_watch.ts";
import { OwnDrops } from "../gaps/own_drops.ts";
import { describe, describeCause, RecordingError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import { TopicTable } from "../live/topic_table.ts";
import { MarkLog } from "../marks/mark_log.ts";
import type { Batch } from "../message/batch.ts";
import type { Delivery } from "../message/delivery.ts";
import { BrokerClient } from "../mqtt/broker_client.ts";
import type { BrokerEvent } from "../mqtt/connection_events.ts";
import { chooseClientId } from "../mqtt/client_id.ts";
import { SysMonitor } from "../mqtt/sys_monitor.ts";
import { Recorder } from "../recording/recorder.ts";
import type { RecorderEvent } from "../recording/recorder_events.ts";
import { simulate } from "../simulator/simulator.ts";
import { systemClock as clock } from "../system/clock.ts";
import { readEnv } from "../system/environment.ts";
import { readLauncher } from "../system/launcher.ts";
import { Stop } from "../system/stop.ts";
import { askSecret } from "../terminal/ask_secret.ts";
import type { Keyboard } from "../terminal/keyboard.ts";
import { inputKind, keysOf } from "../terminal/standard_input.ts";
import { openTerminal } from "../terminal/terminal.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { endWhenIdle } from "./end_when_idle.ts";
import { startRotation } from "./start_rotation.ts";
import { LiveAnswers } from "./live_answers.ts";
import { Printing } from "./printing.ts";
import { SessionReport } from "./session_report.ts";
import { watchSilence } from "./silence_watch.ts";
import { watchLauncher } from "./watch_launcher.ts";

/** Options of {@linkcode record}. */
export interface RecordOptions {
  /** A keyboard that is also read before and after. @default {standard input} */
  readonly keyboard?: Keyboard | undefined;
  /** Called when the broker is connected, and everything granted. */
  readonly onConnected?: () => void;
}

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
  options: RecordOptions = {},
): Promise<void> {
  const output = permittedOutput(config.output);
  const moved = output === config.output ? undefined : config.output;
  // What is finished is never touched again.
  const whole = outputOf(output);
  if (whole !== undefined) throw new RecordingError((t) => t.rotate.finishedOutput(output, whole));
  const permitted = { ...config, output };
  const report = await withPermissions(
    RECORDING,
    { ...permitted, configFile },
    () => run(permitted, moved, t, options),
  );
  // The report has named it.
  if (report.incomplete) throw new RecordingError((t) => t.endedIncomplete);
}

/**
 * Leaving this function disposes of what `using` declares, last first: the broker client (drains,
 * acknowledges, ends the session), the built-in broker, the recorder's files, the printed lines, the
 * marks, the gap log (whose last rows include the end), the lock (no other recorder may write
 * before), the session report (which prints the summary of all that), the signal listeners. Declare
 * a new resource where its disposal belongs in that order.
 */
async function run(
  config: Config,
  moved: string | undefined,
  t: Sentences,
  { keyboard, onConnected = () => {} }: RecordOptions,
): Promise<SessionReport> {
  const launcher = readLauncher(readEnv);
  const input = inputKind(launcher?.background);
  const terminal = openTerminal(t, readEnv, { ...config, input });
  if (moved !== undefined) {
    terminal.log(t.movedOutput(escapeForTerminal(moved), escapeForTerminal(config.output)));
  }
  const [colon] = config.colonFilters.map(escapeForTerminal);
  if (colon !== undefined) terminal.log(t.colonFilters(colon, colon.replace(/:(?=.$)/, "=")));
  using stop = new Stop();
  const { signal } = stop;
  const ask = (question: string) => askSecret(question, signal, input, keyboard);
  const credentials = await loadCredentials(config, t, ask, terminal.error);
  await using report = new SessionReport(config, t, clock, stop, terminal);
  if (launcher) void watchLauncher(launcher, terminal, t, stop);
  const goesOn = launcher !== undefined && launcher.npm === undefined;
  const interrupted = () => stop.interrupted;
  report.keys.source = () => keysOf(input, clock, { goesOn, interrupted, shared: keyboard });
  // Files before the connection: a resumed session delivers at once, so an output that cannot be
  // written must be reported before.
  await using lock = await OutputLock.take(config.output);
  await using gaps = await GapWatch.open({ config, lock, clock, onEvent: report.onEvent });
  const onEvent = (e: BrokerEvent | RecorderEvent) => [gaps, report].forEach((l) => l.onEvent(e));
  const { topics: formerTopics, copies: sentCopies, unknown } = lock.previousRun ?? {};
  const previous = {
    previousEnd: !lock.previousRun ? "ended" : unknown ? "unknown" : "killed",
    rawNuls: lock.of0_1_0,
  } as const;
  // The rows and the marks share it: two at once would keep each other out.
  let guarding: Promise<void> | undefined;
  const guard = () => guarding ??= lock.ensure().finally(() => guarding = undefined);
  await using marks = await MarkLog.open(config.output, guard);
  marks.onReplaced = (begun) => report.onEvent({ type: "logReplaced", path: marks.path, begun });
  marks.watch(clock);
  if (marks.torn) report.onEvent({ type: "torn", torn: marks.torn });
  const topics = new TopicTable(clock);
  let seenFailed = false;
  await using printing = Printing.open(config, { t, clock, terminal });
  const onRecorded = (batch: Batch) => {
    try {
      topics.take(batch);
      printing?.print(batch);
    } catch (error) {
      // What is only looked at must not end a recording.
      if (!seenFailed) terminal.error(describe(error, t));
      seenFailed = true;
    }
  };
  const space = new FreeSpace({
    folder: dirname(config.output),
    minFree: config.minFree,
    clock,
    onOff: (cause) => {
      const line = t.rotate.minFreeOff(describeCause(cause, t));
      // Whoever has asked for it relies on it.
      if (config.minFree === undefined) terminal.detail(line);
      else terminal.error(line);
    },
  });
  const spaceGuard = () => guard().then(() => space.check());
  await using rotating = await startRotation(config, lock, clock, (event) => {
    if (event.type !== "finished") report.onEvent(event);
    else terminal.detail(t.rotate.finished(event.paths.join(", "), event.rows));
  }, { insisted: stop.insisted });
  const checkpoints = rotating.switched ? {} : lock.checkpoints;
  const { rotation } = rotating;
  using recorder = await Recorder.open(
    {
      ...{ ...config, ...previous, checkpoints, rotation, clock, signal, onRecorded },
      diverged: rotating.switched ? [] : lock.diverged,
      guard: spaceGuard,
    },
    onEvent,
  );
  // Noted now: the run may end without a connection.
  const { diverged } = recorder;
  await lock.noteFiles({ uneven: diverged.length > 0 ? diverged : undefined });
  const clientId = await chooseClientId(config, lock);
  await using embedded = config.embeddedBroker
    ? await EmbeddedBroker.startUnlessListening(config, {
      onEvent: report.onEvent,
      clock,
      signal,
      recorderId: clientId,
    })
    : undefined;
  if (lock.copied) report.onEvent({ type: "copied", clientId });
  const options = { ...config, ...credentials, clientId, formerTopics, sentCopies, clock };
  await using broker = await BrokerClient.connect(
    { ...options, ephemeral: !!embedded, isRestarted: () => stop.terminated },
    onEvent,
    signal,
  );
  onConnected();
  const isCounted = lock.previousRun?.drops !== undefined;
  await using drops = embedded ? undefined : SysMonitor.start(options, broker, signal, isCounted);
  gaps.watch(broker, recorder, drops ?? new OwnDrops(clock));
  const connection = { connect: options, main: broker, signal };
  const answers = new LiveAnswers({ config, t, clock, terminal, topics, marks, connection });
  report.watch({ broker, recorder, gaps, rotating, marks: answers }, answers);
  const tellLook = () => answers.tellLook();
  void watchSilence({ config, t, clock, terminal, broker, tellLook }, signal);
  stop.after(config.durationMs, clock);
  void endWhenIdle(config.idleMs, { broker, recorder }, stop, clock);
  const simulation = config.simulate
    ? simulate(config, { clock, signal, publish: (message) => broker.publish(message) })
    : Promise.resolve();
  simulation.catch(() => stop.request());

  await recorder.record(stopping(gaps.invalid.logged(broker.deliveries(signal), signal), stop));
  await simulation;
  return report;
}

/**
 * Passes deliveries on; their end requests the end, so that a failing disk is not retried for ever.
 */
async function* stopping(
  deliveries: AsyncIterable<Delivery>,
  stop: Stop,
): AsyncGenerator<Delivery> {
  try {
    yield* deliveries;
  } finally {
    stop.request();
  }
}
