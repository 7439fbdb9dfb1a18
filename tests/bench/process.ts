/** Runs a program and measures its memory and processor time. */

import { sleep } from "../faults/wait.ts";

const SAMPLE_MS = 25;
/** Ticks per second of processor times in /proc: USER_HZ, 100 on every Linux. */
const TICKS = 100;
const decoder = new TextDecoder();

/** Fields of /proc/PID/stat after the name, which may contain anything; none without /proc. */
function stat(pid: number | "self"): readonly string[] {
  try {
    const line = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return line.slice(line.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

/** Processor time of a running process in seconds; NaN if unknown. */
export function cpuSeconds(pid: number): number {
  const fields = stat(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Processor time of all ended child processes, in seconds. */
function endedCpuSeconds(): number {
  const fields = stat("self");
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

/** Resident memory in MB: present (`VmRSS`) or peak (`VmHWM`); NaN if unknown. */
export function memoryMb(pid: number, field: "VmRSS" | "VmHWM"): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  } catch {
    return NaN;
  }
}

export class Program implements AsyncDisposable {
  /** Peak resident memory, in MB. */
  peakMb = NaN;
  /** The last 2,000 characters of its stderr. */
  stderr = "";
  /** Resolves with the exit code, when it has ended. */
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  readonly #endedBefore = endedCpuSeconds();
  #over = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    const heard = this.#hear();
    const sampled = this.#sample();
    this.ended = child.status.then(async ({ code }) => {
      this.#over = true;
      await heard;
      await sampled;
      return code;
    });
  }

  static start([command, ...args]: readonly string[], cwd: string): Program {
    const options = { args, cwd, env: { LANG: "C", LC_ALL: "", LC_MESSAGES: "" } };
    const io = { stdin: "null", stdout: "null", stderr: "piped" } as const;
    return new Program(new Deno.Command(command!, { ...options, ...io }).spawn());
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves when it has ended, before its stderr is read. */
  get exited(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  /**
   * Processor time so far, in seconds; after its end the total, if no other child ended meanwhile.
   */
  cpuSeconds(): number {
    return this.#over ? endedCpuSeconds() - this.#endedBefore : cpuSeconds(this.pid);
  }

  /** Ends it if it is running. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    if (!this.#over) this.#child.kill(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }

  async #hear(): Promise<void> {
    for await (const chunk of this.#child.stderr) {
      this.stderr = (this.stderr + decoder.decode(chunk)).slice(-2000);
    }
  }

  async #sample(): Promise<void> {
    while (!this.#over) {
      const peak = memoryMb(this.pid, "VmHWM");
      if (!Number.isNaN(peak)) this.peakMb = peak;
      await sleep(SAMPLE_MS);
    }
  }
}
