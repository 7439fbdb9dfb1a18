/** Counts messages that break a rule of MQTT although their packets are whole. */

/**
 * The rules whose breach leaves the framing intact, so that the next packet can be trusted: DUP at
 * QoS 0 [MQTT-3.3.1-2], `+` or `#` in a topic name [MQTT-3.3.2-2], and a topic name that is not
 * well-formed UTF-8 [MQTT-1.5.4-1]: overlong forms, encoded surrogates, bytes beyond U+10FFFF.
 * U+FEFF is a character like any other [MQTT-1.5.4-3]. NUL is well-formed UTF-8, but another rule
 * forbids it [MQTT-1.5.4-2] and it ends the connection.
 */
export type Breach = "DUP at QoS 0" | "wildcard in the topic" | "topic not UTF-8";

/** Topics counted separately: a device that invents topics must not fill memory or the gap log. */
const MAX_TOPICS = 16;

/** Messages with the same breach and topic. */
export interface InvalidMessages {
  readonly breach: Breach;
  /** Escaped and shortened; undefined for all topics that are not counted separately. */
  readonly topic: string | undefined;
  readonly count: number;
  /** Bytes of all payloads. */
  readonly bytes: number;
  /** When the first and the last were received, ms since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** Invalid messages of one time window, which share a gap row that is not written yet. */
export interface LeftOut {
  readonly breach: string;
  /** Escaped; undefined for many topics. */
  readonly topic?: string | undefined;
  /** When it begins and ends, ms since the epoch. */
  readonly since: number;
  readonly until: number;
}

/** Adds `messages` to earlier ones of the same breach and topic. */
export function merge(before: InvalidMessages, messages: InvalidMessages): InvalidMessages {
  return {
    ...before,
    count: before.count + messages.count,
    bytes: before.bytes + messages.bytes,
    to: messages.to,
  };
}

/** The key of `messages` in `kinds`; drops their topic if `kinds` is full. */
export function identify(
  kinds: ReadonlyMap<string, unknown>,
  messages: InvalidMessages,
): readonly [key: string, messages: InvalidMessages] {
  const { breach, topic } = messages;
  const key = `${breach}\n${topic ?? ""}`;
  if (topic === undefined || kinds.has(key) || kinds.size < MAX_TOPICS) return [key, messages];
  return [`${breach}\n`, { ...messages, topic: undefined }];
}

/** Counts the invalid messages of one batch, in bounded memory. */
export class InvalidTally {
  readonly #kinds = new Map<string, InvalidMessages>();

  add(added: InvalidMessages): void {
    const [key, messages] = identify(this.#kinds, added);
    const before = this.#kinds.get(key);
    this.#kinds.set(key, before ? merge(before, messages) : messages);
  }

  [Symbol.iterator](): Iterator<InvalidMessages> {
    return this.#kinds.values();
  }
}
