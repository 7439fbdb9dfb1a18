/** What a look at a broker found, as lines: two levels of its topics with their rates. */

import type { Sentences } from "../locale/mod.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { shortenMiddle, width } from "../text/width.ts";
import type { Seen } from "./broker_look.ts";

/** Branches shown, those with most messages, unless another number is given. */
const MAX_BRANCHES = 8;
/** Columns of a branch. */
const MAX_WIDTH = 50;

/** A part of the topics, and its messages. */
interface Branch {
  /** A topic, or a filter for all below two levels. */
  readonly filter: string;
  readonly count: number;
}

/** The first two levels of the topics, those with most messages first. */
export function branches(topics: ReadonlyMap<string, number>): Branch[] {
  const counts = new Map<string, number>();
  for (const [topic, count] of topics) {
    const levels = topic.split("/");
    const filter = levels.length > 2 ? [...levels.slice(0, 2), "#"].join("/") : topic;
    counts.set(filter, (counts.get(filter) ?? 0) + count);
  }
  return [...counts].map(([filter, count]) => ({ filter, count }))
    .sort((a, b) => b.count - a.count || (a.filter < b.filter ? -1 : 1));
}

/** The lines about a look. */
export function renderLook(
  { topics, messages, retained, ms }: Seen,
  t: Sentences,
  maxBranches = MAX_BRANCHES,
): string[] {
  const { look } = t.live;
  if (messages === 0) return [retained > 0 ? look.retainedOnly : look.nothing(ms)];
  const all = branches(topics);
  const shown = all.slice(0, maxBranches).map(({ filter, count }) => ({
    name: shortenMiddle(escapeForTerminal(filter), MAX_WIDTH),
    count,
  }));
  const widest = Math.max(...shown.map(({ name }) => width(name)));
  const seconds = Math.max(ms, 1) / 1000;
  const lines = shown.map(({ name, count }) =>
    look.row(name + " ".repeat(widest - width(name)), count / seconds)
  );
  const hidden = all.length - shown.length;
  if (hidden > 0) lines.push(look.more(hidden));
  return [look.found(messages, ms), ...lines, look.suggest(suggestion(all))];
}

/** The filter for everything below the first level that has most messages. */
function suggestion(all: readonly Branch[]): string {
  const counts = new Map<string, number>();
  for (const { filter, count } of all) {
    const [first = ""] = filter.split("/");
    const wide = filter.includes("/") ? `${first}/#` : filter;
    counts.set(wide, (counts.get(wide) ?? 0) + count);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  return escapeForTerminal(best);
}
