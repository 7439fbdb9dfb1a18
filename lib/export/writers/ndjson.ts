/** NDJSON: one object a line, for `jq`, DuckDB and streams. */

import { jsonFormat } from "./json_rows.ts";

export const format = jsonFormat({ start: "", between: "\n", end: "\n", none: "" });
