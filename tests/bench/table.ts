/** Renders measurements as a table for a terminal and as Markdown. */

import type { Spread } from "./stats.ts";

/** A text, a figure, or the spread of several rounds. */
export type Cell = string | number | Spread;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Shows counts in full and measurements with three digits, as more are not reproducible. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const shown = Number.isInteger(value) ? value : Number(value.toPrecision(3));
  return shown.toLocaleString("en-US", { maximumFractionDigits: 6 });
}

/** The text of a cell, with the range of several rounds in brackets. */
export function text(cell: Cell): string {
  if (typeof cell === "string") return cell;
  if (typeof cell === "number") return figure(cell);
  const { median, min, max } = cell;
  return min === max ? figure(median) : `${figure(median)} (${figure(min)}–${figure(max)})`;
}

/** The table padded for a terminal. */
export function plain({ columns, rows }: Table): string {
  const lines = [columns, ...rows.map((row) => row.map(text))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines.map((line) =>
    line.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
      .join("  ").trimEnd()
  ).join("\n");
}

/** The table as Markdown, without padding, which `deno fmt` adds. */
export function markdown({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(columns),
    line(columns.map((_, i) => i === 0 ? "---" : "---:")),
    ...rows.map((row) => line(row.map(text))),
    "",
  ].join("\n");
}
