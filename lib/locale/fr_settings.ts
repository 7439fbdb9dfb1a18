/** The sentences about settings in the environment or a file, in French. */

import type { Sentences } from "./en.ts";

const BACKSLASH = String.raw`Écrivez \\ ou / pour \ dans un texte : "C:\\data" ou "C:/data"`;

export const settings: Sentences["settings"] = {
  help: [
    "Une option peut aussi être dans une variable (--port : MQTTREC_PORT) ou dans",
    "le fichier de --config. L'option passe avant la variable, puis le fichier.",
  ],
  notJson: (path, line, column, backslash) =>
    `Impossible de lire « ${path} » : ce n'est pas du JSON, ligne ${line}, colonne ${column}\n${
      backslash
        ? BACKSLASH
        : "Les noms et les textes vont entre guillemets droits, une virgule entre deux réglages, " +
          "aucune après le dernier"
    }`,
  notObject: (path) =>
    `Impossible d'utiliser « ${path} » : il faut un objet JSON\n` +
    `Exemple : {"broker": "localhost", "topic": ["sensors/#", "home/#"]}`,
  unknownKey: (key, closestString) =>
    `Impossible d'utiliser ${key} : ce réglage n'existe pas\n${
      closestString ? `Vouliez-vous dire « ${closestString} » ? ` : ""
    }Les réglages se nomment comme les options : --help`,
  keyTwice: (key) => `Impossible d'utiliser ${key} : il est donné deux fois\nGardez-en un`,
  wrongType: (key, wanted, example) =>
    `Impossible d'utiliser ${key} : il faut ${wanted}\nExemple : ${example}`,
  badPath: (label, path, problem, json) =>
    `Impossible d'utiliser ${label} « ${path} » : ${problem}\n${
      json ? BACKSLASH : "Choisissez un autre nom"
    }`,
  nameTooLong: (bytes) =>
    `son nom est trop long : les fichiers à côté y ajoutent jusqu'à ${bytes} octets`,
  pathProblems: {
    control: "il contient un caractère de contrôle",
    character: "Windows n'admet pas <>\"|?* dans un nom",
    colon: "sous Windows, ce qui suit un second deux-points serait caché dans un autre fichier",
    device: "c'est le nom d'un périphérique de Windows, quelle que soit l'extension",
    ending: "Windows supprime un point ou une espace à la fin d'un nom",
  },
  quotedValue: (label, value, inner) =>
    `Impossible d'utiliser ${label} « ${value} » : ses guillemets en font partie, cmd.exe laisse '…'\n` +
    `Écrivez : "${inner}"`,
  types: {
    switch: "true ou false",
    value: "un texte ou un nombre",
    list: 'un texte, ou plusieurs comme ["a/#", "b/#"]',
  },
};
