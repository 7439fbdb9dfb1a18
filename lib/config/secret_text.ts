/** Texts that must arrive at the broker as they were meant: user names and passwords. */

/** A secret without what its file or variable added to it. */
export interface CleanText {
  readonly text: string;
  /** A blank at the end was left out: `echo word > file` of cmd.exe writes one. */
  readonly trimmed: boolean;
}

/**
 * Leaves out a byte order mark and line breaks at the end.
 *
 * @param blanks Also leaves out blanks at the end.
 */
export function cleanText(written: string, { blanks }: { readonly blanks: boolean }): CleanText {
  const line = written.replace(/^\ufeff/, "").replace(/[\r\n]+$/, "");
  const text = blanks ? line.trimEnd() : line;
  return { text, trimmed: text !== line };
}

/** The first control character in `text`: no keyboard types one, a broken file holds them. */
export function controlIn(text: string): string | undefined {
  return /\p{Cc}/u.exec(text)?.[0];
}
