/** Numbers, sizes and durations as each language writes them. */

/** Names of units that differ between languages. */
interface Units {
  /** BCP 47 tag for `Intl`. */
  readonly tag: string;
  /** Byte, and thousand, million, … bytes. */
  readonly bytes: readonly [string, ...string[]];
  readonly day: string;
}

/** How one language writes figures. */
export interface Figures {
  /** A number with at most `decimals` decimals (default 0): `1,234.5`, `1 234,5`. */
  number(value: number, decimals?: number): string;
  /** A size given in bytes, in decimal units, exact below 10,000: `9,999 B`, `1,234.5 MB`. */
  bytes(value: number): string;
  /** A duration given in milliseconds, in its two largest units: `1 h 2 min`. */
  duration(ms: number): string;
}

/** The figures of a language. */
export function figures({ tag, bytes: names, day }: Units): Figures {
  const formats = [0, 1, 2, 3].map((maximumFractionDigits) =>
    new Intl.NumberFormat(tag, { maximumFractionDigits })
  );
  const number = (value: number, decimals = 0) =>
    // Many console fonts have no narrow no-break space (U+202F), which French groups digits with.
    (formats[decimals] ?? formats[3]!).format(value).replaceAll("\u202F", "\u00A0");

  const two = (large: number, unit: string, small: number, smaller: string) =>
    `${number(large)} ${unit}${small > 0 ? ` ${small} ${smaller}` : ""}`;

  return {
    number,
    bytes(value) {
      let unit = 0;
      // From 10,000 on the next unit: a growing file is seen to grow on the status line.
      while (value >= 10_000 && unit < names.length - 1) {
        value /= 1_000;
        unit++;
      }
      return `${number(value, unit === 0 ? 0 : 1)} ${names[unit]}`;
    },
    duration(ms) {
      if (ms < 1_000) return `${number(ms)} ms`;
      if (ms < 59_950) return `${number(ms / 1_000, 1)} s`;
      const seconds = Math.round(ms / 1_000);
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return two(minutes, "min", seconds % 60, "s");
      const hours = Math.floor(minutes / 60);
      if (hours < 24) return two(hours, "h", minutes % 60, "min");
      return two(Math.floor(hours / 24), day, hours % 24, "h");
    },
  };
}
