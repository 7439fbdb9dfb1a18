/**
 * A recording that somebody began by double-clicking the program: the address of the broker is asked
 * for where none answers, and the window stays until Enter.
 */

import { dirname } from "node:path";
import { ensureDir } from "@std/fs/ensure-dir";
import { makeConfig } from "../config/config.ts";
import type { FlagName } from "../config/flags.ts";
import type { Settings } from "../config/settings.ts";
import { isListening } from "../embedded_broker/embedded_broker.ts";
import {
  BrokerError,
  describe,
  describeCause,
  isUnknownName,
  UsageError,
} from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import { AnswerTimeout, isUnwanted } from "../mqtt/transport/connection_errors.ts";
import { type Clock, systemClock } from "../system/clock.ts";
import { TimeoutError } from "../system/deadline.ts";
import { documentsFolder, type FilesFolder, filesFolder } from "../system/double_click.ts";
import { askLine } from "../terminal/ask_line.ts";
import type { Writer } from "../terminal/output.ts";
import { SharedKeyboard } from "../terminal/shared_keyboard.ts";
import { openTerminal } from "../terminal/terminal.ts";
import { type Candidate, candidate, chooseBroker } from "./choose_broker.ts";
import { record } from "./record.ts";
import { rememberable, rememberBroker, REMEMBERED, rememberedBroker } from "./remembered_broker.ts";

/** The desktop, as far as this command uses it. */
export interface Desktop {
  readonly env: (name: string) => string | undefined;
  readonly cwd: string;
  /** The program's own file. */
  readonly execPath: string;
  readonly keyboard: SharedKeyboard;
  readonly writer: Writer;
  readonly say: (text: string, t: Sentences) => Promise<void>;
  readonly clock: Pick<Clock, "sleep" | "monotonic">;
  readonly isListening: typeof isListening;
  readonly record: typeof record;
  /** The remembered address; see `remembered_broker.ts`. */
  readonly readBroker: typeof rememberedBroker;
  readonly writeBroker: typeof rememberBroker;
  /** Creates a folder; rejects where that is not allowed. */
  readonly ensureDir: (folder: string) => Promise<void>;
}

/** Settings of the environment that say already where to record from: nothing is asked then. */
const SOURCES: readonly FlagName[] = ["broker", "port", "simulate", "embedded-broker"];

/** What the simulated sensors publish: the topics of the environment are those of a real broker. */
const SIMULATED = "sensors/#";

/** Before a broker that refused is tried again unasked, in milliseconds; doubles each time. */
const REFUSED_MS = 30_000, MAX_REFUSED_MS = 300_000;

/** The real desktop. */
export function realDesktop(env: Desktop["env"]): Desktop {
  return {
    env,
    cwd: Deno.cwd(),
    execPath: Deno.execPath(),
    keyboard: new SharedKeyboard(Deno.stdin),
    writer: Deno.stderr,
    async say(text, t) {
      const terminal = openTerminal(t, env);
      terminal.log(text);
      await terminal.close();
    },
    clock: systemClock,
    isListening,
    record,
    readBroker: rememberedBroker,
    writeBroker: rememberBroker,
    ensureDir,
  };
}

/** Keeps the window open until Enter. */
export async function untilEnter(
  { keyboard, writer }: Pick<Desktop, "keyboard" | "writer">,
  t: Sentences,
): Promise<void> {
  await askLine(t.doubleClick.enterCloses, keyboard, writer, new AbortController().signal);
}

/**
 * Records from the broker that answers or is typed, until it is ended.
 *
 * @throws Whatever `record` throws, but for a broker that cannot be reached at the start: the
 * question is put again then.
 */
