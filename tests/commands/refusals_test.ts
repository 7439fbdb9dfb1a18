import assert from "node:assert/strict";
import {
  type ListenerName,
  type Listeners,
  startListeners,
  withoutListeners,
} from "../support/listeners.ts";
import { inFolder, run } from "../support/program.ts";

const listeners: Listeners | undefined = withoutListeners ? undefined : await startListeners();

/** A failure: the listener, the flags, and the sentences printed. */
interface Refusal {
  readonly listener: ListenerName;
  readonly scheme: string;
  readonly path?: string;
  /** `TLS/` stands for the folder of the certificates. @default {the authority is known} */
  readonly flags?: readonly string[];
  readonly state: string;
  readonly remedy: string;
}

const KNOWN = ["--cafile", "TLS/authority.crt"];

/** Remedies that help in several cases. */
const NO_TLS = "Use mqtt:// (ws:// for a WebSocket), or the broker's TLS port, usually 8883";
const NO_WEBSOCKET =
  "Use mqtt:// or mqtts://, or the broker's WebSocket port: ws://, or wss:// if it wants TLS";
const UNKNOWN =
  "If it is the right broker, add --cafile FILE with the certificate of that authority";
const REFUSED = "Check that --cert is one that the broker's authority issued, and is still valid";

/** Printed if the system dropped the TLS alert, which happens at random (TLS 1.3). */
const TLS_CLOSED = [
  "the encrypted connection was closed before an answer",
  "If it wants a certificate from us, check --cert and --key; else its log says why",
];

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "an expired certificate": {
    listener: "expired",
    scheme: "mqtts",
    flags: KNOWN,
    state: "its certificate has expired",
    remedy: "Have it renewed; check the date and time of this machine too",
  },
  "a certificate that is not valid yet": {
    listener: "early",
    scheme: "mqtts",
    flags: KNOWN,
    state: "its certificate is not valid yet",
    remedy: "Check the date and time of this machine",
  },
  "a self-signed certificate": {
    listener: "selfSigned",
    scheme: "mqtts",
    state: "its certificate is self-signed",
    remedy: "If it is the right broker, trust it: --cafile FILE with a copy of that certificate",
  },
  "an authority that nobody knows": {
    listener: "tls",
    scheme: "mqtts",
    state: "an authority that this machine does not know issued its certificate",
    remedy: UNKNOWN,
  },
  "another authority than the one given": {
    listener: "tls",
    scheme: "wss",
    flags: ["--cafile", "TLS/stranger.crt"],
    state: "its certificate does not come from --cafile, or is not one for a server",
    remedy:
      "Give --cafile the certificate of the authority that issued it, or a copy if it is self-signed",
  },
  "a certificate for another name": {
    listener: "elsewhere",
    scheme: "mqtts",
    flags: KNOWN,
    state: "its certificate is for another name: broker.example, *.sensors.example",
    remedy: "Use that name in --broker, or say --servername NAME if it is the right broker",
  },
  "no certificate of ours where one is wanted": {
    listener: "mutual",
    scheme: "mqtts",
    flags: KNOWN,
    state: "it wants a certificate from us",
    remedy: "Add --cert FILE and --key FILE",
  },
  "a certificate of ours from an authority the broker does not know": {
    listener: "mutual",
    scheme: "mqtts",
    flags: [...KNOWN, "--cert", "TLS/foreignClient.crt", "--key", "TLS/foreignClient.key"],
    state: "it does not accept our certificate",
    remedy: REFUSED,
  },
  "a certificate of ours that has expired": {
    listener: "mutual",
    scheme: "mqtts",
    flags: [...KNOWN, "--cert", "TLS/expiredClient.crt", "--key", "TLS/expiredClient.key"],
    state: "it does not accept our certificate",
    remedy: REFUSED,
  },
  "mqtts:// to a port without TLS": {
    listener: "plain",
    scheme: "mqtts",
    state: "what listens there does not speak TLS",
    remedy: NO_TLS,
  },
  "mqtt:// to a port with TLS": {
    listener: "tls",
    scheme: "mqtt",
    state: "the connection was closed before an answer",
    remedy: "Check the port: 1883 is plain MQTT, 8883 wants TLS",
  },
  "mqtt:// to a port of WebSockets": {
    listener: "ws",
    scheme: "mqtt",
    state: "it answers, but not in MQTT",
    remedy: "If it is a web server or a WebSocket port, use ws:// or wss://",
  },
  "ws:// to a port of plain MQTT": {
    listener: "plain",
    scheme: "ws",
    state: "what listens there does not speak WebSocket",
    remedy: NO_WEBSOCKET,
  },
  "wss:// to a port of MQTT in TLS": {
    listener: "tls",
    scheme: "wss",
    flags: KNOWN,
    state: "what listens there does not speak WebSocket",
    remedy: NO_WEBSOCKET,
  },
  "ws:// to a port of WebSockets in TLS": {
    listener: "wss",
    scheme: "ws",
    state: "what listens there does not speak WebSocket",
    remedy: NO_WEBSOCKET,
  },
  "wss:// to a port of WebSockets without TLS": {
    listener: "ws",
    scheme: "wss",
    state: "what listens there does not speak TLS",
    remedy: NO_TLS,
  },
};

for (
  const [name, { listener, scheme, path = "", flags = [], state, remedy }] of Object.entries(
    REFUSALS,
  )
) {
  Deno.test({
    name: `mqttrec exits 3 with state and remedy: ${name}`,
    ignore: withoutListeners,
    fn: () =>
      inFolder(async (cwd) => {
        const { ports, tls } = listeners!;
        const address = `${scheme}://localhost:${ports[listener]}${path}`;
        const all = ["--broker", address, "--lang", "en", ...flags];
        const { code, stderr } = await run(all.map((flag) => flag.replace(/^TLS\//, `${tls}/`)), {
          cwd,
        });
        const shown = scheme === "mqtt"
          ? address.slice("mqtt://".length)
          : scheme.startsWith("ws") && path === ""
          ? `${address}/mqtt`
          : address;
        const closed = listener === "mutual" && stderr.includes(TLS_CLOSED[0]!);
        const lines = closed ? TLS_CLOSED : [state, remedy];
        assert.equal(stderr, `Cannot connect to "${shown}": ${lines.join("\n")}\n`);
        assert.equal(code, 3);
      }),
  });
}
