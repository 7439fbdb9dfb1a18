/** Builds a command line to paste, which runs the program with other permissions. */

import { relative } from "node:path";
import { cutAddress } from "./address.ts";
import { type Flag } from "./command_line.ts";
import { FLAGS } from "./flags.ts";

/** How the program was started. */
export interface Started {
  /** Arguments of the program. */
  readonly argv: readonly string[];
  /** Path of Deno. */
  readonly execPath: string;
  /** Version of Deno. */
  readonly version: string;
  /** Path of the program. */
  readonly main: string;
  readonly cwd: string;
  readonly windows: boolean;
}

/**
 * The command that starts the program as it was started, but with these flags of Deno. A
 * placeholder in capitals replaces each secret.
 */
export function runCommand(
  flags: readonly string[],
  { argv, execPath, version, main, cwd, windows }: Started,
): string {
  // A Deno installed by npx is not on the path.
  const deno = /[\\/]_npx[\\/]/.test(execPath) ? ["npx", "--yes", `deno@${version}`] : ["deno"];
  const near = relative(cwd, main);
  const program = near.startsWith("..") ? main : near;
  const typed = withoutSecrets(argv);
  // The task `verify` puts a folder before the files that are typed.
  const [command, flag, , file] = typed;
  if (command === "check" && flag === "--folder" && file && !file.startsWith("-")) {
    typed.splice(1, 2);
  }
  const words = ["run", "--quiet", "--no-prompt", ...flags, program, ...typed];
  return [...deno, ...words.map((word) => quoted(word, windows))].join(" ");
}

/** Words that mean the same in every shell without quotes. */
const PLAIN = /^[\w+:./-][\w@+:./=-]*$/;
const PLAIN_ON_WINDOWS = /^[\w+:./\\-][\w@+:./\\=-]*$/;

/**
 * Quotes a word if a shell would interpret it: with `"…"`, which sh, zsh, PowerShell and cmd.exe
 * all know, or with `'…'` if sh would expand it inside those.
 */
function quoted(word: string, windows: boolean): string {
  if ((windows ? PLAIN_ON_WINDOWS : PLAIN).test(word)) return word;
  // Windows takes a backslash before a quote for an escape.
  if (windows) return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, "$1$1")}"`;
  if (!/[$`"\\!]/.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The arguments with a placeholder for each password, in any notation. */
function withoutSecrets(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const [, key, value] = /^(--?[^\d=][^=]*)=(.*)$/s.exec(word) ?? [];
    return key === undefined
      ? withoutSecret(nameOf(argv[index - 1]), word)
      : `${key}=${withoutSecret(nameOf(key), value!)}`;
  });
}

function nameOf(key: string | undefined): string | undefined {
  const named = ({ name, short }: Flag) => key === `--${name}` || key === `-${short}`;
  return FLAGS.find(named)?.name;
}

function withoutSecret(name: string | undefined, value: string): string {
  if (name === "password") return "PASSWORD";
  const { scheme, userinfo, place, rest } = cutAddress(value);
  // One typed by hand stands without a scheme as well.
  if (userinfo === undefined || (name !== "broker" && scheme === undefined)) return value;
  const user = userinfo.includes(":") ? "USER:PASSWORD" : "USER";
  return `${scheme === undefined ? "" : `${scheme}://`}${user}@${place}${rest}`;
}
