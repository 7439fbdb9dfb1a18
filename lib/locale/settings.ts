/** The sentences about settings that stand in the environment or in a file. */

export interface SettingsSentences {
  /** In the help of the program. */
  readonly help: readonly string[];
  /** Line and column from 1. */
  notJson(path: string, line: number, column: number): string;
  notObject(path: string): string;
  unknownKey(key: string, closestString: string | undefined): string;
  keyTwice(key: string): string;
  wrongType(key: string, wanted: string): string;
  /** What a setting takes. */
  readonly types: Readonly<Record<"switch" | "value" | "list", string>>;
}
