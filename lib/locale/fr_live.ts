/** The sentences about what is seen and noted while a recording runs, in French. */

import { bytes, clockTime, duration, number } from "./format.ts";
import type { Sentences } from "./en.ts";

const LANG = "fr-FR";
const UNITS = ["o", "Ko", "Mo", "Go", "To"];

const rate = (perSecond: number) => `${number(LANG, perSecond, perSecond < 10 ? 1 : 0)} par s`;

export const live: Sentences["live"] = {
  elapsed: (ms, ofMs) => `${clockTime(ms)} sur ${clockTime(ofMs)}`,
  messagesOf: (n, of) => `${number(LANG, n)} messages sur ${number(LANG, of)}`,

  printLate:
    "La sortie standard prend les lignes moins vite qu'elles n'arrivent : il en manque là, aucune dans les fichiers",
  printSome:
    "Tous les messages ne sont pas affichés ici, trop rapides ou cachés par le tableau : les fichiers ont tout",
  printClosed:
    "Plus personne ne lit la sortie standard : rien n'y est plus affiché, l'enregistrement continue",
  printSummary: (leftOut, printed) =>
    `${leftOut < 2 ? "1 ligne non affichée" : `${number(LANG, leftOut)} lignes non affichées`} (${
      number(LANG, printed)
    } l'ont été) : les fichiers ont tous les messages`,

  marked: (at, text) => text === "" ? `Repère à ${at}` : `Repère à ${at} : ${text}`,
  marksFull: (path) =>
    `Impossible de noter un autre repère dans « ${path} » : le disque n'en prend pas pour l'instant\nRéessayez plus tard`,
  markWaits: (cause) => `${cause}\nLe repère est gardé, et sera écrit dès que ce sera possible`,
  summaryMarks: (n, path) =>
    `${n < 2 ? "1 repère noté" : `${number(LANG, n)} repères notés`} (${path})`,

  marksLost: (why, n) =>
    `${why}\n${
      n < 2
        ? "1 repère n'est dans aucun fichier, notez-le ailleurs :"
        : `${number(LANG, n)} repères ne sont dans aucun fichier, notez-les ailleurs :`
    }`,

  topics: "Vus",
  busiest: "Actif",
  silent: "Muet",
  topicCount: (n, more) =>
    `${number(LANG, n)} topic${n < 2 ? "" : "s"}${more ? ", les plus anciens non comptés" : ""}`,
  sampled: "environ, car tous les messages ne sont pas regardés",
  busiestTopic: (topic, perSecond, count) =>
    `${topic}  ${perSecond === undefined ? "" : `${rate(perSecond)}, `}${
      number(LANG, count)
    } en tout`,
  silentTopic: (topic, ms) => `${topic}  depuis ${duration(ms)}`,

  table: {
    topic: "Topic",
    value: "Dernière valeur",
    age: "Âge",
    rate: "Débit",
    per: rate,
    none: "Aucun message pour l'instant",
    binary: (n) => `${bytes(LANG, UNITS, n)} de données binaires`,
    empty: "(vide)",
    shown: (from, to, all) =>
      `${number(LANG, from)} à ${number(LANG, to)} sur ${number(LANG, all)}`,
    rawKeys: [
      "v retour, ↑ ↓ PgPréc PgSuiv défiler, m repère, q quitter",
      "v retour, ↑ ↓, q quitter",
      "v retour",
    ],
    lineKeys: [
      "v + Entrée : retour, j k d u + Entrée : défiler, q + Entrée : quitter",
      "v + Entrée : retour, j k défiler",
      "v + Entrée : retour",
    ],
    prompt: "> ",
    mark: "Repère : ",
    nowhere: "Le tableau des topics demande un terminal",
  },

  silence: {
    nothing: (topics, ms) => `Aucun message sur ${topics} en ${duration(ms)}.`,
    star: (filter, better) =>
      `Dans « ${filter} », * n'est pas un joker : en MQTT + vaut pour un niveau, # pour tout ce qui suit. Peut-être « ${better} » ?`,
    slash: (filter, better) =>
      `« ${filter} » commence par un niveau vide : sans la barre, c'est « ${better} », un autre topic`,
    letterCase: (filter, topic) =>
      `« ${filter} » n'a rien, mais « ${topic} » a des messages : les majuscules comptent`,
    ask: "t + Entrée montre ce qu'a ce broker : un bref regard sur tous ses topics",
  },
  look: {
    begun: (ms) => `Regard sur tous les topics pendant ${duration(ms)} (rien n'en est enregistré)`,
    found: (messages, ms) =>
      `Ce qu'a le broker (${messages < 2 ? "1 message" : `${number(LANG, messages)} messages`} en ${
        duration(ms)
      }) :`,
    row: (topic, perSecond) => `  ${topic}  ${rate(perSecond)}`,
    more: (n) => `  … et ${number(LANG, n)} de plus`,
    nothing: (ms) => `Rien n'est venu sur aucun topic en ${duration(ms)} non plus`,
    retainedOnly:
      "Seuls des messages gardés d'avant sont venus : personne ne publie pour l'instant",
    refused: (state) => `Impossible de regarder les autres topics : ${state}`,
    forbidden: "le broker ne laisse pas cet utilisateur lire #",
    sameClient:
      "le broker prend toutes les connexions de cet utilisateur pour le même client, et en couperait une",
    running: "Un regard est déjà en cours",
    suggest: (filter) => `Pour enregistrer : --topic "${filter}"`,
  },
  topicsHelp: {
    usage: "              mqttrec topics [--broker ADRESSE …]",
    helpUsage:
      "Utilisation : mqttrec topics [--topic FILTRE] [--duration DURÉE] [options de connexion]",
    intro: [
      "Regarde ce qu'a un broker pendant 2 s, ou pendant --duration, et affiche les deux",
      "premiers niveaux des topics avec leur débit. N'enregistre rien. FILTRE est # s'il",
      "n'est pas donné. Les options de connexion sont celles de mqttrec --help.",
    ],
  },
  noScreen: (name, names, closest) =>
    `Impossible d'afficher l'aide sur « ${name} » : il y a ${names}\nEssayez : mqttrec help ${closest}`,
  helpUsage: "              mqttrec help [excel|service|tls|files]",
};
