/** The broker as the recorder sees it: deliveries, publishing, reconnecting. Only importer of npm:mqtt. */

import type { MqttClient } from "mqtt";
import { AckGate, type Session } from "./ack_gate.ts";
import { backoff, type Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import { BrokerError, describeCause } from "./errors.ts";
import { type Delivery, Intake } from "./intake.ts";
import type { Sentences } from "./locale/mod.ts";
import type { Message } from "./message.ts";
import { withoutEnv } from "./permissions.ts";

/** Unacknowledged messages the broker may have under way: also the most duplicates a kill makes. */
const RECEIVE_MAXIMUM = 2000;
const SESSION_EXPIRY_SECONDS = 3600;
const KEEPALIVE_SECONDS = 30;
const CONNECT_TIMEOUT_MS = 8_000;
/** A drain ends when nothing came for this long, and in any case after the second figure. */
const DRAIN_QUIET_MS = 150, DRAIN_MAX_MS = 1_500;

/** What happens to the connection, for the terminal (and whoever else must know). */
export type BrokerEvent =
  | { readonly type: "connected"; readonly resumed: boolean; readonly again: boolean }
  | { readonly type: "disconnected"; readonly cause: unknown }
  | { readonly type: "failed"; readonly cause: unknown; readonly retryMs: number };

/** What a connection needs to know of the configuration. */
export type BrokerOptions =
  & Pick<Config, "host" | "port" | "topics" | "qos">
  & { readonly clientId: string; readonly clock: Clock; readonly count?: number | undefined };

/** One established connection. */
interface Link {
  readonly client: MqttClient;
  readonly gate: AckGate;
  readonly version: 4 | 5;
  readonly resumed: boolean;
  /** Resolves with the reason, undefined when there is none, once the connection is gone. */
  readonly closed: Promise<unknown>;
}

/** MQTT return codes that trying again will not change, by protocol version. */
const VERSION_REFUSED = new Set([1, 0x84]);
/** Reason code of a DISCONNECT: another client came with our client id [MQTT-3.1.4-3]. */
const TAKEN_OVER = "0x8e";
const CREDENTIALS_REFUSED = new Set([4, 5, 0x86, 0x87]);

export class Broker implements AsyncDisposable {
  readonly intake: Intake;
  readonly #options: BrokerOptions;
  readonly #tell: (event: BrokerEvent) => void;
  readonly #session: Session;
  readonly #stop = new AbortController();
  #link: Link;
  #running: Promise<void>;
  #version: 4 | 5;
  #draining = false;
  /** Replaced at each loss of the connection; resolves when it is back. */
  #back = Promise.withResolvers<void>();

  /** Whether the broker is connected. */
  connected = true;
  /** What ended the recording from the broker's side, if anything did. */
  fatal: unknown;

  private constructor(
    options: BrokerOptions,
    session: Session,
    link: Link,
    tell: (event: BrokerEvent) => void,
  ) {
    this.#options = options;
    this.#session = session;
    this.intake = session.intake;
    this.#link = link;
    this.#version = link.version;
    this.#tell = tell;
    this.#running = this.#run();
  }

  /**
   * Connects and subscribes.
   *
   * @throws {BrokerError} The broker cannot be reached, refuses, or grants less than was asked.
   */
  static async connect(
    options: BrokerOptions,
    tell: (event: BrokerEvent) => void = () => {},
    signal?: AbortSignal,
  ): Promise<Broker> {
    const intake = new Intake();
    intake.wanted = options.count ?? Infinity;
    const session: Session = {
      intake,
      incoming: new Set(),
      now: () => options.clock.now(),
    };
    const link = await establish(options, session, 5, signal);
    tell({ type: "connected", resumed: link.resumed, again: false });
    return new Broker(options, session, link, tell);
  }

  /**
   * Batches until `signal` aborts; then the broker is unsubscribed from and what is under way
   * still comes, so that a wanted end loses nothing that was published before it.
   */
  async *deliveries(signal: AbortSignal): AsyncGenerator<Delivery, void, unknown> {
    const drain = () => void this.#drain();
    if (signal.aborted) drain();
    else signal.addEventListener("abort", drain, { once: true });
    try {
      for await (const delivery of this.intake.deliveries()) {
        yield delivery;
        if (this.intake.wanted <= 0) this.intake.end();
      }
    } finally {
      signal.removeEventListener("abort", drain);
    }
    if (this.fatal !== undefined) throw this.fatal;
  }

  /**
   * Publishes and waits for the broker's acknowledgement (QoS 1 and 2). While the connection is
   * away, waits for it.
   */
  async publish(message: Message): Promise<void> {
    const { topic, payload, qos, retain } = message;
    while (!this.#stop.signal.aborted) {
      const { client } = this.#link;
      try {
        await client.publishAsync(topic, payload as never, { qos, retain });
        return;
      } catch {
        await Promise.race([this.#back.promise, aborted(this.#stop.signal)]);
      }
    }
  }

  /**
   * Sends what waits, ends the session on the broker, closes. A session with messages that could
   * not be written is left there: the next run gets them again.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.intake.end();
    const { client, gate, version } = this.#link;
    const keep = this.intake.unacknowledged;
    if (this.connected) {
      await gate.flush();
      await end(client, version === 5 && !keep ? { sessionExpiryInterval: 0 } : undefined);
      if (version === 4 && !keep) await this.#forgetSession();
    } else {
      client.end(true);
    }
    gate.destroy();
    await this.#running;
  }

  /** MQTT 3.1.1 ends a session only by connecting once more with the clean flag [MQTT-3.1.2-6]. */
  async #forgetSession(): Promise<void> {
    try {
      const link = await open(this.#options, { ...this.#session, intake: new Intake() }, 4, true);
      await end(link.client);
      link.gate.destroy();
    } catch {
      // The broker went away with the session; nothing is left to forget.
    }
  }

  async #drain(): Promise<void> {
    const { clock, topics } = this.#options;
    this.#draining = true;
    if (this.connected) {
      // Not awaited: the acknowledgement comes behind the messages under way.
      this.#link.client.unsubscribeAsync([...topics]).catch(() => {});
      const start = clock.monotonic();
      let received = -1;
      while (
        this.connected && received !== this.intake.received &&
        clock.monotonic() - start < DRAIN_MAX_MS
      ) {
        received = this.intake.received;
        await clock.sleep(DRAIN_QUIET_MS);
      }
    }
    this.intake.end();
  }

  /** Watches the connection and brings it back for as long as it takes. */
  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const cause = await Promise.race([this.#link.closed, aborted(signal)]);
      this.connected = false;
      // On the way out nobody is kept waiting for a broker that went away.
      if (signal.aborted || this.#draining) return;
      if ((cause as { code?: unknown } | undefined)?.code === TAKEN_OVER) {
        // Two recorders that reconnect would throw each other out for ever.
        const { clientId } = this.#options;
        this.fatal = new BrokerError((t) => t.takenOver(clientId), { final: true });
        this.intake.end();
        return;
      }
      this.#tell({ type: "disconnected", cause });
      for (let attempt = 0; !this.connected; attempt++) {
        const waitMs = backoff(attempt, Math.random);
        await clock.sleep(waitMs, signal);
        if (signal.aborted) return;
        try {
          this.#link = await establish(this.#options, this.#session, this.#version, signal);
          this.connected = true;
          this.#back.resolve();
          this.#back = Promise.withResolvers();
          this.#tell({ type: "connected", resumed: this.#link.resumed, again: true });
        } catch (error) {
          if (signal.aborted) return;
          if (error instanceof BrokerError && error.final) {
            this.fatal = error;
            this.intake.end();
            return;
          }
          const retryMs = backoff(attempt + 1, () => 1);
          this.#tell({ type: "failed", cause: error, retryMs });
        }
      }
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

/** Ends a client politely: resolves when DISCONNECT is out. */
async function end(
  client: MqttClient,
  properties?: { sessionExpiryInterval: number },
): Promise<void> {
  await client.endAsync(false, properties ? { properties } : {}).catch(() => {});
}

/** Connects with the version asked for, MQTT 3.1.1 where 5 is refused, and subscribes. */
async function establish(
  options: BrokerOptions,
  session: Session,
  version: 4 | 5,
  signal?: AbortSignal,
): Promise<Link> {
  let link: Link;
  try {
    link = await open(options, session, version, false, signal);
  } catch (error) {
    const refused = error instanceof ConnectRefusal && VERSION_REFUSED.has(error.code) ||
      error instanceof ClosedEarly;
    if (version === 4 || !refused) throw brokerError(options, error);
    try {
      link = await open(options, session, 4, false, signal);
    } catch (error) {
      throw brokerError(options, error);
    }
  }
  try {
    await subscribe(link, options);
  } catch (error) {
    link.gate.destroy();
    link.client.end(true);
    throw error;
  }
  return link;
}

/** The broker answered CONNECT with a refusal. */
class ConnectRefusal extends Error {
  constructor(readonly code: number) {
    super(`connection refused with code ${code}`);
  }
}

/** The connection ended before the broker answered CONNECT. */
class ClosedEarly extends Error {
  constructor() {
    super("closed");
  }
}

class Silent extends Error {
  constructor() {
    super("no answer");
  }
}

async function open(
  options: BrokerOptions,
  session: Session,
  version: 4 | 5,
  clean: boolean,
  signal?: AbortSignal,
): Promise<Link> {
  const { host, port, clientId } = options;
  const { MqttClient } = await withoutEnv(() => import("mqtt"));
  const conn = await connectTcp(host, port, options.clock, signal);
  // Without it a lone second acknowledgement waits 40 ms for Nagle and the delayed ACK.
  conn.setNoDelay(true);
  const gate = new AckGate(conn, session, version);
  const client = new MqttClient(() => gate as never, {
    protocolVersion: version,
    clientId,
    clean,
    ...(version === 5 && {
      properties: {
        receiveMaximum: RECEIVE_MAXIMUM,
        sessionExpiryInterval: clean ? 0 : SESSION_EXPIRY_SECONDS,
      },
    }),
    keepalive: KEEPALIVE_SECONDS,
    // One client per connection: backoff, protocol fallback and subscriptions are ours.
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    manualConnect: true,
    resubscribe: false,
    queueQoSZero: false,
    // npm:mqtt formats its debug lines before it knows that nobody listens.
    log: () => {},
  });
  const outcome = Promise.withResolvers<{ sessionPresent?: boolean }>();
  const closed = Promise.withResolvers<unknown>();
  let reason: unknown;
  client.on("connect", (packet) => outcome.resolve(packet));
  client.on("error", (error) => {
    const { code } = error as { code?: unknown };
    reason ??= error.message === "Keepalive timeout" ? { code: "ETIMEDOUT" } : error;
    outcome.reject(typeof code === "number" ? new ConnectRefusal(code) : error);
    gate.destroy();
  });
  client.on("disconnect", (packet) => {
    reason = { code: `0x${(packet.reasonCode ?? 0).toString(16)}` };
  });
  gate.on("error", (error) => reason ??= error);
  gate.on("close", () => {
    closed.resolve(reason);
    outcome.reject(new ClosedEarly());
  });
  const timer = new AbortController();
  void options.clock.sleep(CONNECT_TIMEOUT_MS, timer.signal)
    .then(() => outcome.reject(new Silent()));
  const abort = () => outcome.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  client.connect();
  try {
    const { sessionPresent } = await outcome.promise;
    return { client, gate, version, resumed: sessionPresent === true, closed: closed.promise };
  } catch (error) {
    gate.destroy();
    client.end(true);
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
    timer.abort();
  }
}

/** `Deno.connect` bounded in time: a host that drops packets would hold it for minutes. */
async function connectTcp(host: string, port: number, clock: Clock, signal?: AbortSignal) {
  const timeout = new AbortController();
  const timer = new AbortController();
  void clock.sleep(CONNECT_TIMEOUT_MS, timer.signal).then(() => timeout.abort(new Silent()));
  try {
    return await Deno.connect({
      hostname: host,
      port,
      signal: signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal,
    });
  } finally {
    timer.abort();
  }
}

/** Subscribes to every filter and checks every answer: a refused one raises no event of its own. */
async function subscribe(link: Link, { topics, qos, host, port }: BrokerOptions): Promise<void> {
  let granted: readonly { readonly topic: string; readonly qos: number }[];
  try {
    granted = await link.client.subscribeAsync([...topics], { qos });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code === "number" && code >= 0x80) {
      throw new BrokerError((t) => t.subscriptionRefused(topics.join(", "), code), { final: true });
    }
    throw brokerError({ host, port }, error);
  }
  for (const grant of granted) {
    if (grant.qos >= 0x80) {
      throw new BrokerError((t) => t.subscriptionRefused(grant.topic, grant.qos), { final: true });
    }
    if (grant.qos < qos) {
      throw new BrokerError((t) => t.subscriptionDowngraded(grant.topic, qos, grant.qos), {
        final: true,
      });
    }
  }
}

function brokerError({ host, port }: { host: string; port: number }, cause: unknown): BrokerError {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  if (cause instanceof ConnectRefusal) {
    const { code } = cause;
    const say = CREDENTIALS_REFUSED.has(code)
      ? (t: Sentences) => t.credentialsRefused(address, code)
      : (t: Sentences) => t.connectionRefused(address, code);
    return new BrokerError(say, { cause, final: CREDENTIALS_REFUSED.has(code) });
  }
  if (cause instanceof ClosedEarly) {
    return new BrokerError((t) => t.closedBeforeAnswer(address), { cause });
  }
  if (cause instanceof Silent) {
    return new BrokerError((t) => t.brokerSilent(address, CONNECT_TIMEOUT_MS / 1000), { cause });
  }
  return new BrokerError((t) => t.brokerUnreachable(address, describeCause(cause, t)), { cause });
}
