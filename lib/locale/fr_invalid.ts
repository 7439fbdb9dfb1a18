/** The sentences about packets and messages that break the rules, in French. */

import { number } from "./format.ts";
import type { Sentences } from "./en.ts";

export const invalid: Sentences["invalid"] = {
  notMqtt: (malformation, sent) =>
    `il a envoyé autre chose que du MQTT : ${malformation}${sent && ` (${sent})`}`,
  breaches: {
    "DUP at QoS 0": "QoS 0 et pourtant marqué comme renvoyé",
    "wildcard in the topic": "+ ou # dans son topic",
    "topic not UTF-8": "un topic qui n'est pas en UTF-8",
  },
  leftOut: (topic, breach, path) =>
    `${
      topic === undefined
        ? "Des messages de nombreux topics sont écartés"
        : `Un message de « ${topic} » est écarté`
    }, car MQTT l'interdit : ${breach} (noté dans ${path})`,
  summary: (count, path) =>
    `${
      count === 1 ? "1 message écarté" : `${number("fr-FR", count)} messages écartés`
    }, interdits par MQTT${path === undefined ? "" : ` (${path})`}`,
  status: (count) => `${number("fr-FR", count)} écarté${count === 1 ? "" : "s"}`,
  label: "Écartés",
  malformations: {
    "wrong flags": "un paquet aux indicateurs erronés",
    "wrong size": "un paquet d'une taille erronée",
    "overlong length": "une longueur avec des octets superflus",
    "length of more than four bytes": "une longueur de plus de quatre octets",
    "packet out of turn": "un paquet inattendu à cet endroit",
    "packet identifier 0": "un identifiant de paquet 0",
    "PUBLISH with QoS 3": "un message en QoS 3",
    "PUBLISH without a topic": "un message sans topic",
    "topic longer than its packet": "un topic plus long que son paquet",
    "NUL in a topic name": "un topic avec un caractère NUL",
    "properties too long": "des propriétés plus longues que leur paquet",
    "a property its packet cannot have": "une propriété que son paquet ne peut pas avoir",
    "property beyond its packet": "une propriété plus longue que son paquet",
    "bytes behind the properties": "des octets après la fin d'un paquet",
    "CONNACK with unknown flags": "un CONNACK aux indicateurs inconnus",
    "CONNACK of MQTT 3.1.1": "un CONNACK de MQTT 3.1.1",
    "no reason code": "une réponse sans code",
    "unknown reason code": "un code de réponse inconnu",
    "codes for other filters": "un SUBACK qui n'a pas un code pour chaque filtre",
    "answer to another QoS": "une réponse qui ne va pas avec le message envoyé",
  },
};
