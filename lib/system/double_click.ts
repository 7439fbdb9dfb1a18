/**
 * Whether somebody double-clicked the program on Windows, and where its files go then.
 *
 * Deno tells neither the name of our parent nor who else is in our console; asking Windows would
 * take the permission to load libraries. What shells leave in the environment tells as much.
 */

/** What is known of how the program was started. */
export interface Start {
  /** @see Deno.build.os */
  readonly os: string;
  /** Whether it is compiled. */
  readonly standalone: boolean;
  readonly args: readonly string[];
  /** Whether keys come from a terminal, and messages go to one. */
  readonly terminal: boolean;
  /** Value of an environment variable. */
  readonly env: (name: string) => string | undefined;
}

/**
 * Variables that a shell sets for what it starts: cmd.exe, Windows Terminal (also PowerShell's), and
 * shells from Unix. A window that Windows Terminal opens for a double click has none of them.
 */
const SHELL_MARKS = ["PROMPT", "WT_SESSION", "TERM", "SSH_CONNECTION"] as const;

/** The variables that these functions read, beside those of every recording. */
export const DOUBLE_CLICK_VARIABLES: readonly string[] = [
  ...SHELL_MARKS.filter((name) => name !== "TERM"),
  "PSModulePath",
  "USERPROFILE",
  "SystemRoot",
  "TEMP",
];

/** Whether it was double-clicked: its window closes with it, and nobody can give it flags. */
export function isDoubleClick({ os, standalone, args, terminal, env }: Start): boolean {
  if (os !== "windows" || !standalone || args.length > 0 || !terminal) return false;
  const profile = env("USERPROFILE");
  return !SHELL_MARKS.some((name) => env(name) !== undefined) &&
    !hasPowerShellPath(env("PSModulePath")) &&
    // Windows' own accounts run services and start nothing by hand.
    profile !== undefined && !isWithin(profile, env("SystemRoot"));
}

/** A PowerShell puts its user's own modules in front: about_PSModulePath. */
function hasPowerShellPath(modules = ""): boolean {
  return modules.split(";").some((folder) =>
    /\\(?:Windows)?PowerShell\\Modules\\?$/i.test(folder) && !/\\Program Files\b/i.test(folder)
  );
}

/** Where the files of a double-clicked program go. */
export interface FilesFolder {
  readonly folder: string;
  /** Why not to `exports` beside the program. */
  readonly why?: "temporary" | "system" | "denied" | undefined;
}

/**
 * `exports` in the folder that the program runs in; `Documents\mqttrec` where that is a temporary
 * one (Explorer unpacks a program inside a ZIP there, and it is emptied) or one of Windows (where
 * "Run as administrator" starts programs).
 *
 * @param cwd Absolute.
 */
export function filesFolder(cwd: string, env: Start["env"]): FilesFolder {
  // TEMP may be in its short form, such as C:\Users\JEAN-P~1.
  const why = isWithin(cwd, env("TEMP")) || /[\\/]AppData[\\/]Local[\\/]Temp(?:[\\/]|$)/i.test(cwd)
    ? "temporary"
    : isWithin(cwd, env("SystemRoot"))
    ? "system"
    : undefined;
  const documents = documentsFolder(env);
  return why === undefined || documents === undefined
    ? { folder: `${withoutSlash(cwd)}\\exports` }
    : { folder: documents, why };
}

/** `Documents\mqttrec` of whoever is logged in. */
export function documentsFolder(env: Start["env"]): string | undefined {
  const profile = env("USERPROFILE");
  return profile === undefined ? undefined : `${withoutSlash(profile)}\\Documents\\mqttrec`;
}

/** Whether a folder is `parent` or in it, as Windows compares names. */
function isWithin(folder: string, parent: string | undefined): boolean {
  if (!parent) return false;
  const [inner, outer] = [folder, parent].map((path) => `${withoutSlash(path)}\\`.toLowerCase());
  return inner!.startsWith(outer!);
}

function withoutSlash(path: string): string {
  return path.replaceAll("/", "\\").replace(/\\+$/, "");
}
