/** Writes tables into Markdown files. */

/**
 * Writes a table to `path`: between `<!-- NAME … -->` and `<!-- /NAME -->` if the file has these
 * marks (a README), else as its whole content.
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

/** Adds marks for each table to a page without them, so that it can hold several tables. */
export async function ensureMarks(path: string, names: readonly string[]): Promise<void> {
  const places = names.map((name) => `<!-- ${name} -->\n\n<!-- /${name} -->\n`).join("\n");
  await Deno.writeTextFile(path, places, { createNew: true }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
}
