/** The screens of `mqttrec help`. */

import type { Lang } from "../locale/mod.ts";
import { type Screens, screens as en } from "./en.ts";
import { screens as fr } from "./fr.ts";

const LANGUAGES = { en, fr } satisfies Record<Lang, Screens>;

/** The screens in one language, by the word that names each; `start` is shown without one. */
export function screensOf(lang: Lang): Readonly<Record<string, string>> {
  return LANGUAGES[lang];
}
