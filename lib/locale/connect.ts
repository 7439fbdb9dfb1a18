/** The sentences about reaching the broker: addresses, passwords, certificates. */

/** Why a connection fails, as far as it can be told. */
export type ConnectProblem =
  | "expired"
  | "notYetValid"
  | "selfSigned"
  | "unknownAuthority"
  | "wantsCertificate"
  | "refusesCertificate"
  | "noTls"
  | "closed"
  | "perhapsTls"
  | "perhapsWebSocket"
  | "noWebSocket"
  | "tlsClosed"
  | "tlsFailed";

export interface ConnectSentences {
  unknownScheme(scheme: string): string;
  needsTls(flag: string, scheme: string): string;
  needsCert(flag: string): string;
  needsUsername: string;
  passwordTwice(a: string, b: string): string;
  sharedTwice(flag: string, topic: string): string;
  contradict(a: string, b: string): string;
  badPassword(flag: string): string;
  embeddedIsPlain(scheme: string): string;
  passwordVisible: string;
  insecure: string;
  perhapsNotShared(filter: string): string;
  askPassword(username: string): string;
  askKeyPassword(path: string): string;
  cannotRead(path: string, cause: string): string;
  emptyFile(path: string): string;
  notCertificate(path: string): string;
  notKey(path: string): string;
  keyIsEncrypted(path: string): string;
  keyStaysShut(path: string): string;
  otherKey(key: string, cert: string): string;
  /** `named`: we said who we are. */
  credentialsRefused(address: string, code: number, named: boolean): string;
  /** Messages left out for their length, which was to be this at most, in bytes. */
  tooLong(count: number, most: number): string;
  wrongName(address: string, names: string): string;
  httpStatus(address: string, status: string): string;
  readonly problems: Readonly<Record<ConnectProblem, (address: string) => string>>;
}
