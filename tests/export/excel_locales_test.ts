import assert from "node:assert/strict";
import { excelText } from "../../lib/export/excel_locales.ts";

Deno.test("excelText() puts an apostrophe before what Excel would run or change", () => {
  for (
    const text of [
      ...["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1", " =1", "#N/A", "'quoted", "-"],
      ...["007", "3/4", "1e5", "21,5", "12:30", "2026-11-26", ".5", "50%", "(5)", "€ 5", "$5"],
      ...["TRUE", "vrai", "Falsch", "mars 5", "5 mars", "Mar-5", "déc. 12"],
    ]
  ) assert.equal(excelText(text), `'${text}`, text);
});

Deno.test("excelText() leaves other texts as they are", () => {
  for (const text of ["ON", "", "kitchen 5", "$SYS/broker", "Marseille", "a=1", "é", "truely"]) {
    assert.equal(excelText(text), text);
  }
});
