/** Renders the findings of `check`. Pure. */

import type { Checked, Findings, Standing } from "./check_recording.ts";
import type { SetFindings } from "./check_set.ts";
import type { SetProblem } from "./listed_files.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { GapLogTotals } from "../gaps/gap_log_totals.ts";
import { list } from "../locale/format.ts";
import type { Sentences } from "../locale/mod.ts";

/** Number of topics shown, those with most messages. */
const MAX_TOPICS = 20;
/** Number of files shown that the index does not name. */
const MAX_UNLISTED = 10;
/** Longest topic shown, in characters. */
const LONGEST_TOPIC = 100;

/** Whether no problem was found. */
export function isWell({ files, standings, live, errors }: Findings): boolean {
  const isAny = (wanted: Standing["type"]) => standings.some(({ type }) => type === wanted);
  if (errors.length > 0 || isAny("different") || isAny("within")) return false;
  if (files.some(({ problem }) => problem?.type === "malformed")) return false;
  const open = files.some(({ problem }) => problem !== undefined) || isAny("prefix");
  return !open || live;
}

/** Whether the gap log is whole, but for a row that is being written. */
export function isWhole({ tornBytes, alien }: GapLogTotals, live: boolean): boolean {
  return alien === undefined && (live || tornBytes === undefined);
}

/**
 * The report about one recording.
 *
 * @param repaired Whether a repair has done what it can: none is named then. @default {false}
 */
export function renderFindings(
  findings: Findings,
  gaps: GapLogTotals | undefined,
  t: Sentences,
  repaired = false,
): string[] {
  const { files, standings, live } = findings;
  const lines: string[] = [];
  for (const [i, file] of files.entries()) {
    // Describe files with the same rows once.
    const again = i > 0 && standings[i - 1]?.type === "same";
    lines.push(...renderFile(file, live, again, t));
  }
  const names = files.map(({ contents: { path } }) =>
    /([^.]*)(?:\.gz)?$/.exec(path)![1]!.toUpperCase()
  );
  const all = list(t.check.and, names);
  const [standing] = standings;
  if (standing?.type === "same" && standings.every(({ type }) => type === "same")) {
    lines.push(t.check.same(all, standing.rows));
  } else {
    for (const [i, standing] of standings.entries()) {
      lines.push(
        ...renderStanding(standing, list(t.check.and, [names[0]!, names[i + 1]!]), {
          live,
          repaired,
        }, t),
      );
    }
  }
  if (gaps) lines.push(...renderGaps(gaps, live, t));
  return lines;
}

function renderStanding(
  standing: Standing,
  names: string,
  { live, repaired }: { readonly live: boolean; readonly repaired: boolean },
  t: Sentences,
): string[] {
  switch (standing.type) {
    case "same":
      return [];
    case "prefix": {
      const shorter = show(standing.shorter), longer = show(standing.longer);
      return [
        live
          ? t.check.behind(shorter, standing.rows, longer)
          : t.check.prefix(shorter, standing.rows, longer, repaired),
      ];
    }
    case "within":
      return [
        t.check.within(
          show(standing.shorter),
          standing.rows,
          standing.row,
          show(standing.longer),
          repaired,
        ),
      ];
    case "different":
      return [t.check.different(names, standing.row)];
    case "unreadable":
      return [t.check.comparedUpTo(names, standing.rows)];
  }
}

/**
 * The report about finished files; those that are whole have no lines of their own.
 *
 * @param repaired As of `renderFindings`. @default {false}
 */
export function renderSet(
  { count, rows, back, deleted, findings, problems, twins }: SetFindings,
  t: Sentences,
  repaired = false,
): string[] {
  const lines = findings.flatMap((one) => renderFindings(one, undefined, t, repaired));
  lines.push(t.rotate.set(count, rows, deleted));
  for (const number of back) lines.push(`  ${t.rotate.back(number)}`);
  for (const { kept, spare } of twins) lines.push(`  ${t.rotate.twins(show(kept), show(spare))}`);
  const unlisted = problems.filter(({ type }) => type === "unlisted");
  for (const problem of problems) {
    // Of an index that is gone, the first ones tell everything.
    const at = unlisted.indexOf(problem);
    if (at < MAX_UNLISTED) lines.push(`  ${setProblem(problem, t, repaired)}`);
    else if (at === MAX_UNLISTED) lines.push(`  ${t.rotate.moreUnlisted(unlisted.length - at)}`);
  }
  return lines;
}

function setProblem(problem: SetProblem, t: Sentences, repaired: boolean): string {
  switch (problem.type) {
    case "hole":
      return t.rotate.hole(problem.from, problem.to);
    case "alien":
      return t.rotate.alien(problem.count, problem.row);
    case "torn":
      return t.rotate.torn(problem.bytes);
    case "resaved":
      return t.rotate.resaved;
    case "unlisted":
      return t.rotate.unlisted(show(problem.file), repaired);
    default:
      return t.rotate[problem.type](show(problem.file));
  }
}

function renderGaps(
  { path, gaps, seconds, tornBytes, alien }: GapLogTotals,
  live: boolean,
  t: Sentences,
): string[] {
  const lines = [t.check.gaps(show(path), gaps, seconds)];
  if (tornBytes !== undefined) lines.push(`  ${live ? t.check.live : t.check.tornGaps(tornBytes)}`);
  if (alien) lines.push(`  ${t.check.alienGaps(alien.count, alien.row)}`);
  return lines;
}

function renderFile(
  { contents, problem }: Checked,
  live: boolean,
  again: boolean,
  t: Sentences,
): string[] {
  const { path, bytes, rows, first, last, dup, back, topics } = contents;
  const lines = [t.check.file(show(path), rows, bytes)];
  if (!again && first !== undefined && last !== undefined) {
    lines.push(`  ${t.check.span(iso(first), iso(last))}`);
    lines.push(`  ${t.check.order(back)}, ${t.check.dup(dup)}`);
    lines.push(`  ${t.check.topics(topics.distinct)}`);
    const top = topics.top(MAX_TOPICS);
    const width = t.number(top[0]?.count ?? 0).length;
    for (const { topic, count } of top) {
      lines.push(`    ${t.number(count).padStart(width)}  ${clip(show(topic))}`);
    }
    const hidden = topics.distinct - top.length;
    if (hidden > 0) lines.push(`    ${t.check.moreTopics(hidden)}`);
    if (topics.others > 0) lines.push(`    ${t.check.otherTopics(topics.others)}`);
  }
  if (problem && problem.type !== "malformed" && live) lines.push(`  ${t.check.live}`);
  else if (problem?.type === "unfinished") lines.push(`  ${t.check.unfinished}`);
  else if (problem?.type === "torn") lines.push(`  ${t.check.torn(problem.bytes, problem.at)}`);
  else if (problem?.type === "malformed") {
    lines.push(`  ${t.check.malformed(problem.row, problem.at)}`);
  }
  return lines;
}

function show(text: string): string {
  return escapeForTerminal(text);
}

function clip(text: string): string {
  return text.length <= LONGEST_TOPIC ? text : `${text.slice(0, LONGEST_TOPIC - 1)}…`;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
