/** The command line: one table feeds the parser, `--help` and the test of the README. */

import { parseArgs } from "@std/cli/parse-args";
import { redact, UsageError } from "./errors.ts";
import { escapeForTerminal } from "./escape.ts";
import type { Lang, Sentences } from "./locale/mod.ts";
import { nearest } from "./nearest.ts";

/** One flag as it is documented. */
interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in `--help`; absent: a switch without value. */
  readonly value?: string | Readonly<Record<Lang, string>>;
  readonly default?: string;
  readonly repeatable?: boolean;
  readonly help: Readonly<Record<Lang, string>>;
}

/** Every flag, in the order of `--help`. */
export const FLAGS = [
  {
    name: "broker",
    value: { en: "HOST", fr: "HÔTE" },
    default: "localhost",
    help: {
      en: "broker to record from: host, host:port or mqtt://host:port",
      fr: "broker à enregistrer : hôte, hôte:port ou mqtt://hôte:port",
    },
  },
  {
    name: "port",
    value: "PORT",
    default: "1883",
    help: { en: "TCP port of the broker", fr: "port TCP du broker" },
  },
  {
    name: "topic",
    value: { en: "FILTER", fr: "FILTRE" },
    default: "sensors/#",
    repeatable: true,
    help: {
      en: "topic filter to record; quote it: '#' begins a comment in most shells",
      fr: "filtre de sujets à enregistrer ; entre apostrophes à cause du « # »",
    },
  },
  {
    name: "qos",
    value: "0|1|2",
    default: "1",
    help: {
      en: "quality of service to subscribe and simulate with",
      fr: "qualité de service des abonnements et de la simulation",
    },
  },
  {
    name: "format",
    value: "csv|json|both",
    default: "both",
    help: { en: "files to write", fr: "fichiers à écrire" },
  },
  {
    name: "output",
    value: { en: "PATH", fr: "CHEMIN" },
    default: "exports/mqtt_data",
    help: {
      en: "base path of the files, without extension; continued if they exist",
      fr: "chemin de base des fichiers, sans extension ; continués s'ils existent",
    },
  },
  {
    name: "duration",
    value: { en: "TIME", fr: "DURÉE" },
    help: { en: "stop after 10, 10s, 5m or 2h", fr: "s'arrêter après 10, 10s, 5m ou 2h" },
  },
  {
    name: "count",
    value: "N",
    help: { en: "stop after N messages", fr: "s'arrêter après N messages" },
  },
  {
    name: "client-id",
    value: "ID",
    help: {
      en: "how the broker knows this recording; default: stable for machine and output",
      fr: "nom de cet enregistrement chez le broker ; par défaut stable par machine et sortie",
    },
  },
  {
    name: "session-expiry",
    value: { en: "TIME", fr: "DURÉE" },
    default: "1h",
    help: {
      en: "how long the broker keeps messages for a recording that is away (MQTT 5); 0: not at all",
      fr: "temps que le broker garde les messages d'un enregistrement absent (MQTT 5) ; 0 : aucun",
    },
  },
  {
    name: "keep-session",
    help: {
      en: "leave the session on the broker at the end: the next start gets what came meanwhile",
      fr: "laisser la session au broker à la fin : le prochain départ reçoit ce qui est arrivé",
    },
  },
  {
    name: "keepalive",
    value: { en: "SECONDS", fr: "SECONDES" },
    default: "30",
    help: {
      en: "a connection that is silent for longer is checked, and given up if dead",
      fr: "une connexion muette plus longtemps est vérifiée, et abandonnée si elle est morte",
    },
  },
  {
    name: "exit-on-error",
    help: {
      en: "end with code 1 when the files cannot be written, instead of holding the broker back",
      fr: "finir avec le code 1 si l'écriture échoue, au lieu de faire patienter le broker",
    },
  },
  {
    name: "simulate",
    help: {
      en: "publish simulated sensors to the broker, and record what comes back",
      fr: "publier des capteurs simulés, et enregistrer ce qui revient",
    },
  },
  {
    name: "sensors",
    value: "N",
    default: "7",
    help: { en: "simulated sensors", fr: "nombre de capteurs simulés" },
  },
  {
    name: "interval",
    value: { en: "SECONDS", fr: "SECONDES" },
    default: "3",
    help: {
      en: "time between two values of a simulated sensor",
      fr: "temps entre deux mesures d'un capteur simulé",
    },
  },
  {
    name: "seed",
    value: "N",
    help: {
      en: "make the simulation reproducible",
      fr: "rendre la simulation reproductible",
    },
  },
  {
    name: "embedded-broker",
    help: {
      en: "start a built-in broker on this machine if none is running",
      fr: "démarrer un broker intégré sur cette machine si aucun ne tourne",
    },
  },
  {
    name: "lang",
    value: "fr|en",
    help: {
      en: "language; default: the system's",
      fr: "langue ; par défaut celle du système",
    },
  },
  {
    name: "quiet",
    help: { en: "show errors only", fr: "n'afficher que les erreurs" },
  },
  {
    name: "verbose",
    help: { en: "show more of what happens", fr: "afficher plus de détails" },
  },
  { name: "help", short: "h", help: { en: "show this help", fr: "afficher cette aide" } },
  { name: "version", help: { en: "show the version", fr: "afficher la version" } },
] as const satisfies readonly Flag[];

