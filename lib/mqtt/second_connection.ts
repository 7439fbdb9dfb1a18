/** A second connection beside that of a recording: a client id of its own, and none taken over. */

import type { ConnectOptions } from "./connect_options.ts";
import { open } from "./connection.ts";
import { leaveAsFound } from "./establish.ts";
import type { Session } from "./packet_handler.ts";

/** The recording's connection. */
export interface MainConnection {
  readonly version: 4 | 5;
  /** Its age, in ms; 0 while there is none. */
  readonly connectedMs: number;
  /** Whether our connection may be taking it over: a broker may give both the same client id. */
  provoked: boolean;
}

/**
 * The options of a recording's connection for another one, with a random client id and no status.
 *
 * @param prefix At most 11 letters and digits.
 */
export function secondOptions(options: ConnectOptions, prefix: string): ConnectOptions {
  const { statusTopic: _, status: __, ...remainder } = options;
  // Every broker accepts at most 23 letters and digits [MQTT-3.1.3-5].
  const number = crypto.getRandomValues(new Uint8Array(6)).toHex();
  return { ...remainder, clientId: `${prefix}${number}` };
}

/**
 * Whether the broker replaces the client id by the user name (Mosquitto's
 * `use_username_as_clientid`): then this connection would take over the recording's for ever.
 * CONNACK shows it: a random client id has no session to resume. Keeps that session.
 *
 * @param options Those of {@linkcode secondOptions}.
 */
export async function isTakenForMain(
  options: ConnectOptions,
  session: Session,
  main: Pick<MainConnection, "version" | "provoked">,
  signal: AbortSignal,
): Promise<boolean> {
  const { username, material, clock } = options;
  if (username === undefined && material?.cert === undefined) return false;
  main.provoked = true;
  try {
    const connection = await open(options, session, main.version, false, signal);
    await leaveAsFound(connection, clock);
    return connection.resumed;
  } catch {
    return false; // Not reported: the next connection will fail too.
  } finally {
    main.provoked = false;
  }
}
