/** One MQTT message as it was received or is to be published. Imports nothing. */

/** Quality of service: 0 at most once, 1 at least once, 2 exactly once. */
export type QoS = 0 | 1 | 2;

/**
 * One message, for the simulator and tests; recorded messages are packed in a `Batch`.
 */
export interface Message {
  /** When it was received (or sampled), in milliseconds since the Unix epoch. */
  readonly time: number;
  /** Topic name, as received. */
  readonly topic: string;
  /** Payload bytes, untouched. */
  readonly payload: Uint8Array;
  /** Quality of service it was delivered with. */
  readonly qos: QoS;
  /** The broker's retain flag. */
  readonly retain: boolean;
  /** The broker's redelivery flag. */
  readonly dup: boolean;
  /**
   * MQTT 5 properties as JSON, see `propertiesText()`; undefined without any, or if they are not
   * recorded.
   */
  readonly propertiesText?: string;
}
