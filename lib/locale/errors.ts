/** Errors with a sentence for the user, and their exit codes. */

import { escapeForTerminal } from "../text/escape.ts";
import { en, type Sentences } from "./en.ts";
import { systemCode, systemNumber } from "./system_codes.ts";

/** Describes a cause (an error of the system) in the reader's language. */
type Because = (cause: unknown) => string;

/** Builds the sentence in a language. */
type Say = (t: Sentences, because: Because) => string;

interface UserErrorOptions extends ErrorOptions {
  /** Trying again will not help. @default {false} */
  readonly final?: boolean;
}

/** An error meant to be read by the user; `message` is its English sentence. */
export class UserError extends Error {
  readonly say: Say;
  readonly final: boolean;
  /** Exit code of the process. */
  readonly exitCode: number = 1;

  constructor(say: Say, { final = false, ...options }: UserErrorOptions = {}) {
    super(say(en, (cause) => describeCause(cause, en)), options);
    this.say = say;
    this.final = final;
    this.name = new.target.name;
  }
}

/** The program was stopped before the recording began. */
export class Cancelled extends UserError {
  override readonly exitCode: number = 0;

  constructor() {
    super((t) => t.ended);
  }
}

/** Ctrl+C at a question, so that nothing was begun: as a shell tells of SIGINT. */
export class Interrupted extends Cancelled {
  override readonly exitCode = 130;
}

/** The command line or the configuration is invalid. */
export class UsageError extends UserError {
  override readonly exitCode = 2;
}

/** The broker cannot be reached, or refuses. */
export class BrokerError extends UserError {
  override readonly exitCode = 3;
}

/** A file cannot be opened, read or written. */
export class RecordingError extends UserError {}

/** Another program has moved, deleted or changed a file: what stood in it may be gone. */
export class FileChangedError extends RecordingError {
  constructor(path: string) {
    super((t) => t.fileChanged(path));
  }
}

/** A file cannot be read, and why. */
export function cannotRead(path: string, cause: unknown): RecordingError {
  return new RecordingError((t, because) => t.check.cannotRead(path, because(cause)), { cause });
}

/** A file cannot be written, and why. */
export function cannotWrite(path: string, cause: unknown): RecordingError {
  const full = isDiskFull(cause);
  return new RecordingError((t, because) => t.cannotWrite(path, because(cause), full), { cause });
}

/** A recording ends although messages are not written; none of them was acknowledged. */
export function notWritten(output: string, messages: number, error: unknown): RecordingError {
  // A `RecordingError` is a sentence of its own, with a remedy for one file.
  const cause = error instanceof RecordingError ? error.cause ?? error : error;
  const full = isDiskFull(cause);
  return new RecordingError((t, because) => t.notWritten(output, messages, because(cause), full), {
    cause,
  });
}

/** Whether room on the disk is what is missing. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && ["ENOSPC", "EDQUOT"].includes(systemCode(error));
}

/** A state without a system error, named by a code of `Sentences.causes`. */
export class StateError extends Error {
  constructor(readonly code: string) {
    super(`code ${code}`);
    this.name = "StateError";
  }
}

/** An error whose state has details, in the reader's language. */
export abstract class StatedError extends Error {
  /** A part of a sentence, without a period; text from outside is escaped. */
  abstract state(t: Sentences): string;
}

/** The text shown for an error: one line, perhaps a second with a remedy. Never a stack trace. */
export function describe(error: unknown, t: Sentences): string {
  if (error instanceof UserError) return error.say(t, (cause) => describeCause(cause, t));
  return t.unexpected(describeCause(error, t));
}

/** The process's exit code for an error: 1 failed, 2 usage, 3 broker. */
export function exitCode(error: unknown): number {
  return error instanceof UserError ? error.exitCode : 1;
}

/**
 * The permission that an error or one of its causes reports as missing: `kind` as in
 * `--allow-<kind>`, `scope` undefined for the whole kind.
 */
export function missingPermission(
  error: unknown,
): { readonly kind: string; readonly scope: string | undefined } | undefined {
  for (let depth = 0; error instanceof Error && depth < 8; depth++) {
    if (error instanceof Deno.errors.NotCapable) {
      const [, kind, scope] = /^Requires (\w+) access(?: to "(.*)")?,/.exec(error.message) ?? [];
      return kind === undefined ? undefined : { kind, scope: kind === "all" ? undefined : scope };
    }
    error = error.cause;
  }
  return undefined;
}

/** The system's state in plain words: "permission denied", "no space left on the disk", …. */
export function describeCause(error: unknown, t: Sentences): string {
  if (error instanceof UserError) return describe(error, t);
  const state = knownState(error, t, 0);
  if (state !== undefined) return state;
  // `inspect` throws for no value.
  const message = error instanceof Error
    ? error.message || error.name
    : typeof error === "string"
    ? error
    : Deno.inspect(error);
  const number = error instanceof Error ? systemNumber(error) : undefined;
  const shown = escapeForTerminal(redact(message));
  return number === undefined ? shown : t.systemError(number, shown);
}

/** The state of an error, of its cause, or of the first error of an `AggregateError`. */
function knownState(error: unknown, t: Sentences, depth: number): string | undefined {
  if (!(error instanceof Error) || depth > 8) return undefined; // Causes may be circular.
  if (error instanceof StatedError) return error.state(t);
  if (error instanceof Deno.errors.NotCapable) {
    const { kind, scope } = missingPermission(error) ?? {};
    if (kind === undefined) return t.causes.NotCapable;
    return t.notGiven(
      `--allow-${kind}${scope === undefined ? "" : `=${escapeForTerminal(scope)}`}`,
    );
  }
  if (isUnknownName(error)) return t.causes.ENOTFOUND;
  const code = systemCode(error);
  // Own keys only: "constructor" is no code.
  if (Object.hasOwn(t.causes, code)) return t.causes[code];
  const family = /^(ERR_SSL_|WS_ERR_|HPE_)/.exec(code)?.[0];
  if (family !== undefined) return t.causes[family];
  return knownState(error instanceof AggregateError ? error.errors[0] : error.cause, t, depth + 1);
}

const UNKNOWN_NAME =
  /failed to lookup address|No such host|not known|invalid (?:empty )?host|\(os error 1100[1-4]\)/i;

/**
 * Whether a name does not resolve, or is none. Deno gives that error no code, or ENOENT; Windows
 * tells it in the system's language, by WSAHOST_NOT_FOUND and the three after it.
 */
export function isUnknownName(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Node.js's codes, of WebSockets.
  if (/^EAI_/.test(String((error as { code?: unknown }).code))) return true;
  return UNKNOWN_NAME.test(error.message);
}

/** Whether another program has the file open, or a part of it locked. */
export function isHeldOpen(error: unknown): boolean {
  return error instanceof Error && systemCode(error) === "EBUSY";
}

/**
 * Hides the user and password of any URL in `text`. Greedy up to the last `@` of a word, because a
 * password typed by hand may contain a bare `/`, `:` or `@`.
 */
export function redact(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s"]*@/gi, "$1***@");
}
