/** JSON: one array, one object a line. */

import { jsonFormat } from "./json_rows.ts";

export const format = jsonFormat({ start: "[\n", between: ",\n", end: "\n]\n", none: "]\n" });