export type FlagName = (typeof FLAGS)[number]["name"];

/** What stood on the command line, unchecked: values as text, switches as `"true"`. */
export type Flags = Partial<Record<FlagName, readonly string[]>>;

const ALL: readonly Flag[] = FLAGS;

/**
 * Reads the command line; values are not looked at yet.
 *
 * @throws {UsageError} An unknown flag, a value missing or too many, a flag given twice.
 */
export function parseFlags(argv: readonly string[]): Flags {
  const normalized = normalize(argv);
  const withValue = ALL.filter(({ value }) => value !== undefined).map(({ name }) => name);
  const args = parseArgs(normalized, {
    string: withValue,
    boolean: ALL.filter(({ value }) => value === undefined).map(({ name }) => name),
    collect: withValue,
  });
  const flags: Partial<Record<string, readonly string[]>> = {};
  for (const { name, value } of ALL) {
    const given: unknown = args[name];
    const values = value === undefined ? (given === true ? ["true"] : []) : given as string[];
    if (values.length > 0) flags[name] = values;
  }
  return flags as Flags;
}

/**
 * Refuses what `parseArgs` would take without a word (unknown flags, missing or odd values), and
 * joins each value to its flag: `parseArgs` takes the value in `--sensors -5` for a flag.
 */
function normalize(argv: readonly string[]): string[] {
  const normalized: string[] = [];
  const given = new Set<string>();
  for (let i = 0; i < argv.length; i++) {
    const [, key, joined] = /^(--?[^\d=][^=]*)(?:=(.*))?$/s.exec(argv[i]!) ?? [];
    if (key === undefined || key === "--") {
      throw new UsageError((t) => t.strayArgument(escapeForTerminal(redact(argv[i]!))));
    }
    const flag = ALL.find(({ name, short }) => key === `--${name}` || key === `-${short}`);
    if (flag === undefined) {
      const shown = escapeForTerminal(key);
      const meant = nearest(key.replace(/^-+/, ""), ALL.map(({ name }) => name));
      throw new UsageError((t) => t.unknownFlag(shown, meant && `--${meant}`));
    }
    // `parseArgs` would keep the last one only.
    if (given.has(flag.name) && !flag.repeatable) {
      throw new UsageError((t) => t.givenTwice(`--${flag.name}`));
    }
    given.add(flag.name);
    if (flag.value === undefined) {
      if (joined !== undefined) throw new UsageError((t) => t.unexpectedValue(key));
    } else if (joined === undefined) {
      // "-5" is a value, to be refused by its range; "--port" is a flag: the value is missing.
      const next = argv[++i];
      if (next === undefined || /^-[^\d.]/.test(next)) {
        throw new UsageError((t) => t.missingValue(key));
      }
      normalized.push(`--${flag.name}=${next}`);
      continue;
    }
    normalized.push(joined === undefined ? `--${flag.name}` : `--${flag.name}=${joined}`);
  }
  return normalized;
}

/** Widest line of `--help`, in characters: what every terminal has. */
const HELP_WIDTH = 80;

/** The text of `--help`. */
export function helpText(t: Sentences): string {
  const rows = ALL.map(({ name, short, value, help, repeatable, ...flag }) => {
    const shown = typeof value === "object" ? value[t.lang] : value;
    const left = `${short ? `-${short}, ` : ""}--${name}${shown ? ` ${shown}` : ""}`;
    const notes = [
      ...(flag.default !== undefined ? [`${t.help.default} ${flag.default}`] : []),
      ...(repeatable ? [t.help.repeatable] : []),
    ];
    return [left, help[t.lang] + (notes.length > 0 ? ` (${notes.join(", ")})` : "")] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return [
    t.help.usage,
    "",
    t.help.intro,
    "",
    t.help.flags,
    ...rows.flatMap(([left, right]) =>
      words(right, HELP_WIDTH - width - 4)
        .map((line, index) => `  ${(index === 0 ? left : "").padEnd(width)}  ${line}`)
    ),
    "",
    t.help.examples,
    "  mqttrec --simulate --embedded-broker",
    "  mqttrec --broker 192.0.2.7 --topic 'sensors/#' --topic 'home/+/power'",
    "  mqttrec --format csv --output exports/monday --duration 2h",
    "",
    t.help.more,
  ].join("\n");
}

/** `text` as lines of at most `width` characters, broken at spaces. */
function words(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
