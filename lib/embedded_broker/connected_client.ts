/** One client of the built-in broker: what its packets do, and what it is answered. */

import type { IConnectPacket, ISubscribePacket, Packet } from "mqtt-packet";
import * as packets from "../mqtt/packets/packet_reader.ts";
import { MalformedPacketError } from "../mqtt/packets/properties.ts";
import type { ClientSession } from "./client_session.ts";
import { ClientSocket, TooLargeError } from "./client_socket.ts";
import * as control from "./control_packets.ts";
import { Fifo } from "./fifo.ts";
import * as code from "./reason_codes.ts";
import type { Router } from "./router.ts";
import { StoredMessage } from "./stored_message.ts";

const { PUBACK, PUBCOMP, PUBLISH, PUBREC, PUBREL } = packets;
const CONNECT = 1, PINGREQ = 12, PINGRESP_BYTE = 0xd0;
/** Longest first packet: a will of the greatest size, and what else it may have. */
const MAX_CONNECT_BYTES = 512 * 1024;
/** Longest payload, and longest packet with what stands before it. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024, MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + 256 * 1024;
/** How long a client may take to say who it is. */
const CONNECT_MS = 10_000;

/** An acknowledgement that leaves once it and all before it are due [MQTT-4.6.0-2]. */
interface Answer {
  readonly type: number;
  readonly id: number;
  due: boolean;
}

export class ConnectedClient {
  readonly #router: Router;
  readonly #socket: ClientSocket;
  readonly #answers = new Fifo<Answer>();
  #session: ClientSession | undefined;
  #connected: control.Connect | undefined;
  /** When it was last heard, monotonic, and how long it may be silent, in ms. */
  #heard: number;
  #silenceMs = CONNECT_MS;

  #version: 4 | 5 = 4;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<void>;

