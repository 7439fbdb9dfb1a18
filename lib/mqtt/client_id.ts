/** The client id, which a recording keeps across restarts so that its session is resumed. */

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
 * Chooses `--client-id`, or the id of the previous run, or a new one, and notes it before it is
 * used. A state copied from another machine or folder does not count: its recorder may still run,
 * and two clients with one id disconnect each other [MQTT-3.1.4-3].
 */
export async function chooseClientId(
  { clientId: asked, output }: Pick<Config, "clientId" | "output">,
  lock: OutputLock,
): Promise<string> {
  const origin = await findOrigin(output);
  const here = await fingerprint(origin);
  const { clientId: former, fingerprint: there = "" } = lock.previousRun ?? {};
  lock.copied = asked === undefined && former !== undefined && !isSamePlace(there, here);
  const id = asked ?? (lock.copied ? undefined : former) ?? await clientId(output, origin);
  await lock.note({ clientId: id, fingerprint: here });
  return id;
}

/**
 * A stable id per machine and output; different for two recordings on one machine and for the
 * same path on two machines. On a machine without an identity the id is random: no session is
 * resumed, but no other client has the id. At most 23 letters and digits: every broker must accept
 * those, and some accept nothing else [MQTT-3.1.3-5].
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
