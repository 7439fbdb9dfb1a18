/** Every flag: the one table behind parsing, `--help` and the README. */

import { type Flag, flagLines, parseCommandLine } from "./command_line.ts";
import type { Sentences } from "./locale/mod.ts";

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

/**
 * Reads the command line; values are not looked at yet.
 *
 * @throws {UsageError} An unknown flag, a value missing or too many, a flag given twice.
 */
export function parseFlags(argv: readonly string[]): Flags {
  return parseCommandLine(argv, FLAGS).flags;
}

/** The text of `--help`. */
export function helpText(t: Sentences): string {
  return [
    t.help.usage,
    t.check.usage,
    "",
    t.help.intro,
    "",
    t.help.flags,
    ...flagLines(FLAGS, t),
    "",
    t.help.examples,
    "  mqttrec --simulate --embedded-broker",
    "  mqttrec --broker 192.0.2.7 --topic 'sensors/#' --topic 'home/+/power'",
    "  mqttrec --format csv --output exports/monday --duration 2h",
    "",
    t.help.more,
  ].join("\n");
}