  constructor(conn: Deno.Conn, router: Router) {
    this.#router = router;
    this.#heard = router.now();
    this.#socket = new ClientSocket(conn, MAX_CONNECT_BYTES, () => {
      this.#session?.pump();
      router.progress();
    });
    this.ended = this.#run();
  }

  /** Ends the connection of a client that has been silent for too long [MQTT-3.1.2-22]. */
  checkSilence(now: number): void {
    if (now - this.#heard > this.#silenceMs) void this.end(code.KEEPALIVE);
  }

  /** Says why, where MQTT has a way to, and closes the connection. */
  async end(reasonCode: number): Promise<void> {
    if (this.#socket.isClosed) return;
    if (this.#version === 5 && this.#session) this.#write({ cmd: "disconnect", reasonCode });
    this.#leave();
    await this.#socket.closeAfterWriting(this.#router.withDeadline);
  }

  #close(): void {
    this.#leave();
    this.#socket.close();
  }

  /** From here on the session is not ours. */
  #leave(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session) this.#router.left(session, this.#connected!);
  }

  async #run(): Promise<void> {
    try {
      await this.#socket.read((bytes, packet) => {
        this.#heard = this.#router.now();
        const { type } = packet;
        if (type === PUBLISH && this.#mustWait) return this.#takeLater(bytes, packet);
        this.#take(bytes, packet);
      });
      this.#close();
    } catch (error) {
      if (error instanceof TooLargeError) {
        const { clientId } = this.#session ?? {};
        const { bytes } = error;
        const loss = { type: "oversized", bytes, most: MAX_PAYLOAD_BYTES } as const;
        // Who has not said who it is may be no client at all.
        if (clientId !== undefined) this.#router.onLoss({ ...loss, clientId });
        await this.end(code.TOO_LARGE);
      } else if (error instanceof code.Refusal) await this.end(error.code);
      else if (error instanceof MalformedPacketError) await this.end(code.MALFORMED);
      // A fault of ours must not end the recording.
      else await this.end(code.IMPLEMENTATION_ERROR);
    }
  }

  get #mustWait(): boolean {
    return this.#session !== undefined && this.#router.mustWait(this.#session);
  }

  async #takeLater(bytes: Uint8Array, packet: packets.PacketSpan): Promise<void> {
    const silenceMs = this.#silenceMs;
    this.#silenceMs = Infinity;
    while (this.#mustWait) await this.#router.changed();
    this.#silenceMs = silenceMs;
    this.#heard = this.#router.now();
    if (!this.#socket.isClosed) this.#take(bytes, packet);
  }

  #take(bytes: Uint8Array, packet: packets.PacketSpan): void {
    const { type, body, end } = packet;
    const session = this.#session;
    // CONNECT comes first and once [MQTT-3.1.0-1], [MQTT-3.1.0-2].
    if ((type === CONNECT) === (session !== undefined)) throw new code.Refusal(code.PROTOCOL_ERROR);
    if (session === undefined) {
      this.#connect(control.readControl(bytes, packet, 5) as IConnectPacket);
    } else if (type === PUBLISH) this.#publish(session, bytes, packet);
    else if (type === PINGREQ) this.#push(PINGRESP_BYTE, 0);
    else if (type >= PUBACK && type <= PUBCOMP) {
      const id = bytes[body]! << 8 | bytes[body + 1]!;
      if (type === PUBREL) {
        session.incoming.delete(id);
        this.#acknowledge(PUBCOMP, id);
      } else {
        session.acknowledge(type, id, end - body > 2 ? bytes[body + 2]! : code.NORMAL);
        this.#router.progress();
      }
    } else this.#control(session, control.readControl(bytes, packet, this.#version));
  }

  #connect(packet: IConnectPacket): void {
    this.#version = packet.protocolVersion === 5 ? 5 : 4;
    const connack = { cmd: "connack", sessionPresent: false } as const;
    let connect: control.Connect;
    try {
      connect = control.takeConnect(packet, this.#version, this.#router.now());
    } catch (error) {
      const refusal = error instanceof code.Refusal ? error : new code.Refusal(code.MALFORMED, 2);
      this.#write({ ...connack, reasonCode: refusal.code, returnCode: refusal.returnCode });
      throw error;
    }
    const { clientId, isAssigned, clean } = connect;
    this.#connected = connect;
    this.#silenceMs = connect.silenceMs;
    this.#socket.maximum = MAX_PACKET_BYTES;
    const { session, isPresent } = this.#router.enter(clientId, clean);
    session.expiryS = connect.sessionExpiryS;
    this.#session = session;
    this.#write({
      ...connack,
      sessionPresent: isPresent,
      reasonCode: code.NORMAL,
      returnCode: 0,
      properties: {
        maximumPacketSize: MAX_PACKET_BYTES,
        ...(isAssigned && { assignedClientIdentifier: clientId }),
      },
    });
    const { sendBuffer } = this.#socket;
    const end = (reasonCode: number) => this.end(reasonCode);
    session.attach({ ...connect, version: this.#version, sendBuffer, end });
    this.#router.progress();
  }

  #publish(session: ClientSession, bytes: Uint8Array, packet: packets.PacketSpan): void {
    const now = this.#router.now();
    const { message, id } = StoredMessage.read(bytes, packet, this.#version, now);
    if (message.qos === 0) return this.#router.publish(message, session);
    const answer = { type: message.qos === 1 ? PUBACK : PUBREC, id, due: false };
    this.#answers.push(answer);
    const onAcked = (acknowledged: boolean) => {
      // Unanswered, it must come again: on another connection.
      if (!acknowledged) return this.#close();
      answer.due = true;
      for (let first; (first = this.#answers.first)?.due; this.#answers.shift()) {
        this.#acknowledge(first.type, first.id);
      }
    };
    if (message.qos === 1) return this.#router.publish(message, session, onAcked);
    const known = session.incoming.get(id);
    if (known !== undefined) return void known.then(onAcked);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    session.incoming.set(id, promise);
    this.#router.publish(message, session, (acknowledged) => {
      if (!acknowledged) session.incoming.delete(id);
      resolve(acknowledged);
      onAcked(acknowledged);
    });
  }

  #control(session: ClientSession, packet: Packet): void {
    if (packet.cmd === "subscribe") this.#subscribe(session, packet);
    else if (packet.cmd === "unsubscribe") {
      const granted = packet.unsubscriptions.map((filter) =>
        this.#router.unsubscribe(session, filter) ? code.NORMAL : code.NO_SUBSCRIPTION
      );
      this.#write({ cmd: "unsuback", messageId: packet.messageId!, granted });
    } else if (packet.cmd === "disconnect") {
      const { reasonCode = code.NORMAL } = packet;
      if (reasonCode !== code.WITH_WILL) this.#connected = { ...this.#connected!, will: undefined };
      // [MQTT-3.14.2-2]: a session that ends with the connection stays so.
      if (session.expiryS > 0) {
        session.expiryS = packet.properties?.sessionExpiryInterval ?? session.expiryS;
      }
      this.#close();
    } else throw new code.Refusal(code.PROTOCOL_ERROR);
  }

  #subscribe(session: ClientSession, packet: ISubscribePacket): void {
    const identifier = packet.properties?.subscriptionIdentifier;
    const results = packet.subscriptions.map(({ topic: filter, qos, nl, rap, rh = 0 }) => {
      if (!control.isFilter(filter)) {
        return { granted: this.#version === 5 ? code.FILTER_INVALID : code.FAILURE };
      }
      const flags = { noLocal: nl === true, retainAsPublished: rap === true };
      const subscription = { client: session, filter, qos, identifier, ...flags };
      const isNew = this.#router.subscribe(subscription);
      // [MQTT-3.8.3.1]: 0 all that is retained, 1 where the subscription is new, 2 nothing.
      return { granted: qos, retained: rh === 0 || rh === 1 && isNew ? subscription : undefined };
    });
    const granted = results.map(({ granted }) => granted);
    this.#write({ cmd: "suback", messageId: packet.messageId!, granted });
    for (const { retained } of results) if (retained) this.#router.deliverRetained(retained);
    this.#router.progress();
  }

  #acknowledge(type: number, id: number): void {
    this.#push(type << 4, 2, id >> 8, id & 255);
  }

  #push(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#socket.sendBuffer.buffer.push(byte);
    this.#socket.sendBuffer.filled();
  }

  #write(packet: Packet): void {
    this.#socket.sendBuffer.buffer.append(control.writeControl(packet, this.#version));
    this.#socket.sendBuffer.filled();
  }
}
