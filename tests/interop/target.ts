/** Types of the brokers in the interop table. */

/** Columns of the table. */
export const COLUMNS = [
  "plain",
  "password",
  "TLS",
  "client certificate",
  "WebSocket",
  "MQTT 5",
  "MQTT 3.1.1",
  "QoS 0",
  "QoS 1",
  "QoS 2",
  "persistent session",
  "shared subscription",
] as const;

export type Column = (typeof COLUMNS)[number];

/** A running broker. */
export interface Target extends AsyncDisposable {
  /** Name and version. */
  readonly name: string;
  /** Port of plain MQTT on 127.0.0.1 for anonymous clients. */
  readonly port: number;
  /** A user, its password, and the address for `--broker` that requires them. */
  readonly credentials?: {
    readonly address: string;
    readonly user: string;
    readonly password: string;
  };
  /** Addresses for `--broker`. */
  readonly tls?: string;
  /** Accepts only clients with a certificate of the authority. */
  readonly mutual?: string;
  readonly webSocket?: string;
  /** Footnotes for features that the broker lacks. */
  readonly lacks: Partial<Readonly<Record<Column, string>>>;
}

/** Footnotes of several brokers. */
export const ONLY_311 = "It speaks MQTT 3.1.1 only";
export const NOTHING_SHARED =
  "MQTT 3.1.1 has none: the filter is taken without a word, and nothing comes; mqttrec warns";

/** Starts a broker; undefined if it is not installed. */
export type Start = (
  folder: string,
  certificates: string,
) => Promise<Target | undefined>;

/** Whether a version such as `3.10.8` is older than another. */
export function isBefore(version: string, other: string): boolean {
  return version.localeCompare(other, "en", { numeric: true }) < 0;
}
