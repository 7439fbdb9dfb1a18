/** The sentences for somebody who double-clicked the program, in French. */

import type { Sentences } from "./en.ts";

export const doubleClick: Sentences["doubleClick"] = {
  question: "Adresse du broker (Entrée : celui intégré, avec des capteurs simulés) : ",
  nobody: (address, other) =>
    `Aucun broker à ${address}${
      other === undefined ? "" : ` ni à ${other}`
    } : l'enregistrement commence dès qu'il répond`,
  answers: (address) => `Un broker répond à ${address}`,
  badAddress: (written) =>
    `Impossible d'utiliser « ${written} » : ce n'est pas l'adresse d'un broker\n` +
    `Exemples : 192.0.2.7 ou mqtts://broker.example.com`,
  withUser: "Avec un nom d'utilisateur : écrivez NOM@ADRESSE, le mot de passe est demandé ensuite",
  remembered: (address, path) =>
    `Broker : ${address}, retenu dans « ${path} »\nSupprimez ce fichier pour l'oublier`,
  cannotRemember: (path, cause) => `Impossible de retenir l'adresse dans « ${path} » : ${cause}`,
  folder: {
    temporary: (folder) =>
      `mqttrec a été lancé dans un ZIP ou un dossier temporaire : les fichiers vont dans « ${folder} »`,
    system: (folder) =>
      `mqttrec a été lancé dans un dossier de Windows : les fichiers vont dans « ${folder} »`,
    denied: (folder) =>
      `mqttrec ne peut pas écrire à côté de lui-même : les fichiers vont dans « ${folder} »`,
  },
  enterCloses: "Appuyez sur Entrée pour fermer cette fenêtre : ",
};
