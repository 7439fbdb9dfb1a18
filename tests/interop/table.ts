/** Renders the interop table as Markdown. */

import { type Column, COLUMNS } from "./target.ts";

/** The result of a trial. */
export type Outcome =
  | { readonly kind: "works" }
  /** The broker lacks the feature. */
  | { readonly kind: "lacks"; readonly note: string }
  | { readonly kind: "fails"; readonly reason: string };

/** One broker's row. */
export interface Line {
  readonly name: string;
  readonly outcomes: Readonly<Record<Column, Outcome>>;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function superscript(number: number): string {
  return [...String(number)].map((digit) => [...SUPERSCRIPTS][Number(digit)]).join("");
}

/** The table, with a footnote for each reason why a broker lacks a feature. */
export function markdown(lines: readonly Line[]): string {
  const notes: string[] = [];
  const cell = (outcome: Outcome): string => {
    if (outcome.kind === "works") return "✓";
    if (outcome.kind === "fails") return "✗";
    if (!notes.includes(outcome.note)) notes.push(outcome.note);
    return `–${superscript(notes.indexOf(outcome.note) + 1)}`;
  };
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(["", ...lines.map(({ name }) => name)]),
    row(["---", ...lines.map(() => ":---:")]),
    ...COLUMNS.map((column) =>
      row([column, ...lines.map(({ outcomes }) => cell(outcomes[column]))])
    ),
    "",
    ...notes.map((note, i) => `${superscript(i + 1)} ${note}.${i + 1 < notes.length ? "\\" : ""}`),
    "",
  ].join("\n");
}
