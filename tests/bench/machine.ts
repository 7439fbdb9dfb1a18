/** Describes the machine, without which figures mean nothing. */

import { mosquittoVersion, withoutMosquitto } from "../support/mosquitto.ts";

const decoder = new TextDecoder();

/** Output of a command on either stream; undefined if it cannot be run. */
async function printed(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, { args }).output();
    return success ? decoder.decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Values by name, without unknown ones. */
export async function machineFacts(folder: string): Promise<Record<string, string | number>> {
  const facts: Record<string, string | number | undefined> = {
    date: new Date().toISOString().slice(0, 10),
    cores: navigator.hardwareConcurrency,
    processor: /^model name\s*:\s*(.*)$/m.exec(
      await Deno.readTextFile("/proc/cpuinfo").catch(() => ""),
    )?.[1],
    memoryGb: Math.round(Deno.systemMemoryInfo().total / 1024 ** 3),
    os: `${Deno.build.os} ${Deno.osRelease()}`,
    fileSystem: await printed("findmnt", ["-no", "FSTYPE", "-T", folder]),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    mosquitto: withoutMosquitto ? undefined : await mosquittoVersion(),
    paho: await printed("/usr/bin/python3", [
      "-c",
      "from importlib.metadata import version; print(version('paho-mqtt'))",
    ]),
  };
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== undefined),
  ) as Record<string, string | number>;
}
