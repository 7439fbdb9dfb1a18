/** The types of `@std/cli/prompt-secret`. */

export interface PromptSecretOptions {
  mask?: string;
  clear?: boolean;
}

/** Null where stdin is no terminal. */
export declare function promptSecret(
  message?: string,
  options?: PromptSecretOptions,
): string | null;
