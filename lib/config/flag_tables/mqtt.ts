/** Flags for subscriptions and the session. */

import type { Flag } from "../command_line.ts";

export const MQTT = [
  {
    name: "topic",
    short: "t",
    value: { en: "FILTER", fr: "FILTRE" },
    example: "sensors/#",
    default: "sensors/#",
    repeatable: true,
    help: {
      en: 'topic filter to record, in quotes: "sensors/#"',
      fr: 'filtre de topics à enregistrer, entre guillemets : "sensors/#"',
    },
  },
  {
    name: "topic-qos",
    value: { en: "FILTER=QOS", fr: "FILTRE=QOS" },
    example: "sensors/#=2",
    repeatable: true,
    help: {
      en: 'topic filter to record with a QoS of its own: "sensors/#=2"',
      fr: 'filtre de topics à enregistrer avec son propre QoS : "sensors/#=2"',
    },
  },
  {
    name: "qos",
    short: "q",
    value: "0|1|2",
    example: "1",
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
    example: "sensors/test/#",
    repeatable: true,
    help: {
      en: "messages whose topic matches are not recorded",
      fr: "les messages de ces topics ne sont pas enregistrés",
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
      en: "record only what the broker kept from before, and end once that is all there",
      fr: "n'enregistrer que ce que le broker gardait d'avant, et finir une fois que tout est là",
    },
  },
  {
    name: "max-payload",
    value: { en: "SIZE", fr: "TAILLE" },
    example: "64k",
    help: {
      en: "leave out and count messages with a longer payload: 500, 64k, 10MB",
      fr: "écarter et compter les messages plus longs : 500, 64k, 10MB",
    },
  },
  {
    name: "share",
    value: { en: "GROUP", fr: "GROUPE" },
    example: "lab",
    help: {
      en: "share the messages with the other recorders of the group: each gets its part",
      fr: "partager les messages avec les autres enregistreurs du groupe : à chacun sa part",
    },
  },
  {
    name: "status-topic",
    value: { en: "TOPIC", fr: "TOPIC" },
    example: "lab/recorder",
    help: {
      en: "keep 'online' or 'offline' there, retained, so that others see whether this one records",
      fr: "y publier « online » ou « offline », retenu : on voit si l'enregistrement tourne",
    },
  },
  {
    name: "mqtt-version",
    short: "V",
    value: "5|3.1.1",
    example: "3.1.1",
    help: {
      en: "protocol version; default: 5, and 3.1.1 where the broker refuses it",
      fr: "version du protocole ; par défaut 5, et 3.1.1 si le broker la refuse",
    },
  },
  {
    name: "client-id",
    short: "i",
    value: "ID",
    example: "lab-recorder",
    help: {
      en: "how the broker knows this recording; default: stable for machine and output",
      fr:
        "identifiant de cet enregistrement auprès du broker ; par défaut stable, selon la machine et la sortie",
    },
  },
  {
    name: "session-expiry",
    short: "x",
    value: { en: "TIME", fr: "DURÉE" },
    example: "1d",
    default: "1h",
    help: {
      en: "how long the broker keeps messages for a recording that is away (MQTT 5); 0: not at all",
      fr:
        "durée pendant laquelle le broker garde les messages d'un enregistrement absent (MQTT 5) ; 0 : aucune",
    },
  },
  {
    name: "keep-session",
    help: {
      en: "leave the session on the broker at the end: the next start gets what came meanwhile",
      fr:
        "laisser la session au broker à la fin : le prochain démarrage reçoit ce qui est arrivé entre-temps",
    },
  },
  {
    name: "keepalive",
    short: "k",
    value: { en: "SECONDS", fr: "SECONDES" },
    example: "60",
    default: "30",
    help: {
      en: "a connection that is silent for longer is checked, and given up if dead",
      fr: "une connexion muette plus longtemps est vérifiée, et abandonnée si elle est morte",
    },
  },
] as const satisfies readonly Flag[];
