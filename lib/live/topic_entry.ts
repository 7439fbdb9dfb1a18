/** One topic of the table: its last value, its count, and its rate over the last seconds. */

/** Bytes of a topic that are kept. */
const MAX_TOPIC = 256;
/** The rate is that of at least this long, in milliseconds. */
const WINDOW_MS = 5_000;
/** A topic that is silent for this many of its usual intervals has no rate any more. */
const SILENT_INTERVALS = 5;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class TopicEntry {
  readonly hash: number;
  /** As received; a long one ends with `…`. */
  readonly topic: string;
  /** The first bytes of the last payload. */
  value: Uint8Array = new Uint8Array();
  /** Length of the whole payload in bytes. */
  valueBytes = 0;
  /** When the last message came, ms since the epoch. */
  time: number;
  /** Messages so far, an estimate where not every one is looked at. */
  count = 0;
  /** Its neighbours in the order of the last message. */
  newer: TopicEntry | undefined;
  older: TopicEntry | undefined;
  /** Beginning of the time that the rate is of, and messages up to and including that moment. */
  #since: number;
  #sinceCount = 0;
  /** The next such beginning. */
  #next: number;
  #nextCount = 0;

  /** @param time When its first message came, ms since the epoch. */
  constructor(hash: number, topic: Uint8Array, time: number) {
    this.hash = hash;
    const isLong = topic.length > MAX_TOPIC;
    const text = decoder.decode(topic.subarray(0, MAX_TOPIC));
    // The cut may lie inside a character.
    this.topic = isLong ? `${text.replace(/\ufffd$/, "")}…` : text;
    this.time = this.#since = this.#next = time;
  }

  /** Takes one message that stands for `weight` of them. */
  received(time: number, value: Uint8Array, valueBytes: number, weight: number): void {
    this.count += weight;
    // A clock that was set back begins anew.
    if (time < this.#since || this.#sinceCount === 0) {
      this.#since = this.#next = time;
      this.#sinceCount = this.#nextCount = this.count;
    } else if (time - this.#next >= WINDOW_MS) {
      this.#since = this.#next;
      this.#sinceCount = this.#nextCount;
      this.#next = time;
      this.#nextCount = this.count;
    }
    this.time = time;
    this.value = value;
    this.valueBytes = valueBytes;
  }

  /** Messages a second at `now`; undefined while unknown, or when it fell silent. */
  rate(now: number): number | undefined {
    const span = this.time - this.#since, count = this.count - this.#sinceCount;
    if (span <= 0 || count <= 0) return undefined;
    const silentMs = now - this.time;
    if (silentMs > Math.max(WINDOW_MS, SILENT_INTERVALS * span / count)) return undefined;
    return count * 1000 / span;
  }
}
