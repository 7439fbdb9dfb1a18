/** The terminal that the process was started in, as far as Deno lets it be known. */

/** Whether one of the standard streams is a terminal: somebody's, or one of a container. */
export function hasTerminal(): boolean {
  return [Deno.stdin, Deno.stdout, Deno.stderr].some((stream) => stream.isTerminal());
}

/**
 * Whether our terminal is the one that controls us. After `setsid` it is not: reading would take
 * lines from the shell, and nothing would stop us. True where Deno does not tell.
 *
 * Whether we are in front cannot be found out: that stands in /proc, which needs every permission.
 */
export function isControllingTerminal(): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    Deno.openSync("/dev/tty").close();
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotCapable;
  }
}