export async function recordForDoubleClick(
  { flags, origins }: Settings,
  t: Sentences,
  desktop: Desktop,
): Promise<void> {
  const { env, keyboard, writer, clock, isListening } = desktop;
  const { folder, why } = await usableFolder(desktop);
  const say = (text: string) => desktop.say(text, t);
  const mine = flags.output ?? [`${folder}\\mqtt_data`];
  if (why !== undefined && !flags.output) await say(t.doubleClick.folder[why](folder));
  const begin = async (own: Settings["flags"], onConnected = () => {}) => {
    // As if from the environment: a password in a typed address is on no command line.
    const label = { origin: "environment", name: "--broker" } as const;
    const places = own.broker ? { ...origins, broker: label } : origins;
    const config = makeConfig({ ...flags, output: mine, ...own }, env, places);
    await desktop.record(config, t, flags.config?.[0], { keyboard, onConnected });
  };
  if (SOURCES.some((name) => flags[name])) return await begin({});

  const files = rememberedFiles(desktop);
  const remembered = await firstRemembered(files, desktop);
  if (remembered) await say(t.doubleClick.remembered(remembered.text, remembered.path));
  const usual = candidate(remembered?.text ?? "localhost")!;
  let candidates: readonly Candidate[] = [usual];
  for (let refusals = 0;;) {
    const choice = await chooseBroker(candidates, { t, keyboard, writer, say, clock, isListening });
    if (choice === "simulation") {
      const port = await freePort(isListening);
      return await begin({
        simulate: ["true"],
        "embedded-broker": ["true"],
        topic: [SIMULATED],
        "topic-qos": [],
        output: [`${folder}\\simulation`],
        ...(port !== undefined && { port: [port] }),
      });
    }
    const { text, at, typed = false } = choice;
    let connected = false;
    let noted: Promise<void> | undefined;
    try {
      await begin({ broker: [text] }, () => {
        connected = true;
        if (typed) noted = remember(files, rememberable(at), t, desktop);
      });
      return;
    } catch (error) {
      if (!connected && typed && error instanceof UsageError) {
        await say(describe(error, t)); // A password that cannot be used.
        candidates = [usual];
        continue;
      }
      if (connected || !(error instanceof BrokerError)) throw error;
      const silent = isSilent(error);
      const [what, ...remedy] = describe(error, t).split("\n");
      // Flags are no remedy for who cannot give any.
      const next = isUnwanted(error) ? [t.doubleClick.withUser] : silent ? [] : remedy;
      await say([what, ...next].join("\n"));
      const waitMs = Math.min(MAX_REFUSED_MS, REFUSED_MS * 2 ** refusals);
      if (!silent) refusals++;
      const failed = { text, at, typed, ...(!silent && { notBefore: clock.monotonic() + waitMs }) };
      // Whoever typed it is there: a question for the password must not come while they type.
      if (text === usual.text) candidates = [failed];
      else candidates = silent ? [usual, failed] : [usual];
    } finally {
      await noted;
    }
  }
}

/** Whether nothing answered at all: trying again costs nobody anything. */
function isSilent({ cause }: BrokerError): boolean {
  if (cause instanceof AnswerTimeout) return false;
  return cause instanceof Deno.errors.ConnectionRefused || cause instanceof TimeoutError ||
    isUnknownName(cause);
}

/** The port of the built-in broker where another broker has the usual one; it must not get our data. */
async function freePort(listening: typeof isListening): Promise<string | undefined> {
  for (let port = 1883; port < 1893; port++) {
    if (!await listening("localhost", port)) return port === 1883 ? undefined : String(port);
  }
  return undefined;
}

/** Where the files go: into Documents where the program's own folder may not be written. */
async function usableFolder({ cwd, env, ensureDir }: Desktop): Promise<FilesFolder> {
  const found = filesFolder(cwd, env);
  try {
    await ensureDir(found.folder);
    return found;
  } catch {
    const documents = documentsFolder(env);
    // The recording itself says what is wrong with that one.
    return documents === undefined || found.why ? found : { folder: documents, why: "denied" };
  }
}

/** Beside the program; in Documents where it cannot stay there. */
function rememberedFiles({ execPath, env }: Desktop): readonly string[] {
  const folder = dirname(execPath);
  const documents = documentsFolder(env);
  const beside = filesFolder(folder, env).why === undefined ? [`${folder}\\${REMEMBERED}`] : [];
  return documents === undefined ? beside : [...beside, `${documents}\\${REMEMBERED}`];
}

async function firstRemembered(
  files: readonly string[],
  { readBroker }: Desktop,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  for (const path of files) {
    const text = await readBroker(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/** Notes an address in the first file that can be written; says so if none can. */
async function remember(
  files: readonly string[],
  address: string | undefined,
  t: Sentences,
  { writeBroker, say }: Desktop,
): Promise<void> {
  if (address === undefined) return;
  let failure: unknown;
  for (const path of files) {
    try {
      return await writeBroker(path, address);
    } catch (error) {
      failure ??= error;
    }
  }
  await say(t.doubleClick.cannotRemember(files[0] ?? "", describeCause(failure, t)), t);
}
