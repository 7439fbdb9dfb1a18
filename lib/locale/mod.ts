/** Every sentence shown to the user, in each language. */

import { en, type Lang, type Sentences } from "./en.ts";
import { fr } from "./fr.ts";

export type {
  ConnectProblem,
  ConnectRefused,
  HttpProblem,
  PublishRefused,
  SubscribeRefused,
  Unanswered,
} from "./en_connect.ts";
export type { Lang, Sentences } from "./en.ts";

const LANGUAGES = { en, fr } satisfies Record<Lang, Sentences>;

/** The sentences in one language. */
export function sentences(lang: Lang): Sentences {
  return LANGUAGES[lang];
}

/**
 * The language of the environment; the system's if no variable names one (Windows).
 *
 * @param get Value of an environment variable.
 */
export function langFromEnv(get: (name: string) => string | undefined): Lang {
  const variable = langVariable(get);
  const locale = variable === undefined ? navigator.language ?? "" : get(variable)!;
  return /^fr/i.test(locale) ? "fr" : "en";
}

/** The variable that names the language, in the order of POSIX. */
export function langVariable(get: (name: string) => string | undefined): string | undefined {
  return ["LC_ALL", "LC_MESSAGES", "LANG"].find((name) => get(name));
}
