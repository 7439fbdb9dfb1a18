/** Tables that programs write into Markdown files. */

/**
 * Writes a table to `path`: between `<!-- NAME … -->` and `<!-- /NAME -->` where the file has these
 * marks (the README), else as all there is in it.
 */
export async function writeBetweenMarks(path: string, name: string, table: string): Promise<void> {
  const before = await Deno.readTextFile(path).catch(() => "");
  const marked = new RegExp(`(<!-- ${name}[^>]*-->\n)[^]*(<!-- /${name} -->)`);
  const text = marked.test(before)
    ? before.replace(marked, (_, begin, end) => `${begin}\n${table}\n${end}`)
    : table;
  await Deno.writeTextFile(path, text);
  // Cells are padded as everywhere else.
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", path] }).output();
}
