/** Reads settings as text and checks them one by one. */

import { UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { exampleOf, type Flag } from "./command_line.ts";
import { type FlagName, FLAGS, type Flags, variableOf } from "./flags.ts";

/** Where a setting comes from, in order of precedence. */
export type Origin = "flag" | "environment" | "file";

/**
 * The origin of each setting, and its name in errors, in every language. Flags may be omitted.
 */
export type Origins = Partial<Record<FlagName, { readonly origin: Origin; readonly name: string }>>;

const PRECEDENCE: Readonly<Record<Origin, number>> = { flag: 0, environment: 1, file: 2 };

/** `j`: days in French. */
const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ...[["ms", 1], ["s", 1000], ["sec", 1000], ["m", 60_000], ["min", 60_000]] as const,
  ...[["h", 3_600_000], ["d", 86_400_000], ["j", 86_400_000]] as const,
]);

/** Milliseconds of `10`, `10s`, `1h30m` or `1h30`; NaN for anything else. */
export function timeOf(text: string): number {
  const whole = text.toLowerCase().replace(/^(\d+h)(\d\d)$/, "$1$2m");
  if (/^(?:\d+(?:[.,]\d+)?|[.,]\d+)$/.test(whole)) return Number(whole.replace(",", ".")) * 1000;
  if (!/^(?:\d+(?:[.,]\d+)?[a-z]+)+$/.test(whole)) return NaN;
  const parts = [...whole.matchAll(/([\d.,]+)([a-z]+)/g)]
    .map(([, n, unit]) => [Number(n!.replace(",", ".")), UNITS_MS.get(unit!) ?? NaN] as const);
  // Larger units go first, each once: 30m1h is a slip.
  const inOrder = parts.every(([, ms], i) => i === 0 || ms < parts[i - 1]![1]);
  return inOrder ? parts.reduce((sum, [n, ms]) => sum + n * ms, 0) : NaN;
}

/** Bytes of `100`, `64k`, `10MB` or `1GiB`, up to TB; NaN for anything else. */
export function sizeOf(text: string): number {
  const [, n, unit = "", binary] = /^(\d+(?:\.\d+)?) ?(?:([kmgt])(i)?)?b?$/i.exec(text) ?? [];
  const power = "kmgt".indexOf(unit.toLowerCase() || "-") + 1;
  return n === undefined ? NaN : Number(n) * (binary ? 1024 : 1000) ** power;
}

export class SettingReader {
  readonly #flags: Flags;
  readonly #origins: Origins;

  constructor(flags: Flags, origins: Origins = {}) {
    this.#flags = flags;
    this.#origins = origins;
  }

  given(name: FlagName): boolean {
    return this.#flags[name] !== undefined;
  }

  text(name: FlagName): string | undefined {
    return this.#flags[name]?.[0];
  }

  all(name: FlagName): readonly string[] | undefined {
    return this.#flags[name];
  }

  /** The name of a setting as the user wrote it: `--port`, `MQTTREC_PORT`, `port (FILE)`. */
  label(name: FlagName): string {
    return this.#origins[name]?.name ?? `--${name}`;
  }

  /** Where a setting comes from; the command line where it is not given. */
  origin(name: FlagName): Origin {
    return this.#origins[name]?.origin ?? "flag";
  }

  /** Whether it is on the command line, which every process of the machine can read. */
  onCommandLine(name: FlagName): boolean {
    return this.given(name) && this.#precedence(name) === PRECEDENCE.flag;
  }

  /** Whether `name` takes precedence over `other` or has the same origin. */
  prevails(name: FlagName, other: FlagName): boolean {
    return this.given(name) &&
      (!this.given(other) || this.#precedence(name) <= this.#precedence(other));
  }

  /** Whether both have the same origin, so that neither takes precedence. */
  tied(a: FlagName, b: FlagName): boolean {
    return this.given(a) && this.given(b) && this.#precedence(a) === this.#precedence(b);
  }

  /** The error for an invalid value; names what is expected. */
  bad(name: FlagName, value: string): UsageError {
    const quoted = this.quoted(name, value);
    if (quoted !== undefined) return quoted;
    const [label, shown] = [this.label(name), escapeForTerminal(value)];
    const example = this.#example(name);
    return new UsageError((t) => t.badValue(label, shown, t.wanted[name]!, example));
  }

  /** The error for a value in `'…'`, which cmd.exe passes on; undefined for any other. */
  quoted(name: FlagName, value: string): UsageError | undefined {
    const [label, shown] = [this.label(name), escapeForTerminal(value)];
    const [, inner] = /^'(.*)'$/s.exec(shown) ?? [];
    return inner === undefined
      ? undefined
      : new UsageError((t) => t.settings.quotedValue(label, shown, inner));
  }

  /** A setting that would do, as it would stand where this one stands. */
  #example(name: FlagName): string {
    const flag: Flag = FLAGS.find((flag) => flag.name === name)!;
    const origin = this.origin(name);
    if (origin === "flag") return exampleOf(`--${name}`, flag);
    return origin === "environment"
      ? `${variableOf(name)}=${flag.example}`
      : `"${name}": "${flag.example}"`;
  }

  /** One of `choices`, in whatever case it is written; `otherwise` if it is not given. */
  oneOf<T extends string>(name: FlagName, choices: readonly T[], otherwise: T): T {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    const known = choices.find((known) => known === value.toLowerCase());
    if (known === undefined) throw this.bad(name, value);
    return known;
  }

  whole(name: FlagName, min: number, max: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const n = /^\d{1,16}$/.test(value) ? Number(value) : NaN;
    if (!(n >= min && n <= max)) throw this.bad(name, value);
    return n;
  }

  /** Milliseconds of `10`, `10s`, `500ms`, `5m`, `1h30m` or `7d`. */
  time(name: FlagName, fits: (ms: number) => boolean): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const ms = timeOf(value);
    if (!fits(ms)) throw this.bad(name, value);
    return ms;
  }

  /** Bytes of `100`, `64k`, `10MB` or `1GiB`: powers of 1,000, or of 1,024 with an i. */
  size(name: FlagName, max: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const bytes = sizeOf(value);
    if (!(bytes >= 0 && bytes <= max && Number.isInteger(bytes))) throw this.bad(name, value);
    return bytes;
  }

  #precedence(name: FlagName): number {
    return PRECEDENCE[this.origin(name)];
  }
}
