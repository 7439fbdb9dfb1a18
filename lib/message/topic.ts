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

/** Whether a subscription to `filter` (valid, perhaps shared) receives messages on `topic`. */
export function matches(filter: string, topic: string): boolean {
  const wanted = unshared(filter).split("/");
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
