/** The sentences about the connection to the broker, in English. */

import { duration } from "./format.ts";

const cannotSubscribe = (state: string, remedy: string) => (topic: string) =>
  `Cannot subscribe to "${topic}": ${state}\n${remedy}`;

const cannotPublish = (state: string, remedy: string) => (topic: string) =>
  `Cannot publish to "${topic}": ${state}\n${remedy}`;

const because = (state: string, remedy: string) => (address: string) =>
  `Cannot connect to "${address}": ${state}\n${remedy}`;

export const connect = {
  notDownloaded: "Cannot load the MQTT packages: Deno could not download them from npm\n" +
    "Check the network; where it has certificates of its own, set DENO_TLS_CA_STORE=system",
  unknownScheme: (scheme: string) =>
    `Cannot connect with "${scheme}://": mqtt://, mqtts://, ws:// or wss:// is expected\n` +
    `Example: mqtts://broker.example.com`,
  cutAtSlash: `Cannot use --broker: an @ stands after the first / ? or #, where a path begins\n` +
    `In a user, password or path write %40 for @, %2F for /, %3F for ? and %23 for #`,
  needsTls: (flag: string, scheme: string) =>
    `Cannot use ${flag} with "${scheme}://": it is not encrypted\n` +
    `Use ${scheme === "ws" ? "wss" : "mqtts"}://, or leave ${flag} out`,
  needsCert: (flag: string) =>
    `Cannot use ${flag} on its own: a certificate goes with it\nAdd --cert FILE`,
  needsUsername: `Cannot use a password on its own: a user name goes with it\nAdd --username NAME`,
  passwordTwice: (a: string, b: string) =>
    `Cannot use ${a} and ${b} together: one password is enough\nKeep one`,
  sharedTwice: (flag: string, topic: string) =>
    `Cannot use ${flag} with "${topic}": that filter names its group itself\nLeave out one of them`,
  contradict: (a: string, b: string) =>
    `Cannot use ${a} and ${b} together: they contradict\nKeep one of them`,
  badPassword: (flag: string) =>
    `Cannot use ${flag}: a text of at most 65,535 bytes without NUL is expected\n` +
    `Look at what the file or variable holds`,
  embeddedIsPlain: (scheme: string) =>
    `Cannot use --embedded-broker with "${scheme}://": the built-in broker speaks plain MQTT\n` +
    `Leave out one of them`,
  passwordVisible: "The password on the command line is visible to others on this machine: " +
    "use --password-file or MQTT_PASSWORD",
  insecure:
    "INSECURE: the broker's identity is not checked, anybody in between can read and change all",
  /** MQTT 5 got no answer, MQTT 3.1.1 did. */
  unanswered5: "The broker gave no answer to MQTT 5: recording with MQTT 3.1.1 " +
    "(if it was only slow, start again; else --mqtt-version 3.1.1 saves this attempt)",
  noProperties: "The broker speaks MQTT 3.1.1, where messages have no properties: " +
    "the column of --properties stays empty",
  perhapsNotShared: (filter: string) =>
    `The broker speaks MQTT 3.1.1, which has no shared subscriptions: if this broker does not add ` +
    `them, nothing comes for "${filter}"`,
  /** Filters overlap, and copies cannot be distinguished. */
  perhapsTwice: (filters: string) =>
    `Filters overlap: a message that matches several of these may be recorded several times: ` +
    filters,
  askPassword: (username: string) => `Password of ${username}: `,
  askKeyPassword: (path: string) => `Password of the key "${path}": `,
  cannotRead: (path: string, cause: string) => `Cannot read "${path}": ${cause}\nCheck the path`,
  notText: (path: string) =>
    `Cannot read "${path}": it is neither UTF-8 nor UTF-16 text\nSave it as UTF-8`,
  /** `name`: of the variable or file. */
  trimmed: (name: string) => `The blank at the end of ${name} is left out`,
  /** `name`: of the setting or file; `character`: escaped. */
  controlInSecret: (name: string, character: string) =>
    `Cannot use ${name}: there is the control character ${character} in it\n` +
    `Write the user name and the password anew, as plain text`,
  /** `flag`: takes the password from a file. */
  typedUnreadable: (flag: string) =>
    `Cannot use the typed password: a letter beyond A to Z did not arrive, as on Windows\n` +
    `Write it into a file, and name that with ${flag}`,
  emptyFile: (path: string) =>
    `Cannot use "${path}": its first line is empty\nThe password goes there`,
  passwordTooLong: (path: string) =>
    `Cannot use "${path}": its first line is longer than 65,535 bytes, which MQTT cannot carry\n` +
    `The password goes there`,
  notCertificate: (path: string) =>
    `Cannot use "${path}": it holds no certificate in PEM\n` +
    `It should have lines with BEGIN CERTIFICATE and END CERTIFICATE`,
  notKey: (path: string) =>
    `Cannot use "${path}": it holds no private key in PEM\n` +
    `It should have lines with BEGIN and END PRIVATE KEY`,
  /** The file is the certificate: no other one was named. */
  keyMissing: (path: string) =>
    `Cannot use certificate "${path}" on its own: no private key is in that file\nAdd --key FILE`,
  keyIsEncrypted: (path: string) =>
    `Cannot open "${path}": the key is encrypted\nAdd --key-password-file FILE`,
  keyStaysShut: (path: string) =>
    `Cannot open "${path}": that is not its password\nCheck it, or decrypt the key with openssl`,
  otherKey: (key: string, cert: string) =>
    `Cannot use "${key}": it is not the key of "${cert}"\nGive the two that belong together`,
  /** The broker refuses a client that it accepted before; the next try is in `nextMs`. */
  unwanted: (state: string, nextMs: number) =>
    `${state}\nIt did before: trying again in ${duration(nextMs)}, then less and less often, ` +
    `every 5 min at last`,
  /** Connections end soon; a new one is tried at least every `everyMs`. */
  troubled: (address: string, everyMs: number) =>
    `The connection to ${address} ends soon after each time it is made: trying again at least ` +
    `every ${duration(everyMs)}; the broker's log may say why`,
  /** `cause`: undefined if the broker gave none. */
  closedAtSubscribe: (filters: string, cause: string | undefined) =>
    `Cannot subscribe to "${filters}": the broker closed the connection${
      cause === undefined ? "" : ` (${cause})`
    }\nCheck its access list, or choose another filter with --topic`,
  /** PUBACK or PUBREC refuses for a known reason; `said`: `code()`. */
  publishRefused: {
    other: (topic: string, said: string) =>
      cannotPublish(`the broker refused (${said})`, "Its log may say why")(topic),
    notAuthorized: (topic: string, said: string) =>
      cannotPublish(
        `the broker refused (${said})`,
        "Ask whoever runs it for the right to publish there",
      )(topic),
    quota: (topic: string, said: string) =>
      cannotPublish(
        `a quota of the broker is used up (${said})`,
        "Publish less, or ask whoever runs it for a larger one",
      )(topic),
    qos: (topic: string, said: string) =>
      cannotPublish(`the broker does not take that QoS (${said})`, "Choose a lower --qos")(topic),
  },
  /** `said`: `code()`; undefined if the broker closed the connection instead. */
  statusRefused: (topic: string, said: string | undefined) =>
    `Cannot publish the status to "${topic}": the broker ${
      said === undefined ? "closes the connection" : `refused (${said})`
    }\nIt is left out from now on; recording goes on`,
  /** The lock file came from another machine or folder. */
  copied: (clientId: string) =>
    `This recording came from another machine or folder: it goes on as "${clientId}", ` +
    `and leaves its former session to the recorder there`,
  /** A reason code, with the broker's own words if it sent any. */
  code: (code: number | string, words: string | undefined) =>
    words === undefined ? `code ${code}` : `code ${code}: "${words}"`,
  /** `said`: `code()`. `sent`: what the client named itself with. */
  credentialsRefused: (address: string, said: string, sent: "both" | "name" | "nothing") =>
    (sent === "both"
      ? because(
        `the broker does not accept this user name and password (${said})`,
        "Check both, or ask whoever runs it for access",
      )
      : sent === "name"
      ? because(
        `the broker does not accept this user name without a password (${said})`,
        "Add --password-file FILE, or set MQTT_PASSWORD",
      )
      : because(
        `the broker wants a user name and a password (${said})`,
        "Add --username NAME: the password is asked for, or give --password-file FILE",
      ))(address),
  /** CONNACK refuses for a known reason; `said`: `code()`. */
  refused: {
    other: (address: string, said: string) =>
      because(`the broker refused (${said})`, "Its log says why")(address),
    version: (address: string, said: string) =>
      because(
        `the broker does not speak this version of MQTT (${said})`,
        "mqttrec speaks 5 and 3.1.1, and tries both unless --mqtt-version names one",
      )(address),
    clientId: (address: string, said: string) =>
      because(
        `the broker does not accept our client id (${said})`,
        "Give one that it accepts with --client-id ID; whoever runs it knows which",
      )(address),
    unavailable: (address: string, said: string) =>
      because(
        `the broker is there, but not ready (${said})`,
        "Try again later, or let --wait do that",
      )(address),
    busy: (address: string, said: string) =>
      because(`the broker is busy (${said})`, "Try again later, or let --wait do that")(address),
    banned: (address: string, said: string) =>
      because(
        `the broker has banned this client (${said})`,
        "Ask whoever runs it to lift the ban",
      )(address),
    method: (address: string, said: string) =>
      because(
        `the broker wants another way to log in (${said})`,
        "mqttrec can log in with a user name and password, or a certificate: ask whoever runs it",
      )(address),
    tooLarge: (address: string, said: string) =>
      because(
        `our first packet is too large for the broker (${said})`,
        "Choose a shorter client id, password or --status-topic",
      )(address),
    quota: (address: string, said: string) =>
      because(
        `a quota of the broker is used up (${said})`,
        "End other clients, or ask whoever runs it for a larger one",
      )(address),
    otherServer: (address: string, said: string) =>
      because(
        `the broker refers us to another one (${said})`,
        "Give that one with --broker if you trust it, or ask whoever runs it for the address",
      )(address),
    tooFast: (address: string, said: string) =>
      because(
        `the broker had too many connections in a short time (${said})`,
        "Try again later",
      )(address),
  },
  /** DISCONNECT ended the connection while it was being made. */
  endedByBroker: (address: string, state: string) =>
    because(`the broker ended the connection: ${state}`, "Try again later; its log may say more")(
      address,
    ),
  /** SUBACK refuses a filter for a known reason; `said`: `code()`. */
  subscribeRefused: {
    other: (topic: string, said: string) =>
      cannotSubscribe(
        `the broker refused (${said})`,
        "Check its access list, or choose another filter with --topic",
      )(topic),
    notAuthorized: (topic: string, said: string) =>
      cannotSubscribe(
        `the broker refused (${said})`,
        "Ask whoever runs it for the right to read there, or choose another filter with --topic",
      )(topic),
    invalidFilter: (topic: string, said: string) =>
      cannotSubscribe(
        `the broker does not accept that filter (${said})`,
        "Choose another one with --topic",
      )(topic),
    quota: (topic: string, said: string) =>
      cannotSubscribe(
        `a quota of the broker is used up (${said})`,
        "Choose fewer filters, or ask whoever runs it for a larger one",
      )(topic),
    tooLarge: (topic: string, said: string) =>
      cannotSubscribe(
        `the filter is longer than the broker accepts (${said})`,
        "Choose a shorter one with --topic",
      )(topic),
    noShared: (topic: string, said: string) =>
      cannotSubscribe(
        `the broker has no shared subscriptions (${said})`,
        "Leave out --share, and the $share/GROUP/ before a filter",
      )(topic),
    noWildcards: (topic: string, said: string) =>
      cannotSubscribe(
        `the broker allows no wildcards, + and # (${said})`,
        "Name each topic in full with --topic",
      )(topic),
  },
  /** Messages left out because they exceed `--max-payload`, in bytes. */
  tooLong: (count: number, most: number) =>
    `${count === 1 ? "1 message" : `${count} messages`} left out: longer than ${most} bytes`,
  wrongName: (address: string, names: string) =>
    because(
      `its certificate is for another name: ${names}`,
      "Use that name in --broker, or say --servername NAME if it is the right broker",
    )(address),
  /** A web server or proxy makes no WebSocket; `answer`: its status, with its own words. */
  http: {
    noPath: (address: string, answer: string) =>
      because(
        `it answers ${answer} to a WebSocket`,
        "Check the path behind the port: many brokers want /mqtt, some /ws",
      )(address),
    wantsLogin: (address: string, answer: string) =>
      because(
        `its web server wants a login before MQTT begins: ${answer}`,
        "mqttrec logs in with MQTT only, without an Authorization header: ask whoever runs it for " +
          "a path or port without one, or use mqtts://",
      )(address),
    forbidden: (address: string, answer: string) =>
      because(
        `its web server does not allow us a WebSocket: ${answer}`,
        "Ask whoever runs it for access; some want a signed URL, with all that is after its ?",
      )(address),
    proxyWantsLogin: (address: string, answer: string) =>
      because(
        `a proxy on the way wants a login: ${answer}`,
        "mqttrec logs in at no proxy: ask whoever runs the network for a way around it",
      )(address),
    noUpgrade: (address: string, answer: string) =>
      because(
        `it answers ${answer} to a WebSocket`,
        "A proxy in front of the broker may not pass WebSockets on: have that allowed there",
      )(address),
    tooMany: (address: string, answer: string) =>
      because(`it had too many requests: ${answer}`, "Try again later")(address),
    noBroker: (address: string, answer: string) =>
      because(
        `a proxy answers, but does not reach the broker: ${answer}`,
        "Start the broker, or have its address checked in the settings of the proxy",
      )(address),
    unavailable: (address: string, answer: string) =>
      because(
        `its web server or a proxy cannot serve us now: ${answer}`,
        "Try again later, or see whether the broker runs",
      )(address),
    networkWantsLogin: (address: string, answer: string) =>
      because(
        `this network wants a login first: ${answer}`,
        "Open any page in a browser and log in there",
      )(address),
    redirects: (address: string, answer: string) =>
      because(
        `it refers to another address: ${answer}`,
        "Give that one with --broker if you trust it, with wss:// for https://, ws:// for http://",
      )(address),
    serverFails: (address: string, answer: string) =>
      because(`its web server fails: ${answer}`, "Its log says why")(address),
  },
  /** TCP is connected; this later step is not answered. */
  unanswered: {
    TLS: (address: string, seconds: number) =>
      because(
        `something listens there, but does not answer in TLS within ${seconds} s`,
        "Use mqtt:// (ws:// for a WebSocket), or the broker's TLS port, usually 8883",
      )(address),
    WebSocket: (address: string, seconds: number) =>
      because(
        `something listens there, but does not answer as a WebSocket within ${seconds} s`,
        "Use mqtt:// or mqtts://, or the broker's WebSocket port",
      )(address),
    CONNECT: (address: string, seconds: number) =>
      because(
        `something listens there, but does not answer in MQTT within ${seconds} s`,
        "Check that this is the broker's port for MQTT; if it is, its log may say why",
      )(address),
    /** CONNECT, where MQTT 3.1.1 is not tried. */
    only5: (address: string, seconds: number) =>
      because(
        `something listens there, but does not answer in MQTT 5 within ${seconds} s`,
        "Leave out --mqtt-version: an older broker may be silent to MQTT 5; or check the port",
      )(address),
    SUBSCRIBE: (address: string, seconds: number) =>
      because(
        `the broker accepts the connection, but does not answer SUBSCRIBE within ${seconds} s`,
        "It may be overloaded: try again later; its log may say why",
      )(address),
  },
  nameUnknown: (address: string, state: string) =>
    because(state, "Check how the name in --broker is written, and the network")(address),
  unreachable: (address: string, state: string) =>
    because(state, "Check --broker and the port, and that the broker is running")(address),
  /** The broker speaks MQTT but breaks its rules; `state` names the rule. */
  malformed: (address: string, state: string) =>
    because(state, "Update the broker, or have it drop what it holds for this client")(address),
  problems: {
    expired: because(
      "its certificate has expired",
      "Have it renewed; check the date and time of this machine too",
    ),
    notYetValid: because(
      "its certificate is not valid yet",
      "Check the date and time of this machine",
    ),
    selfSigned: because(
      "its certificate is self-signed",
      "If it is the right broker, trust it: --cafile FILE with a copy of that certificate",
    ),
    unknownAuthority: because(
      "an authority that this machine does not know issued its certificate",
      "If it is the right broker, add --cafile FILE with the certificate of that authority",
    ),
    wantsCertificate: because(
      "it wants a certificate from us",
      "Add --cert FILE and --key FILE",
    ),
    refusesCertificate: because(
      "it does not accept our certificate",
      "Check that --cert is one that the broker's authority issued, and is still valid",
    ),
    notOfCafile: because(
      "its certificate does not come from --cafile, or is not one for a server",
      "Give --cafile the certificate of the authority that issued it, or a copy if it is self-signed",
    ),
    handshakeRefused: because(
      "it refuses the TLS handshake: it wants a certificate from us, or other ciphers",
      "Check --cert FILE and --key FILE; its log says which of both",
    ),
    tlsVersion: because(
      "it speaks neither TLS 1.2 nor 1.3",
      "Have the broker updated: older TLS is not safe",
    ),
    alpn: because(
      "it does not agree on a protocol in TLS",
      "Say --alpn mqtt where it wants that, or leave --alpn out",
    ),
    noTls: because(
      "what listens there does not speak TLS",
      "Use mqtt:// (ws:// for a WebSocket), or the broker's TLS port, usually 8883",
    ),
    closed: because(
      "the connection was closed before an answer",
      "Check the port: 1883 is plain MQTT, 8883 wants TLS",
    ),
    perhapsTls: because(
      "the connection was closed before an answer: that port usually wants TLS",
      "Use mqtts://, or the broker's plain port, usually 1883",
    ),
    perhapsWebSocket: because(
      "it answers, but not in MQTT",
      "If it is a web server or a WebSocket port, use ws:// or wss://",
    ),
    oldForm: because(
      "it answers MQTT 5 in the form of MQTT 3.1.1",
      "Leave out --mqtt-version, or say --mqtt-version 3.1.1",
    ),
    noWebSocket: because(
      "what listens there does not speak WebSocket",
      "Use mqtt:// or mqtts://, or the broker's WebSocket port: ws://, or wss:// if it wants TLS",
    ),
    otherWebSocket: because(
      "the WebSocket there is not one for MQTT",
      "Check the path behind the port: many brokers want /mqtt, some /ws",
    ),
    tlsClosed: because(
      "the encrypted connection was closed before an answer",
      "If it wants a certificate from us, check --cert and --key; else its log says why",
    ),
    tlsFailed: because(
      "the TLS connection failed",
      "The broker's log says why",
    ),
  },
};

/** Why a connection fails, as far as it is known. */
export type ConnectProblem = keyof typeof connect.problems;

/** Why a web server or proxy makes no WebSocket. */
export type HttpProblem = keyof typeof connect.http;

/** Why CONNACK, PUBACK or SUBACK refuses, where a remedy belongs to it. */
export type ConnectRefused = keyof typeof connect.refused;
export type PublishRefused = keyof typeof connect.publishRefused;
export type SubscribeRefused = keyof typeof connect.subscribeRefused;

/** The step of a connection that is not answered. */
export type Unanswered = keyof typeof connect.unanswered;
