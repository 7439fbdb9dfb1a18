/** Runs the program as a user does, in a separate folder, and reads its files. */

import assert from "node:assert/strict";
import { parse } from "@std/csv/parse";
import { taskPermissions } from "../../.ci/task_permissions.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/**
 * Permission flags of `deno task start`, of `verify` for `mqttrec check`, or of `export`, with
 * `folder` for exports/: tests share the checkout, whose exports/ may hold recordings of its user.
 *
 * Below /dev, for example in /dev/shm, Deno permits writing only with all permissions.
 */
export function programPermissions(
  flags: readonly string[],
  folder: string,
): readonly string[] {
  if (folder.startsWith("/dev/")) return ["-A"];
  const [command] = flags;
  const task = command === "check" ? "verify" : command === "export" ? "export" : "start";
  return taskPermissions(task)
    .map((flag) => flag.replace(/^(--allow-(?:read|write))=exports$/, `$1=${folder}`));
}

/** Without the colons and drive letter trouble of a URL path on Windows. */
function native(path: string): string {
  return Deno.build.os === "windows" ? decodeURI(path.slice(1)) : decodeURI(path);
}

/** The command that runs the program with `flags`, writing in `folder`. */
export function programCommand(
  flags: readonly string[],
  folder: string,
  permissions: readonly string[] = programPermissions(flags, folder),
): readonly string[] {
  const deno = [Deno.execPath(), "run", "--quiet", "-c", native(CONFIG)];
  return [...deno, ...permissions, native(MAIN), ...flags];
}

/** A running mqttrec. */
export interface Running {
  readonly child: Deno.ChildProcess;
  /** Resolves when `text` has appeared on stderr. */
  waitForOutput(text: string | RegExp): Promise<void>;
  /** Types a line. */
  type(line: string): Promise<void>;
  /** Types these characters without Enter. */
  press(keys: string): Promise<void>;
  /** Ends its input. */
  endInput(): Promise<void>;
  /** Closes the reading end of its pipes. */
  hangUp(): void;
  /** Resolves when it has ended. */
  readonly ended: Promise<{ code: number; stdout: string; stderr: string }>;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: "piped" | "null";
  /** Whether it leads a separate process group. @default {false} */
  readonly detached?: boolean;
  /** Called with its output as it arrives. */
  readonly heard?: (text: string) => void;
}

export interface StartOptions extends CommandOptions {
  /** @default {those of the task, for the folder `cwd`} */
  readonly permissions?: readonly string[];
  /** A command that starts the program given to it as its last arguments. @default {none} */
  readonly through?: readonly string[];
}

/** Starts the program with `flags`. */
export function start(
  flags: readonly string[],
  { permissions, through = [], ...options }: StartOptions,
): Running {
  return startCommand([...through, ...programCommand(flags, options.cwd, permissions)], options);
}

/** Starts a command that starts the program. */
export function startCommand(
  [command, ...args]: readonly string[],
  { env = {}, stdin = "piped", heard: onHeard, ...options }: CommandOptions,
): Running {
  const child = new Deno.Command(command!, {
    ...options,
    args,
    env: { LANG: "C", LC_ALL: "", LC_MESSAGES: "", ...env },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let heard = "";
  let wake = () => {};
  let ended = false;
  const hungUp = new AbortController();
  const { signal } = hungUp;
  const listen = async (stream: ReadableStream<Uint8Array>, hear: (text: string) => void) => {
    try {
      const text = stream.pipeThrough(new TextDecoderStream() as never, { signal });
      for await (const chunk of text) hear(chunk as string);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  const stderr = listen(child.stderr, (text) => {
    heard += text;
    onHeard?.(text);
    wake();
  }).then(() => {
    ended = true;
    wake();
  });
  let out = "";
  const stdout = listen(child.stdout, (text) => out += text);
  const writer = stdin === "piped" ? child.stdin.getWriter() : undefined;
  const press = async (keys: string) => {
    await writer!.write(new TextEncoder().encode(keys));
  };
  return {
    child,
    async waitForOutput(text) {
      const matches = () => typeof text === "string" ? heard.includes(text) : text.test(heard);
      while (!matches()) {
        assert.ok(!ended, `It ended without printing ${text}:\n${heard}`);
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    type: (line) => press(`${line}\n`),
    press,
    async endInput() {
      await writer!.close();
    },
    hangUp() {
      hungUp.abort();
    },
    ended: (async () => {
      const { code } = await child.status;
      await stderr;
      await stdout;
      await writer?.close().catch(() => {});
      return { code, stdout: out, stderr: heard };
    })(),
  };
}

/** Runs the program to its end, with no input. */
export async function run(flags: readonly string[], options: StartOptions) {
  return await start(flags, { ...options, stdin: "null" }).ended;
}

/** One recorded row. */
export type Row = Readonly<Record<string, string>>;

/** Rows of a CSV recording, read by `@std/csv`; asserts its shape. */
export async function readCsv(path: string): Promise<Row[]> {
  const [header, ...rows] = parse(await Deno.readTextFile(path));
  assert.deepEqual(header, ["timestamp", "topic", "payload", "encoding", "qos", "retain", "dup"]);
  return rows.map((row) => Object.fromEntries(header!.map((name, i) => [name, row[i]!])));
}

/** Rows of a JSON recording, every value as text. */
export async function readJson(path: string): Promise<Row[]> {
  const rows: Record<string, unknown>[] = JSON.parse(await Deno.readTextFile(path));
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, String(value)]))
  );
}

/** Whether a command can be run, with any exit code. */
export async function isInstalled(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await new Deno.Command(command, { args: [...args], stdout: "null", stderr: "null" }).output();
    return true;
  } catch {
    return false;
  }
}

/** Whether a command can be run and exits with 0; spawning throws at once where there is none. */
export async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    const quiet = { stdout: "null", stderr: "null" } as const;
    return (await new Deno.Command(command, { args: [...args], ...quiet }).output()).success;
  } catch {
    return false;
  }
}

/** Prints a line, for the programs among the tests. */
export async function print(text: string, to: typeof Deno.stdout = Deno.stdout): Promise<void> {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

/** A TCP port that is free now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Runs `body` in a new folder, removed afterwards. */
export async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mqttrec_test_" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
