/** What a transport needs to know of the configuration. */

import type { Place } from "../../config/address.ts";
import type { TlsConfig } from "../../config/connection_options.ts";
import type { TlsMaterial } from "../../config/credentials.ts";

export type TransportOptions = Place & {
  /** @default {nothing but the system's own} */
  readonly tls?: Partial<TlsConfig> | undefined;
  readonly material?: TlsMaterial | undefined;
};
