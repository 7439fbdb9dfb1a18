/** The real program under test: started, killed, restarted, watched. */

import { programPermissions, type Running, start } from "../support/program.ts";
import { CONTROL, Disk } from "./disk_rules.ts";
import { COUNT, limits } from "./broker.ts";
import { type Gap, type GapLog, readGaps } from "./gaps.ts";
import { newestId, RowCounter } from "./row_counter.ts";
import type { Files } from "./oracle.ts";
import type { Published } from "./published.ts";
import { sleep, within } from "./wait.ts";

const PRELOAD = new URL("disk.ts", import.meta.url).pathname;
const READY = "Files:";
const START_MS = 20_000, SAMPLE_MS = 100, POLL_MS = 20;
/** Fewer messages than this between publisher and newest row are no backlog. */
const CAUGHT_UP = 500;
/** Files that have not grown for this long are complete. */
const SETTLED_MS = 600, STUCK_MS = 10_000;

export interface RecorderOptions {
  /** The folder above `rec`, which holds its files. */
  readonly folder: string;
  /** Port of the broker, or of a proxy in front of it. */
  readonly port: number;
  /** @default {1} */
  readonly qos?: number;
  readonly flags?: readonly string[];
  /** See `StartOptions`. */
  readonly through?: readonly string[];
  /** @default {"rec/data"} */
  readonly output?: string;
}

/** A line of output, and its time in ms since the epoch. */
export type Line = { readonly time: number; readonly text: string };

/** Every recorder with a running process: those of a failed case are ended. */
export const running = new Set<Recorder>();

