import assert from "node:assert/strict";
import { CHECK_FLAGS } from "../../lib/check/check_flags.ts";
import { EXPORT_FLAGS } from "../../lib/export/export_flags.ts";
import { FLAGS } from "../../lib/config/flags.ts";
import { langFromEnv, sentences } from "../../lib/locale/mod.ts";

const en = sentences("en"), fr = sentences("fr");

/** Keys whose sentences are the same in both languages. */
const SAME = ["number", "duration", "figures.broker", "figures.topics"]
  .concat(
    "sheet.messages",
    "sheet.topic",
    "sheet.gapCause",
    "live.table.topic",
    "live.table.prompt",
  );

/** Every sentence by its dotted key; functions are called with sample values. */
function flatten(table: object, prefix = ""): Map<string, string> {
  const all = new Map<string, string>();
  for (const [key, entry] of Object.entries(table)) {
    const name = prefix + key;
    // A text of digits works both as text and as number.
    if (typeof entry === "function") all.set(name, entry(..."7".repeat(entry.length || 1)));
    else if (typeof entry === "string") all.set(name, entry);
    else for (const [inner, text] of flatten(entry, `${name}.`)) all.set(inner, text);
  }
  return all;
}

Deno.test("sentences() returns the same keys in both languages, none empty", () => {
  const english = flatten(en), french = flatten(fr);
  assert.deepEqual([...french.keys()].sort(), [...english.keys()].sort());
  for (const [key, text] of [...english, ...french]) assert.match(text, /\S/, key);
});

Deno.test("sentences() returns no English sentence in French, except those listed", () => {
  const english = flatten(en);
  for (const [key, text] of flatten(fr)) {
    if (!SAME.includes(key)) assert.notEqual(text, english.get(key), key);
  }
});

Deno.test("sentences() returns no sentence with an undefined or unfilled part", () => {
  for (const t of [en, fr]) {
    for (const [key, text] of flatten(t)) {
      assert.doesNotMatch(text, /undefined|null|NaN|\[object|\$\{/, key);
    }
  }
});

Deno.test('Error sentences read "Cannot …: state", without a period, then a remedy', () => {
  for (const [key, text] of [...flatten(en), ...flatten(fr)]) {
    if (!/^(Cannot|Impossible)/.test(text)) continue;
    const [state, ...remedy] = text.split("\n");
    assert.match(state!, /^(Cannot|Impossible d).+:\s?./, key);
    assert.ok(remedy.length <= 1, key);
    assert.doesNotMatch(text, /\b(can't|doesn't|isn't|won't|don't)\b/, key);
  }
});

Deno.test("every French sentence has no-break spaces before : ; ! ? and inside « »", () => {
  const flags = [...FLAGS, ...CHECK_FLAGS, ...EXPORT_FLAGS].map(({ name, help }) =>
    [name, help.fr] as const
  );
  for (const [key, text] of [...flatten(fr), ...flags]) {
    // `/ ? #` are characters that are spoken of.
    assert.doesNotMatch(text.replaceAll("/ ? ", ""), / [:;!?»](?!\S)|« /, key);
  }
});

Deno.test("no French sentence says sujet for topic", () => {
  const flags = [...FLAGS, ...CHECK_FLAGS, ...EXPORT_FLAGS].map(({ name, help }) =>
    [name, help.fr] as const
  );
  for (const [key, text] of [...flatten(fr), ...flags]) assert.doesNotMatch(text, /sujet/i, key);
});

Deno.test("sentences about gaps say that messages may be missing", () => {
  const unsure = [
    ...[en, fr].map((t) => t.uncleanEnd(1_000, "yes")),
    ...[en, fr].map((t) => t.betweenRuns(1_000, "yes")),
    ...[en, fr].map((t) => t.sessionLost(1_000)),
    ...[en, fr].map((t) => t.reconnectedWithGap("a")),
  ];
  for (const text of unsure) assert.match(text, /may be missing$|manque peut-être$/);
});

Deno.test("reconciled() counts the copied rows in both languages", () => {
  assert.equal(
    fr.reconciled("a", 3, "b"),
    "3 lignes manquaient dans «\u00a0a\u00a0»\u00a0: " +
      "copiées depuis «\u00a0b\u00a0»",
  );
  assert.match(fr.reconciled("a", 1, "b"), /^1 ligne manquait .* copiée depuis/);
  assert.match(en.reconciled("a", 1, "b"), /^1 row missing/);
});

Deno.test("sentences() keeps the original prompt and farewell", () => {
  assert.equal(en.prompt, "Type 'q' to quit: ");
  assert.equal(en.ended, "👋 Program ended.");
  assert.equal(fr.prompt, "Tapez 'q' pour quitter\u00a0: ");
  assert.equal(fr.ended, "👋 Fin du programme.");
});

Deno.test("Sentences.number() writes numbers as each language does", () => {
  assert.equal(en.number(1234.56, 1), "1,234.6");
  assert.equal(fr.number(1234.56, 1), "1\u00a0234,6");
  assert.equal(en.number(1234567), "1,234,567");
  assert.equal(fr.number(0), "0");
});

Deno.test("Sentences.bytes() uses each language's units", () => {
  assert.match(en.bytes(0), /^0 B$/);
  assert.match(fr.bytes(0), /^0 o$/);
  assert.match(en.bytes(5_500_000), /^5\.\d MB$/);
  assert.match(fr.bytes(5_500_000), /^5,\d Mo$/);
  assert.match(fr.bytes(2e15), /To$/);
});

Deno.test("Sentences.duration() shows two units", () => {
  assert.equal(en.duration(450), "450 ms");
  assert.equal(en.duration(3_000), "3 s");
  assert.equal(en.duration(125_000), "2 min 05 s");
  assert.equal(en.duration(3_720_000), "1 h 02 min");
});

Deno.test("langFromEnv() uses the first variable that is set, in the order of POSIX", () => {
  const from = (variables: Record<string, string>) => langFromEnv((name) => variables[name]);
  assert.equal(from({ LANG: "fr_FR.UTF-8" }), "fr");
  assert.equal(from({ LANG: "fr" }), "fr");
  assert.equal(from({ LANG: "FR_ca" }), "fr");
  assert.equal(from({ LANG: "de_DE.UTF-8" }), "en");
  assert.equal(from({ LANG: "C" }), "en");
  assert.equal(from({ LANG: "fr_FR", LC_ALL: "en_GB" }), "en");
  assert.equal(from({ LANG: "en_US", LC_MESSAGES: "fr_BE" }), "fr");
  assert.equal(from({ LANG: "en_US", LC_MESSAGES: "", LC_ALL: "fr_CH" }), "fr");
});

Deno.test("langFromEnv() uses the system's language if no variable is set, as on Windows", () => {
  const system = /^fr\b/i.test(navigator.language) ? "fr" : "en";
  assert.equal(langFromEnv(() => undefined), system);
});
