/** Which of several settings that tell the same thing counts: what stands nearer to the person. */

import type { WrittenAddress } from "./address.ts";
import type { SettingReader } from "./setting_reader.ts";

/** By which setting, or variable of other MQTT programs, each is told; undefined: by none. */
export interface Precedence {
  readonly port: "port" | "broker" | undefined;
  readonly username: "username" | "broker" | "MQTT_USERNAME" | undefined;
  readonly password: "password" | "password-file" | "broker" | "MQTT_PASSWORD" | undefined;
}

/**
 * A flag of its own goes before the address where both stand in the same place; an address that is
 * typed goes before a user or a port that the environment or a file names.
 *
 * @param env Value of an environment variable.
 */
export function precedenceOf(
  reader: SettingReader,
  address: WrittenAddress,
  env: (name: string) => string | undefined,
): Precedence {
  const secret = reader.prevails("password", "password-file")
    ? "password"
    : reader.given("password-file")
    ? "password-file"
    : undefined;
  return {
    port: prevailing(reader, "port", address.port),
    username: prevailing(reader, "username", address.username) ??
      (env("MQTT_USERNAME") ? "MQTT_USERNAME" : undefined),
    password: prevailing(reader, secret, address.password) ??
      (env("MQTT_PASSWORD") ? "MQTT_PASSWORD" : undefined),
  };
}

/** The setting `name`, or the address where it has one too and goes before. */
function prevailing<Name extends "port" | "username" | "password" | "password-file">(
  reader: SettingReader,
  name: Name | undefined,
  inAddress: unknown,
): Name | "broker" | undefined {
  if (name === undefined || !reader.given(name)) {
    return inAddress === undefined ? undefined : "broker";
  }
  return inAddress === undefined || reader.prevails(name, "broker") ? name : "broker";
}
