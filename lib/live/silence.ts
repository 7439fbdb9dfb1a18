/** Why a subscription may have no messages, as far as its filters tell. */

import { matches } from "../message/topic.ts";
import type { Sentences } from "../locale/mod.ts";
import { escapeForTerminal } from "../text/escape.ts";

/** What may be wrong with filters that have had no message: one line for each. */
export function filterHints(filters: readonly string[], t: Sentences): string[] {
  const { silence } = t.live;
  return filters.flatMap((filter) => {
    const shown = escapeForTerminal(filter);
    const lines: string[] = [];
    if (filter.includes("*")) {
      lines.push(silence.star(shown, escapeForTerminal(withoutStars(filter))));
    }
    if (/^\/+[^/]/.test(filter)) {
      lines.push(silence.slash(shown, escapeForTerminal(filter.replace(/^\/+/, ""))));
    }
    return lines;
  });
}

/** What was meant by the wildcards of a shell. */
function withoutStars(filter: string): string {
  const levels = filter.split("/");
  return levels.map((level, i) => {
    if (!level.includes("*")) return level;
    return i === levels.length - 1 || level === "**" ? "#" : "+";
  }).join("/").replace(/(^|\/)#\/.*/, "$1#");
}

/** Filters that a topic seen at the broker would match, but for the case of its letters. */
export function caseHints(
  filters: readonly string[],
  topics: Iterable<string>,
  t: Sentences,
): string[] {
  const all = [...topics];
  return filters.flatMap((filter) => {
    const lower = filter.toLowerCase();
    const topic = all.find((topic) =>
      !matches(filter, topic) && matches(lower, topic.toLowerCase())
    );
    if (topic === undefined) return [];
    return [t.live.silence.letterCase(escapeForTerminal(filter), escapeForTerminal(topic))];
  });
}
