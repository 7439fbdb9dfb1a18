/** The result table, one row for each case, for a terminal and as Markdown. */

import type { FaultCase, Figures } from "./case.ts";

/** The result of a case. */
export type Outcome =
  | { readonly kind: "run"; readonly figures: Figures; readonly ms: number }
  | { readonly kind: "failed"; readonly message: string; readonly ms: number }
  | { readonly kind: "skipped"; readonly reason: string };

interface Column {
  readonly title: string;
  readonly width: number;
  readonly value: (figures: Figures) => number | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: "faults", width: 7, value: ({ faults }) => faults },
  { title: "published", width: 10, value: ({ published }) => published },
  { title: "lost", width: 6, value: ({ lost }) => lost },
  { title: "duplicates", width: 10, value: ({ duplicates }) => duplicates },
  { title: "torn", width: 5, value: ({ torn }) => torn },
  { title: "csv≠json", width: 8, value: ({ csvNotJson }) => csvNotJson },
  { title: "inversions", width: 10, value: ({ inversions }) => inversions },
  { title: "max RSS MB", width: 10, value: ({ maxRssMb }) => maxRssMb },
  { title: "recovery s", width: 10, value: ({ recoveryMs }) => recoveryMs },
];
const CASE_WIDTH = 34;

/** Whether it ran and kept every promise. */
export function passed(outcome: Outcome): boolean {
  return outcome.kind === "run" && outcome.figures.broken.length === 0;
}

function label({ number, name }: FaultCase): string {
  return `${number} ${name}`;
}

function cell({ title, value }: Column, figures: Figures): string {
  const figure = value(figures);
  if (figure === undefined) return "";
  return title === "recovery s"
    ? (figure / 1000).toFixed(2)
    : Math.round(figure).toLocaleString("en-US");
}

/** The last column: the note, broken promises, or the reason of a skip. */
function verdict(outcome: Outcome): string {
  if (outcome.kind === "skipped") return `skipped: ${outcome.reason}`;
  if (outcome.kind === "failed") return `FAILED: ${outcome.message.split("\n")[0]}`;
  const { note, broken } = outcome.figures;
  return [...(note ? [note] : []), ...broken.map((text) => `BROKEN: ${text}`)].join("; ") || "ok";
}

export function header(): string {
  const titles = COLUMNS.map(({ title, width }) => title.padStart(width)).join(" ");
  return `${"case".padEnd(CASE_WIDTH)} ${titles}  verdict`;
}

export function row(fault: FaultCase, outcome: Outcome): string {
  const figures = COLUMNS.map((column) =>
    (outcome.kind === "run" ? cell(column, outcome.figures) : "").padStart(column.width)
  );
  return `${label(fault).padEnd(CASE_WIDTH)} ${figures.join(" ")}  ${verdict(outcome)}`;
}

/** The whole table for a Markdown page. */
export function markdown(all: readonly (readonly [FaultCase, Outcome])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(["case", ...COLUMNS.map(({ title }) => title), "note"]),
    line(["---", ...COLUMNS.map(() => "---:"), "---"]),
    ...all.map(([fault, outcome]) =>
      line([
        label(fault),
        ...COLUMNS.map((each) => outcome.kind === "run" ? cell(each, outcome.figures) : ""),
        verdict(outcome),
      ])
    ),
    "",
  ].join("\n");
}
