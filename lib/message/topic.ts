/** Validity and matching of topic names and filters, as in MQTT 5 [MQTT-4.7, 4.8.2]. */

/** What is wrong with a topic filter: a key of the `filterProblems` sentences. */
export type FilterProblem = "empty" | "nul" | "surrogate" | "long" | "hash" | "plus" | "share";

const SHARE = "$share/";

/** What every UTF-8 string used as a topic must be. */
function textProblem(text: string): FilterProblem | undefined {
  if (text === "") return "empty"; // [MQTT-4.7.3-1]
  if (text.includes("\0")) return "nul"; // [MQTT-4.7.3-2]
  if (!text.isWellFormed()) return "surrogate"; // [MQTT-1.5.4-1]
  if (new TextEncoder().encode(text).length > 65_535) return "long"; // [MQTT-4.7.3-3]
  return undefined;
}

/** The filter inside `$share/NAME/filter`; any other filter unchanged. */
function unshared(filter: string): string {
  if (!filter.startsWith(SHARE)) return filter;
  const end = filter.indexOf("/", SHARE.length);
  return end < 0 ? "" : filter.slice(end + 1);
}

/**
 * What makes `filter` unfit for a subscription, or `undefined` when it is valid. Shared
 * subscriptions (`$share/NAME/filter`) are checked in both parts.
 */
export function filterProblem(filter: string): FilterProblem | undefined {
  const problem = textProblem(filter);
  if (problem) return problem;
  const inner = unshared(filter);
  // The name is not empty [MQTT-4.8.2-1], has no wildcard, and a filter follows [MQTT-4.8.2-2].
  if (inner === "" || filter === "$share" || /^\$share\/(\/|[^/]*[+#])/.test(filter)) {
    return "share";
  }
  const levels = inner.split("/");
  for (const [index, level] of levels.entries()) {
    // [MQTT-4.7.1-1]: `#` is a whole level, and the last.
    if (level.includes("#") && (level !== "#" || index < levels.length - 1)) return "hash";
    if (level.includes("+") && level !== "+") return "plus"; // [MQTT-4.7.1-2]
  }
  return undefined;
}

/** Whether a message may be published to `topic`: a valid text without wildcards [MQTT-4.7.0-1]. */
export function isValidTopic(topic: string): boolean {
  return textProblem(topic) === undefined && !/[+#]/.test(topic);
}

/** Whether `filter` is a shared subscription's: its messages are shared out among a group. */
export function isShared(filter: string): boolean {
  return filter.startsWith(SHARE);
}

/** A filter's levels, of a shared one those behind its group. */
export type Levels = readonly string[];

/** The levels of a valid filter. */
export function levelsOf(filter: string): Levels {
  return unshared(filter).split("/");
}

/**
 * Whether every topic that `narrow` matches is matched by `wide` too.
 *
 * @param options.parents `sport/#` matches `sport`, as it must [4.7.1.2]. AWS IoT Core's does not.
 * @default {true}
 */
export function covers(wide: Levels, narrow: Levels, { parents = true } = {}): boolean {
  if (sparesDollar(wide, narrow)) return false;
  for (const [index, level] of wide.entries()) {
    const other = narrow[index];
    if (level === "#") return index < narrow.length || parents;
    // No topic is empty: `+/#` matches all that `#` matches, `/+/#` all that `/#` does.
    if (other === "#") {
      return parents && isParentEmpty(narrow, index) && level === "+" && wide[index + 1] === "#";
    }
    if (other === undefined || level !== "+" && level !== other) return false;
  }
  return wide.length === narrow.length;
}

/** Whether there are topics that both match. */
export function overlap(a: Levels, b: Levels): boolean {
  if (sparesDollar(a, b) || sparesDollar(b, a)) return false;
  for (let index = 0;; index++) {
    const [one, other] = [a[index], b[index]];
    if (one === "#") return other !== undefined || !isParentEmpty(a, index);
    if (other === "#") return one !== undefined || !isParentEmpty(b, index);
    if (one === undefined && other === undefined) return true;
    if (one === undefined || other === undefined) return false;
    if (one !== other && one !== "+" && other !== "+") return false;
  }
}

/** Whether what lies before level `index` is no topic: nothing, or one empty level. */
function isParentEmpty([first]: Levels, index: number): boolean {
  return index === 0 || index === 1 && first === "";
}

/** Whether `filter` leaves out all topics of `other` as they begin with `$` [MQTT-4.7.2-1]. */
function sparesDollar([first]: Levels, [other]: Levels): boolean {
  return (first === "#" || first === "+") && other!.startsWith("$");
}

/** Whether a subscription to `filter` (valid, perhaps shared) receives messages on `topic`. */
export function matches(filter: string, topic: string): boolean {
  const wanted = levelsOf(filter);
  const levels = topic.split("/");
  // [MQTT-4.7.2-1]: a leading wildcard does not match `$SYS/…`.
  if (topic.startsWith("$") && (wanted[0] === "#" || wanted[0] === "+")) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true; // Of `sport`, too: `#` includes the parent level [4.7.1.2].
    if (index >= levels.length) return false;
    if (level !== "+" && level !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}
