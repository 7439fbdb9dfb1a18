/** How Excel reads a CSV file, by the language of the system that it runs on. */

/** What a locale's Excel expects. */
export interface ExcelLocale {
  /** Between cells. */
  readonly separator: "," | ";";
  readonly decimal: "." | ",";
  readonly true: string;
  readonly false: string;
}

const comma = { separator: ";", decimal: "," } as const;

/** The locales of `--excel`. */
export const EXCEL_LOCALES: ReadonlyMap<string, ExcelLocale> = new Map([
  ["en", { separator: ",", decimal: ".", true: "TRUE", false: "FALSE" }],
  ["fr", { ...comma, true: "VRAI", false: "FAUX" }],
  ["de", { ...comma, true: "WAHR", false: "FALSCH" }],
  ["es", { ...comma, true: "VERDADERO", false: "FALSO" }],
  ["it", { ...comma, true: "VERO", false: "FALSO" }],
  ["nl", { ...comma, true: "WAAR", false: "ONWAAR" }],
  ["pt", { ...comma, true: "VERDADEIRO", false: "FALSO" }],
  ["pl", { ...comma, true: "PRAWDA", false: "FAŁSZ" }],
]);

/** The words that any of these locales takes for a truth value. */
const TRUTHS = [...EXCEL_LOCALES.values()].flatMap((locale) => [locale.true, locale.false]).join(
  "|",
);
const MONTHS = "jan|feb|fév|mar|mär|apr|avr|abr|mai|may|mag|maj|mei|jun|juin|giu|jul|juil|lug|" +
  "aug|août|aoû|ago|sep|oct|okt|ott|out|nov|dec|déc|dez|dic|gru|lis|lut|kwi|cze|lip|sie|wrz|paź|sty";
/**
 * What Excel would make a formula, a number, a date, a truth value or an error of; and a leading
 * apostrophe, so that taking one off always gives the text back.
 */
const CHANGED = new RegExp(
  String.raw`^\s*[=+@'#-]|^[\t\r\n]|^\s*[.,(]?\d|^\s*[$€£¥]\s*[\d.,]|^\s*(?:${TRUTHS})\s*$|` +
    String.raw`^\s*(?:${MONTHS})\p{L}*\.?[\s/-]+\d`,
  "iu",
);

/** A text as a cell that Excel leaves alone: with an apostrophe before it, where it would not. */
export function excelText(text: string): string {
  return CHANGED.test(text) ? `'${text}` : text;
}
