/** Reads the XML of a workbook, without any library for spreadsheets. */

import { unzipSync } from "fflate";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A cell: its text, number or boolean, and the number of its format. */
export interface ReadCell {
  readonly ref: string;
  readonly value: string | number | boolean;
  readonly style: number;
}

/** One sheet. */
export interface ReadSheet {
  readonly name: string;
  readonly rows: readonly (readonly ReadCell[])[];
  readonly xml: string;
}

/** A file in the archive, by its path. */
export type Parts = ReadonlyMap<string, string>;

function unescapeXml(text: string): string {
  return text.replaceAll("&#13;", "\r").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replace(/_x([\da-f]{4})_/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
}

function textOf(xml: string): string {
  const [, text = ""] = /<t(?: [^>]*)?>([^<]*)<\/t>/.exec(xml) ?? [];
  return unescapeXml(text);
}

function attribute(xml: string, name: string): string | undefined {
  return new RegExp(` ${name}="([^"]*)"`).exec(xml)?.[1];
}

/** The files of a workbook. */
export async function readParts(path: string): Promise<Parts> {
  const files = unzipSync(await Deno.readFile(path));
  return new Map(Object.entries(files).map(([name, bytes]) => [name, decoder.decode(bytes)]));
}

/** The sheets of a workbook, in the order of their tabs. */
export async function readWorkbook(path: string): Promise<readonly ReadSheet[]> {
  const parts = await readParts(path);
  const shared = [...parts.get("xl/sharedStrings.xml")!.matchAll(/<si>(.*?)<\/si>/gs)]
    .map(([, item]) => textOf(item!));
  const relationships = parts.get("xl/_rels/workbook.xml.rels")!;
  return [...parts.get("xl/workbook.xml")!.matchAll(/<sheet [^>]*>/g)].map(([tag]) => {
    const id = attribute(tag, "r:id")!;
    const [relationship] = new RegExp(`<Relationship Id="${id}"[^>]*>`).exec(relationships)!;
    const xml = parts.get(`xl/${attribute(relationship, "Target")}`)!;
    const rows = [...xml.matchAll(/<row r="\d+">(.*?)<\/row>/gs)].map(([, row]) =>
      [...row!.matchAll(/<c ([^>]*)>(.*?)<\/c>/gs)].map(([, attributes, content]) =>
        readCell(` ${attributes}`, content!, shared)
      )
    );
    return { name: unescapeXml(attribute(tag, "name")!), rows, xml };
  });
}

function readCell(attributes: string, content: string, shared: readonly string[]): ReadCell {
  const number = Number(/<v>(.*)<\/v>/.exec(content)?.[1]);
  const type = attribute(attributes, "t");
  const value = type === "inlineStr"
    ? textOf(content)
    : type === "s"
    ? shared[number]!
    : type === "b"
    ? number === 1
    : number;
  return {
    ref: attribute(attributes, "r")!,
    value,
    style: Number(attribute(attributes, "s") ?? 0),
  };
}
