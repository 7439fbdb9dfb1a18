/** Reads the packets of a client, as strictly as MQTT 3.1.1 and 5 require. */

/** The client broke a rule of the standard, which the message names. */
export class ClientError extends Error {}

/** Control packet types a client may send [MQTT-2.1.2]. */
export const CONNECT = 1,
  PUBLISH = 3,
  PUBACK = 4,
  PUBREC = 5,
  PUBCOMP = 7,
  SUBSCRIBE = 8,
  UNSUBSCRIBE = 10;
export const PINGREQ = 12, DISCONNECT = 14;

/** The content of CONNECT. */
export interface Connect {
  readonly version: 4 | 5;
  readonly clientId: string;
  /** Clean Session (3.1.1), Clean Start (5). */
  readonly clean: boolean;
  readonly keepAliveSeconds: number;
  /** QoS 1 and 2 messages that the client allows in flight [MQTT-3.1.2.11.3]. */
  readonly receiveMaximum: number;
  readonly sessionExpirySeconds: number;
  readonly will: Status | undefined;
}

/** A published message, or a will. */
export interface Status {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** One filter of a SUBSCRIBE, with its requested QoS. */
export interface Subscription {
  readonly filter: string;
  readonly qos: number;
  /** Subscription identifier of its packet, if it has one. */
  readonly identifier?: number;
  /** Retain Handling (MQTT 5). */
  readonly retainHandling: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Sizes of a property's value in bytes; -1: a string, -2: two strings, -3: variable. */
const PROPERTY_SIZES = new Map([
  ...[0x17, 0x19].map((id) => [id, 1] as const),
  ...[0x21, 0x22].map((id) => [id, 2] as const),
  ...[0x11, 0x27].map((id) => [id, 4] as const),
  ...[0x15, 0x16, 0x1f].map((id) => [id, -1] as const),
  [0x26, -2],
  [0x0b, -3],
]);

/** Reads a packet's body in order; a read past the end is the client's error. */
export class BodyReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    if (this.#at >= this.#end) throw new ClientError("a packet shorter than its parts");
    return this.#bytes[this.#at++]!;
  }

  number(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.byte();
    return value;
  }

  variable(): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.byte();
      value += (byte & 127) * 128 ** i;
      if (byte < 128) return value;
    }
    throw new ClientError("a variable length of more than four bytes");
  }

  binary(): Uint8Array {
    const size = this.number(2);
    if (size > this.left) throw new ClientError("a string beyond its packet");
    return this.#bytes.subarray(this.#at, this.#at += size);
  }

  string(): string {
    try {
      const text = utf8.decode(this.binary());
      if (text.includes("\0")) throw new ClientError("NUL in a string");
      return text;
    } catch (error) {
      throw error instanceof ClientError ? error : new ClientError("a string that is not UTF-8");
    }
  }

  /** Properties by their identifier; only numbers are kept. */
  properties(): Map<number, number> {
    const found = new Map<number, number>();
    const size = this.variable();
    if (size > this.left) throw new ClientError("properties beyond their packet");
    const stop = this.left - size;
    while (this.left > stop) {
      const id = this.variable();
      const kind = PROPERTY_SIZES.get(id);
      if (kind === undefined) throw new ClientError(`property 0x${id.toString(16)} of no client`);
      if (found.has(id) && kind !== -2) throw new ClientError(`property ${id} twice`);
      if (kind > 0) found.set(id, this.number(kind));
      else if (kind === -3) found.set(id, this.variable());
      else for (let strings = -kind; strings > 0; strings--) this.string();
    }
    if (this.left !== stop) throw new ClientError("a property beyond the properties");
    return found;
  }

  /** The remaining bytes, as text. */
  rest(): string {
    return utf8.decode(this.#bytes.subarray(this.#at, this.#at = this.#end));
  }

  end(): void {
    if (this.left > 0) throw new ClientError(`${this.left} bytes behind the end of a packet`);
  }
}

/** Reads the body of CONNECT [MQTT-3.1]. */
export function readConnect(body: BodyReader): Connect {
  if (body.string() !== "MQTT") throw new ClientError("a protocol name that is not MQTT");
  const version = body.byte();
  if (version !== 4 && version !== 5) throw new ClientError(`protocol level ${version}`);
  const flags = body.byte();
  if ((flags & 1) !== 0) throw new ClientError("the reserved flag of CONNECT"); // [MQTT-3.1.2-3]
  const keepAliveSeconds = body.number(2);
  const properties = version === 5 ? body.properties() : new Map<number, number>();
  const clientId = body.string();
  let will: Status | undefined;
  if ((flags & 4) !== 0) {
    if (version === 5) body.properties();
    const [topic, payload] = [body.string(), body.string()];
    will = { topic, payload, qos: flags >> 3 & 3, retain: (flags & 0x20) !== 0 };
  } else if ((flags & 0x38) !== 0) throw new ClientError("flags of a will without a will");
  if ((flags & 0x80) !== 0) body.string();
  if ((flags & 0x40) !== 0) body.binary();
  body.end();
  const receiveMaximum = properties.get(0x21) ?? 65_535;
  if (receiveMaximum === 0) throw new ClientError("a Receive Maximum of 0");
  return {
    version,
    clientId,
    clean: (flags & 2) !== 0,
    keepAliveSeconds,
    receiveMaximum,
    sessionExpirySeconds: properties.get(0x11) ?? 0,
    will,
  };
}

/** Reads a PUBLISH with text, and its packet identifier, 0 at QoS 0. */
export function readStatus(
  first: number,
  body: BodyReader,
  version: 4 | 5,
): { readonly status: Status; readonly id: number } {
  const topic = body.string();
  const qos = first >> 1 & 3;
  const id = qos > 0 ? body.number(2) : 0;
  if (version === 5) body.properties();
  const payload = body.rest();
  return { status: { topic, payload, qos, retain: (first & 1) !== 0 }, id };
}

/** Reads the body of SUBSCRIBE after the packet identifier; UNSUBSCRIBE has no options. */
export function readFilters(body: BodyReader, type: number, version: 4 | 5): Subscription[] {
  const identifier = version === 5 ? body.properties().get(0x0b) : undefined;
  if (identifier === 0) throw new ClientError("a subscription identifier of 0"); // [3.8.2.1.2]
  const filters: Subscription[] = [];
  while (body.left > 0) {
    const filter = body.string();
    if (filter === "") throw new ClientError("an empty filter");
    const options = type === SUBSCRIBE ? body.byte() : 0;
    if ((options & 3) === 3 || (options & (version === 4 ? 0xfc : 0xc0)) !== 0) {
      throw new ClientError("reserved subscription options");
    }
    filters.push({
      filter,
      qos: options & 3,
      retainHandling: options >> 4,
      ...identifier !== undefined && { identifier },
    });
  }
  if (filters.length === 0) throw new ClientError("a subscription without a filter");
  return filters;
}

/** End of the packet that begins at `at`; 0 if it is incomplete. */
export function packetEnd(bytes: Uint8Array, at: number, length: number): number {
  let size = 0;
  for (let i = 0; i < 4; i++) {
    if (at + 1 + i >= length) return 0;
    const byte = bytes[at + 1 + i]!;
    size += (byte & 127) * 128 ** i;
    if (byte >= 128) continue;
    if (byte === 0 && i > 0) throw new ClientError("an overlong length"); // [MQTT-1.5.5-1]
    const end = at + 2 + i + size;
    return end <= length ? end : 0;
  }
  throw new ClientError("a length of more than four bytes");
}