/** One recorder through all its runs. */
export class Recorder implements AsyncDisposable {
  /** Its disk is healthy until rules are set. */
  readonly disk: Disk;
  /** The output lines of all runs. */
  readonly lines: Line[] = [];
  /** Largest resident memory of any run, in MB. */
  maxRssMb = 0;
  /** More flags for the next start. */
  flags: readonly string[];
  #program: Running | undefined;
  #partial = "";
  readonly #options: RecorderOptions;
  readonly #rows: RowCounter;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.flags = options.flags ?? [];
    this.disk = new Disk(`${options.folder}/disk_control`);
    this.#rows = new RowCounter(this.csv);
  }

  /** Base path of the recording. */
  get output(): string {
    return `${this.#options.folder}/${this.#options.output ?? "rec/data"}`;
  }
  get csv(): string {
    return `${this.output}.csv`;
  }
  get json(): string {
    return `${this.output}.json`;
  }
  get files(): Files {
    return { csv: [this.csv], json: [this.json] };
  }
  get pid(): number {
    return this.#program!.child.pid;
  }
  get program(): Running {
    return this.#program!;
  }

  /** A recorder that is recording. */
  static async start(options: RecorderOptions): Promise<Recorder> {
    const recorder = new Recorder(options);
    await recorder.start();
    return recorder;
  }

  /** Starts the process without waiting for anything. */
  launch(): void {
    const { folder, port, qos = 1, output = "rec/data", through } = this.#options;
    const flags = ["--broker", "127.0.0.1", "--port", String(port), "--qos", String(qos)];
    this.#partial = "";
    flags.push("--output", output, ...this.flags);
    const task = programPermissions(flags, folder);
    // A rule may kill its own process, which needs a permission that the task does not give.
    const kill = task.includes("-A") ? [] : ["--allow-run"];
    this.#program = start(flags, {
      cwd: folder,
      permissions: [...task, ...kill, `--preload=${PRELOAD}`],
      env: { [CONTROL]: this.disk.control },
      heard: (text) => this.#hear(text),
      ...(through && { through }),
    });
    running.add(this);
    void this.#sample(this.#program);
  }

  /** Starts it; resolves when it is connected and subscribed. */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Resolves when the current run is connected and subscribed. */
  async ready(): Promise<void> {
    await within(START_MS, this.#program!.waitForOutput(READY), "The recorder does not start");
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Sends a signal; resolves with the end of the process. */
  async end(signal: Deno.Signal): Promise<{ code: number; ms: number; stderr: string }> {
    // What the broker has dropped since its last count would be told by the next start.
    if (limits.asInstalled && signal === "SIGTERM") await sleep(COUNT.steadyMs + COUNT.maxMs);
    const program = this.#program!;
    const asked = performance.now();
    await this.#measure(program.child.pid);
    try {
      program.child.kill(signal);
    } catch { /* It has ended by itself. */ }
    return { ...await this.ended(), ms: performance.now() - asked };
  }

  /** Resolves when the process has ended. */
  async ended(): Promise<{ code: number; stderr: string }> {
    const { code, stderr } = await this.#program!.ended;
    running.delete(this);
    return { code, stderr };
  }

  /** Resolves with the first line, from number `from` on, that matches. */
  async hears(pattern: RegExp, from: number, ms = 40_000): Promise<Line> {
    const late = performance.now() + ms;
    for (let i = from;; await sleep(POLL_MS)) {
      for (; i < this.lines.length; i++) {
        if (pattern.test(this.lines[i]!.text)) return this.lines[i]!;
      }
      if (performance.now() > late) throw new Error(`It never printed ${pattern}:\n${this.tail()}`);
    }
  }

  /** The gap log. */
  async gapLog(): Promise<GapLog> {
    return await readGaps(`${this.output}.gaps.csv`);
  }

  /** Resolves with the gaps once there are `count`, or after `ms`. */
  async gaps(count: number, ms = 10_000): Promise<readonly Gap[]> {
    const late = performance.now() + ms;
    for (;;) {
      const { gaps } = await this.gapLog();
      if (gaps.length >= count || performance.now() > late) return gaps;
      await sleep(POLL_MS);
    }
  }

  /** Resolves when the CSV file has grown, with the elapsed time in ms. */
  async grows(ms = 30_000): Promise<number> {
    const began = performance.now();
    const { size } = await this.#rows.look();
    for (;;) {
      await sleep(POLL_MS);
      const now = await this.#rows.look();
      const took = performance.now() - began;
      if (now.size > size) return took;
      if (took > ms) throw new Error(`No row was written within ${ms} ms:\n${this.tail()}`);
    }
  }

  /** Resolves when the newest row is recent: no backlog waits at the broker. */
  async caughtUp(published: Published, ms = 30_000): Promise<void> {
    const late = performance.now() + ms;
    let last = -1, since = performance.now();
    for (;; await sleep(POLL_MS)) {
      const newest = await newestId(this.csv);
      if (newest !== last) since = performance.now();
      last = newest;
      const behind = published.sent.length - newest, now = performance.now();
      // A broker as installed may have dropped the newest ones.
      if (behind < CAUGHT_UP || limits.asInstalled && now - since > SETTLED_MS) return;
      if (now > late) throw new Error(`It is ${behind} messages behind:\n${this.tail()}`);
    }
  }

  /** Resolves when every acknowledged message is written, or the files stop growing. */
  async quiet(published: readonly Published[]): Promise<void> {
    const wanted = published.reduce((sum, { ackedCount }) => sum + ackedCount, 0);
    let last = { size: -1, rows: 0 };
    for (let since = performance.now();;) {
      const now = await this.#rows.look();
      if (now.size !== last.size) since = performance.now();
      last = now;
      const still = performance.now() - since;
      if (still > STUCK_MS || still > SETTLED_MS && now.rows >= wanted) return;
      await sleep(POLL_MS);
    }
  }

  /** Resolves when the CSV file has not grown for `ms` milliseconds. */
  async still(ms = 1_500): Promise<void> {
    let last = -1;
    for (let since = performance.now(); performance.now() - since < ms;) {
      const { size } = await this.#rows.look();
      if (size !== last) since = performance.now();
      last = size;
      await sleep(POLL_MS);
    }
  }

  /** Its last lines of output. */
  tail(count = 8): string {
    return this.lines.slice(-count).map(({ text }) => text).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (running.has(this)) await this.kill();
  }

  #hear(text: string): void {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop()!;
    for (const line of lines) this.lines.push({ time: Date.now(), text: line });
  }

  async #sample(program: Running): Promise<void> {
    let over = false;
    void program.ended.then(() => over = true);
    while (!over) {
      await this.#measure(program.child.pid);
      await sleep(SAMPLE_MS);
    }
  }

  async #measure(pid: number): Promise<void> {
    const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    if (kilobytes) this.maxRssMb = Math.max(this.maxRssMb, Number(kilobytes) / 1024);
  }
}
