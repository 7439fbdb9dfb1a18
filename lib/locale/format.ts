/** Numbers, sizes and durations as each language writes them. */

/** `n` with digit groups and at most `decimals` decimals. */
export function number(lang: string, n: number, decimals = 0): string {
  return n.toLocaleString(lang, { maximumFractionDigits: decimals, minimumFractionDigits: 0 })
    // French groups with a narrow no-break space, which many consoles show as a box.
    .replace(/\u202f/g, "\u00a0");
}

/**
 * A size: `units` begin with the byte, each 1,000 times the previous one, as `--max-payload` reads
 * them.
 */
export function bytes(lang: string, units: readonly string[], n: number): string {
  let unit = 0;
  for (; n >= 1000 && unit < units.length - 1; unit++) n /= 1000;
  return `${number(lang, n, unit === 0 ? 0 : 1)} ${units[unit]}`;
}

/** A duration of `ms` milliseconds: `300 ms`, `4 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds > 0 && seconds < 1) return `${Math.max(1, Math.round(ms))} ms`;
  if (seconds < 60) return `${Number.isInteger(seconds) ? seconds : Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(and: string, names: readonly string[]): string {
  return names.length < 2
    ? names.join("")
    : `${names.slice(0, -1).join(", ")} ${and} ${names[names.length - 1]}`;
}

/** A time as a clock shows it: `0:42`, `12:05`, `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  const rest = `${two(minutes % 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, "");
}
