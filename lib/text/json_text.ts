/** Scans hand-written JSON text for its first error and repeated names. */

/** What {@linkcode scanJson} finds. */
export interface JsonScan {
  /** Offset of the first error; undefined if the text is JSON. */
  readonly errorAt: number | undefined;
  /** Names in the outermost object, in order, repeated ones included. */
  readonly names: readonly string[];
}

const TEXT = String.raw`"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])`;
const VALUE = new RegExp(String.raw`${TEXT}|${NUMBER}|(?:true|false|null)\b|[[{]`, "y");
const NAME = new RegExp(TEXT, "y");
const [COLON, COMMA] = [/:/y, /,/y];
const CLOSERS: ReadonlyMap<string, RegExp> = new Map([["{", /\}/y], ["[", /\]/y]]);
const SPACE = /[ \t\n\r]*/y;

/**
 * Scans the whole text. `JSON.parse` quotes the text in its errors, which may hold a password, and
 * silently keeps the last of two equal names.
 */
export function scanJson(text: string): JsonScan {
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) at += found.length;
    return found;
  };
  const take = (pattern: RegExp) => {
    match(SPACE);
    return match(pattern);
  };
  const names: string[] = [];
  const open: string[] = [];
  const close = () => take(CLOSERS.get(open.at(-1)!)!) !== undefined && open.pop() !== undefined;
  let empty = false;
  for (;;) {
    if (!(empty && close())) {
      if (open.at(-1) === "{") {
        const name = take(NAME);
        if (name !== undefined && open.length === 1) names.push(JSON.parse(name));
        if (name === undefined || take(COLON) === undefined) return { errorAt: at, names };
      }
      const value = take(VALUE);
      if (value === undefined) return { errorAt: at, names };
      empty = value === "{" || value === "[";
      if (empty) {
        open.push(value);
        continue;
      }
    }
    empty = false;
    while (open.length > 0 && take(COMMA) === undefined) {
      if (!close()) return { errorAt: at, names };
    }
    if (open.length > 0) continue;
    match(SPACE);
    return { errorAt: at === text.length ? undefined : at, names };
  }
}
