/** Flags for subscriptions and the session. */

import type { Flag } from "../command_line.ts";

export const MQTT = [
  {
    name: "topic",
    short: "t",
    value: { en: "FILTER", fr: "FILTRE" },
    default: "sensors/#",
    repeatable: true,
    help: {
      en:
        'topic filter to record, in quotes: "sensors/#"; with its own QoS behind a colon: "sensors/#:2"',
      fr:
        'filtre de sujets à enregistrer, entre guillemets : "sensors/#" ; avec son propre QoS après deux-points : "sensors/#:2"',
    },
  },
  {
    name: "qos",
    short: "q",
    value: "0|1|2",
    default: "1",
    help: {
      en: "quality of service to subscribe and simulate with",
      fr: "qualité de service des abonnements et de la simulation",
    },
  },
  {
    name: "filter-out",
    short: "T",
    value: { en: "FILTER", fr: "FILTRE" },
    repeatable: true,
    help: {
      en: "messages whose topic matches are not recorded",
      fr: "les messages de ces sujets ne sont pas enregistrés",
    },
  },
  {
    name: "no-retained",
    short: "R",
    help: {
      en: "do not record what the broker kept from before",
      fr: "ne pas enregistrer ce que le broker gardait d'avant",
    },
  },
  {
    name: "retained-only",
    help: {
      en: "record only what the broker kept from before, and end at the first other message",
      fr: "n'enregistrer que ce que le broker gardait d'avant, et finir au premier autre message",
    },
  },
  {
    name: "max-payload",
    value: { en: "SIZE", fr: "TAILLE" },
    help: {
      en: "leave out and count messages with a longer payload: 500, 64k, 10MB",
      fr: "écarter et compter les messages plus longs : 500, 64k, 10MB",
    },
  },
  {
    name: "share",
    value: { en: "GROUP", fr: "GROUPE" },
    help: {
      en: "share the messages with the other recorders of the group: each gets its part",
      fr: "partager les messages avec les autres enregistreurs du groupe : à chacun sa part",
    },
  },
  {
    name: "status-topic",
    value: { en: "TOPIC", fr: "SUJET" },
    help: {
      en: "keep 'online' or 'offline' there, retained, so that others see whether this one records",
      fr: "y tenir « online » ou « offline », retenu : on voit si l'enregistrement tourne",
    },
  },
  {
    name: "mqtt-version",
    short: "V",
    value: "5|3.1.1",
    help: {
      en: "protocol version; default: 5, and 3.1.1 where the broker refuses it",
      fr: "version du protocole ; par défaut 5, et 3.1.1 si le broker la refuse",
    },
  },
  {
    name: "client-id",
    short: "i",
    value: "ID",
    help: {
      en: "how the broker knows this recording; default: stable for machine and output",
      fr: "nom de cet enregistrement chez le broker ; par défaut stable par machine et sortie",
    },
  },
  {
    name: "session-expiry",
    short: "x",
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
    short: "k",
    value: { en: "SECONDS", fr: "SECONDES" },
    default: "30",
    help: {
      en: "a connection that is silent for longer is checked, and given up if dead",
      fr: "une connexion muette plus longtemps est vérifiée, et abandonnée si elle est morte",
    },
  },
] as const satisfies readonly Flag[];
