/** Programs that make a tidy CSV of a recording: a row for each value in a payload. */

import { succeeds } from "../support/program.ts";

/** One program. */
export interface ExportProgram {
  readonly name: string;
  readonly isHere: () => Promise<boolean>;
  /** Its command: reads `from`, writes `to`. */
  readonly command: (from: string, to: string) => readonly string[];
}

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const PYTHON = Deno.env.get("PYTHON") ?? "/usr/bin/python3";

/** Extracts numbers and texts from JSON with its JSON functions, on all cores. */
const DUCKDB = `
import duckdb, sys
source, target = sys.argv[1:]
duckdb.sql(f"""
  COPY (
    WITH recorded AS (
      FROM read_csv('{source}', header = true, all_varchar = true, delim = ',', quote = '"')
    )
    SELECT timestamp, topic, '' AS field, TRY_CAST(payload AS DOUBLE) AS value,
      CASE WHEN value IS NULL THEN payload END AS text
    FROM recorded WHERE payload NOT LIKE '{{%'
    UNION ALL
    SELECT timestamp, topic, key AS field, TRY_CAST(item AS DOUBLE) AS value,
      CASE WHEN value IS NULL THEN item END AS text
    FROM (
      SELECT timestamp, topic, key, value ->> '$' AS item
      FROM recorded, json_each(payload) WHERE payload LIKE '{{%'
    )
  ) TO '{target}' (HEADER)
""")
`;

/** Half a million rows at a time, which is as much as fits. */
const PANDAS = `
import json, sys
import pandas as pd
source, target = sys.argv[1:]
first = True
for chunk in pd.read_csv(source, chunksize=500_000, dtype={"payload": "string"}):
    is_json = chunk.payload.str.startswith("{")
    plain = chunk.loc[~is_json, ["timestamp", "topic", "payload"]].rename(columns={"payload": "text"})
    plain.insert(2, "field", "")
    parsed = chunk.loc[is_json, ["timestamp", "topic"]]
    fields = pd.DataFrame(list(map(json.loads, chunk.loc[is_json, "payload"])), index=parsed.index)
    tidy = parsed.join(fields).melt(id_vars=["timestamp", "topic"], var_name="field",
        value_name="text", ignore_index=False).dropna(subset=["text"])
    both = pd.concat([plain, tidy]).sort_index(kind="stable")
    both.insert(3, "value", pd.to_numeric(both.text, errors="coerce"))
    both.loc[both.value.notna(), "text"] = None
    both.to_csv(target, mode="w" if first else "a", header=first, index=False)
    first = False
`;

/** The command that exports with mqttrec. */
export function exportCommand(from: string, to: string, ...flags: readonly string[]): string[] {
  const run = [Deno.execPath(), "run", "--quiet", "-A", MAIN];
  return [...run, "export", from, "-o", to, "--time-zone", "UTC", ...flags];
}

/** mqttrec first. */
export const EXPORT_PROGRAMS: readonly ExportProgram[] = [
  { name: "mqttrec", isHere: () => Promise.resolve(true), command: exportCommand },
  {
    name: "Miller",
    isHere: () => succeeds("mlr", ["--version"]),
    command: (from, to) => [
      ...["sh", "-c"],
      "exec mlr --icsv --ocsv cut -f timestamp,topic,payload then json-parse -f payload " +
      `then flatten -s . then reshape -r "^payload" -o field,value "$0" > "$1"`,
      ...[from, to],
    ],
  },
  {
    name: "DuckDB",
    isHere: () => succeeds(PYTHON, ["-c", "import duckdb"]),
    command: (from, to) => [PYTHON, "-c", DUCKDB, from, to],
  },
  {
    name: "pandas",
    isHere: () => succeeds(PYTHON, ["-c", "import pandas"]),
    command: (from, to) => [PYTHON, "-c", PANDAS, from, to],
  },
];
