/** Validity and matching of topic names and filters, as in MQTT 5 [MQTT-4.7, 4.8.2]. */

/** What is wrong with a topic filter: a key of the `filterProblems` sentences. */
export type FilterProblem = "empty" | "nul" | "surrogate" | "long" | "hash" | "plus" | "share";

const SHARE = "$share/";

/** Checks the rules of every UTF-8 string used as topic or filter. */
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
 * Why `filter` is invalid for a subscription; `undefined` if it is valid. Checks both parts of a
 * shared subscription (`$share/NAME/filter`).
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

/** Whether `filter` is that of a shared subscription, whose group divides the messages. */
export function isShared(filter: string): boolean {
  return filter.startsWith(SHARE);
}

/** The levels of a filter, without the group of a shared one. */
export type Levels = readonly string[];

/** The levels of a valid filter. */
export function levelsOf(filter: string): Levels {
  return unshared(filter).split("/");
}

/**
 * Whether `wide` matches every topic that `narrow` matches.
 *
 * @param options.parents Whether `sport/#` matches `sport`, as the standard says [4.7.1.2]. In AWS
 * IoT Core it does not.
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

/** Whether any topic matches both filters. */
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

/** Whether the levels before `index` form no topic: none, or a single empty one. */
function isParentEmpty([first]: Levels, index: number): boolean {
  return index === 0 || index === 1 && first === "";
}

/**
 * Whether a leading wildcard excludes all topics of `other`, which begin with `$` [MQTT-4.7.2-1].
 */
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
