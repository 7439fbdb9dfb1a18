/** Precedence between overlapping settings, such as `--port` and the port in `--broker`. */

import type { WrittenAddress } from "./address.ts";
import type { SettingReader } from "./setting_reader.ts";

/** The setting or variable that each value comes from; undefined if none is given. */
export interface Precedence {
  readonly port: "port" | "broker" | undefined;
  readonly username: "username" | "broker" | "MQTT_USERNAME" | undefined;
  readonly password: "password" | "password-file" | "broker" | "MQTT_PASSWORD" | undefined;
}

/**
 * From the same source, a flag takes precedence over the address. An address on the command line
 * takes precedence over a user, password or port from the environment or a file.
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

/** The setting `name`, or the address if it has a value that takes precedence. */
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
