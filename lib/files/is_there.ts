/** Looks whether something has a name. */

/**
 * Whether anything is at a path, also what cannot be opened.
 *
 * @param look `Deno.stat` follows a link: one that leads nowhere is not there. @default {Deno.lstat}
 * @throws {Deno.errors.NotCapable} Deno may not look: what asks for the permission names it.
 */
export async function isThere(path: string, look = Deno.lstat): Promise<boolean> {
  try {
    await look(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return false;
  }
}
