/** The parts of a workbook that name its other parts [ECMA-376-2]. */

import { escapeXml } from "./xml_text.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/** The path of sheet `n`, from 1, in the archive. */
export function sheetPath(n: number): string {
  return `xl/worksheets/sheet${n}.xml`;
}

function relationship(id: number, type: string, target: string): string {
  return `<Relationship Id="rId${id}" Type="${DOCUMENT}/${type}" Target="${target}"/>`;
}

/** `_rels/.rels`: where the workbook is. */
export const ROOT_RELATIONSHIPS = `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">${
  relationship(1, "officeDocument", "xl/workbook.xml")
}</Relationships>`;

/** `xl/workbook.xml`: the sheets, in the order of their tabs. */
export function workbookXml(sheets: readonly string[]): string {
  const list = sheets.map((name, i) =>
    `<sheet name="${escapeXml(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`
  );
  return `${DECLARATION}<workbook xmlns="${MAIN}" xmlns:r="${DOCUMENT}"><workbookPr/>` +
    `<bookViews><workbookView/></bookViews><sheets>${list.join("")}</sheets></workbook>`;
}

/** `xl/_rels/workbook.xml.rels`: what the sheets of `workbookXml` are. */
export function workbookRelationships(sheets: number): string {
  const list = Array.from(
    { length: sheets },
    (_, i) => relationship(i + 1, "worksheet", `worksheets/sheet${i + 1}.xml`),
  );
  list.push(
    relationship(sheets + 1, "styles", "styles.xml"),
    relationship(sheets + 2, "sharedStrings", "sharedStrings.xml"),
  );
  return `${DECLARATION}<Relationships xmlns="${PACKAGE}/relationships">${
    list.join("")
  }</Relationships>`;
}

/** `[Content_Types].xml`: what every part is. */
export function contentTypes(sheets: number): string {
  const part = (path: string, type: string) =>
    `<Override PartName="/${path}" ContentType="${TYPE}.${type}+xml"/>`;
  const list = Array.from({ length: sheets }, (_, i) => part(sheetPath(i + 1), "worksheet"));
  return `${DECLARATION}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ' +
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    '<Default Extension="xml" ContentType="application/xml"/>' +
    part("xl/workbook.xml", "sheet.main") + list.join("") + part("xl/styles.xml", "styles") +
    part("xl/sharedStrings.xml", "sharedStrings") + "</Types>";
}
