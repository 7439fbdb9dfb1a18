/** Reads settings as text and checks them one by one. */

import { UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { FlagName, Flags } from "./flags.ts";

/** Where a setting comes from, in order of precedence. */
export type Origin = "flag" | "environment" | "file";

/**
 * The origin of each setting, and its name in errors, in every language. Flags may be omitted.
 */
export type Origins = Partial<Record<FlagName, { readonly origin: Origin; readonly name: string }>>;

const PRECEDENCE: Readonly<Record<Origin, number>> = { flag: 0, environment: 1, file: 2 };

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

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
    const [label, shown] = [this.label(name), escapeForTerminal(value)];
    return new UsageError((t) => t.badValue(label, shown, t.wanted[name]!));
  }

  /** The value of a setting that accepts only `choices`; `otherwise` if it is not given. */
  oneOf<T extends string>(name: FlagName, choices: readonly T[], otherwise: T): T {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    const known = choices.find((known) => known === value);
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

  /** Milliseconds of `10`, `10s`, `500ms`, `5m`, `2h` or `7d`. */
  time(name: FlagName, fits: (ms: number) => boolean): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, n, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(value) ?? [];
    const ms = n === undefined ? NaN : Number(n) * UNITS_MS[unit ?? "s"]!;
    if (!fits(ms)) throw this.bad(name, value);
    return ms;
  }

  /** Bytes of `100`, `64k`, `10MB` or `1GiB`: powers of 1,000, or of 1,024 with an i. */
  size(name: FlagName, max: number): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, n, unit = "", binary] = /^(\d+(?:\.\d+)?) ?(?:([kmg])(i)?)?b?$/i.exec(value) ?? [];
    const power = "kmg".indexOf(unit.toLowerCase() || "-") + 1;
    const bytes = n === undefined ? NaN : Number(n) * (binary ? 1024 : 1000) ** power;
    if (!(bytes >= 0 && bytes <= max && Number.isInteger(bytes))) throw this.bad(name, value);
    return bytes;
  }

  #precedence(name: FlagName): number {
    return PRECEDENCE[this.#origins[name]?.origin ?? "flag"];
  }
}
