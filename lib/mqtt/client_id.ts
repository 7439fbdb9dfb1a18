/** The client id a recording keeps across restarts, so that the broker knows its session again. */

import { basename, dirname } from "node:path";
import type { Config } from "../config/config.ts";
import type { OutputLock } from "../files/lock.ts";
import { hostname } from "../system/environment.ts";

/**
 * The id that was asked for, or that a run which left its session had: the folder may have become
 * another one since. Noted before anything can be left under it.
 */
export async function chooseClientId(
  { clientId: asked, output }: Pick<Config, "clientId" | "output">,
  lock: OutputLock,
): Promise<string> {
  const id = asked ?? lock.previousRun?.clientId ?? await clientId(output);
  await lock.note({ clientId: id });
  return id;
}

/**
 * A stable id per machine and output; different for two recordings on one machine and for the
 * same path on two machines, as two clients with one id throw each other out [MQTT-3.1.4-3].
 * Without the permission to know the machine's name the id is random: no session to resume, but
 * no collision either. At most 23 characters, which every broker must take [MQTT-3.1.3-5].
 *
 * @param output Base path of the recording; its folder must exist.
 */
export async function clientId(output: string): Promise<string> {
  const host = hostname();
  if (host === undefined) return `mqttrec-${crypto.randomUUID().slice(0, 13)}`;
  const folder = dirname(output);
  // The folder's identity, not its path: a relative path is not unique, an absolute one would need
  // the permission to read the working directory.
  const { dev, ino } = await Deno.stat(folder);
  const text = [host, dev, ino ?? folder, basename(output)].join("\n");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `mqttrec-${new Uint8Array(digest).toHex().slice(0, 13)}`;
}
