/** What a broker of the interop table is to the trials. */

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
  /** Where plain MQTT is spoken, on 127.0.0.1; who does not say a user comes in. */
  readonly port: number;
  /** A user, its password, and where they are asked for: an address for `--broker`. */
  readonly login?: { readonly address: string; readonly user: string; readonly password: string };
  /** Addresses for `--broker`. */
  readonly tls?: string;
  /** Believes certificates of the authority only. */
  readonly mutual?: string;
  readonly webSocket?: string;
  /** What the broker does not have, and why a cell is not its failure: a footnote. */
  readonly lacks: Partial<Readonly<Record<Column, string>>>;
}

/** Footnotes of several brokers. */
export const ONLY_311 = "It speaks MQTT 3.1.1 only";
export const NOTHING_SHARED =
  "MQTT 3.1.1 has none: the filter is taken without a word, and nothing comes; mqttrec warns";

/** How a broker is started; undefined where it is not installed. */
export type Start = (
  folder: string,
  certificates: string,
) => Promise<Target | undefined>;

/** Whether a version such as `3.10.8` is older than another. */
export function isBefore(version: string, other: string): boolean {
  return version.localeCompare(other, "en", { numeric: true }) < 0;
}
