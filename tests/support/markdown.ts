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

/** Begins a page with a place for each table, where there is none yet: several are not all of it. */
export async function ensureMarks(path: string, names: readonly string[]): Promise<void> {
  const places = names.map((name) => `<!-- ${name} -->\n\n<!-- /${name} -->\n`).join("\n");
  await Deno.writeTextFile(path, places, { createNew: true }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  });
}
