/** The client id a recording keeps across restarts, so that the broker knows its session again. */

import { basename, dirname } from "node:path";
import type { Config } from "../config/config.ts";
import {
  findOrigin,
  fingerprint,
  isSamePlace,
  type Origin,
  sha256,
} from "../system/fingerprint.ts";
import type { OutputLock } from "../files/lock.ts";

/**
 * The id that was asked for, or that a run which left its session here had. A state that came from
 * another machine or folder is not ours: its recorder may still be there, and two clients with one
 * id throw each other out [MQTT-3.1.4-3]. Noted before anything can be left under the id.
 */
export async function chooseClientId(
  { clientId: asked, output }: Pick<Config, "clientId" | "output">,
  lock: OutputLock,
): Promise<string> {
  const origin = await findOrigin(output);
  const here = await fingerprint(origin);
  const { clientId: former, fingerprint: there = "" } = lock.previousRun ?? {};
  lock.forsaken = asked === undefined && former !== undefined && !isSamePlace(there, here);
  const id = asked ?? (lock.forsaken ? undefined : former) ?? await clientId(output, origin);
  await lock.note({ clientId: id, fingerprint: here });
  return id;
}

/**
 * A stable id per machine and output; different for two recordings on one machine and for the
 * same path on two machines. Where nothing is known of the machine the id is random: no session to
 * resume, but no collision either. Letters and digits, at most 23: every broker must take those,
 * and some take no others [MQTT-3.1.3-5].
 *
 * @param output Base path of the recording; its folder must exist.
 */
export async function clientId(output: string, origin?: Origin): Promise<string> {
  const { machine, host, folder } = origin ?? await findOrigin(output);
  if (machine === undefined && host === undefined) {
    return `mqttrec${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
  }
  const { dev } = await Deno.stat(dirname(output));
  const text = [machine ?? "", host ?? "", dev, folder, basename(output)].join("\n");
  return `mqttrec${(await sha256(text)).slice(0, 16)}`;
}
