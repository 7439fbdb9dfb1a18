/** The part of the configuration that a transport needs. */

import type { Place } from "../../config/address.ts";
import type { TlsConfig } from "../../config/connection_options.ts";
import type { TlsMaterial } from "../../config/credentials.ts";

export type TransportOptions = Place & {
  /** @default {the system's authorities only} */
  readonly tls?: Partial<TlsConfig> | undefined;
  readonly material?: TlsMaterial | undefined;
};
