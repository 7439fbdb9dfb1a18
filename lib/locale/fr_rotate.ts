/** The sentences of files that are finished and begun anew, in French. */

import type { Sentences } from "./en.ts";
import { bytes, number } from "./format.ts";

const LANG = "fr-FR";

const UNITS = ["o", "Ko", "Mo", "Go", "To"];

export const rotate: Sentences["rotate"] = {
  finished: (names, rows) =>
    rows === undefined
      ? `Fini : ${names}`
      : `Fini : ${names} (${number(LANG, rows)} ${rows < 2 ? "ligne" : "lignes"})`,
  finishing:
    "Fichiers finis encore à inscrire ou à compresser : 'q' ou Ctrl+C encore une fois laisse cela au prochain démarrage",
  namesWait:
    "Des noms de fichiers finis attendent celui qui lit la sortie standard : 'q' ou Ctrl+C encore une fois les abandonne",
  notFinished: (path, cause) =>
    `Impossible de finir « ${path} » maintenant : ${cause} ; l'enregistrement y continue, nouvel essai bientôt`,
  cannotFinish: (path, cause) =>
    `Impossible de finir « ${path} » : ${cause}\nFermez le programme qui le tient, puis relancez`,
  summary: (count, path) =>
    `  ${number(LANG, count)} ${count < 2 ? "fichier fini" : "fichiers finis"}, voir ${path}`,
  indexFailed: (path, cause) =>
    `Impossible d'inscrire, de compresser ou de supprimer des fichiers finis maintenant (voir « ${path} ») : ` +
    `${cause} ; nouvel essai bientôt`,
  set: (count, rows, deleted) =>
    `${number(LANG, count)} ${count < 2 ? "fichier fini" : "fichiers finis"}, ${
      number(LANG, rows)
    } ${rows < 2 ? "ligne" : "lignes"} en tout${
      deleted === 0
        ? ""
        : `, ${number(LANG, deleted)} ${deleted < 2 ? "supprimé" : "supprimés"} comme demandé`
    }`,
  back: (number) => `l'heure recule avant le numéro ${number} : l'horloge a été réglée`,
  twins: (kept, spare) =>
    `${kept} est là deux fois, les mêmes lignes sont dans ${spare} : supprimez celui-ci, ou elles comptent double`,
  otherRows: (file) =>
    `DIFFÉRENTS : ${file} est là simple et compressé, et les deux ne contiennent pas la même chose`,
  hole: (from, to) =>
    from === to
      ? `MANQUANT : numéro ${from}, dont la suppression n'est pas dans la liste des fichiers`
      : `MANQUANTS : numéros ${from} à ${to}, dont la suppression n'est pas dans la liste des fichiers`,
  missing: (file) => `MANQUANT : ${file}, que la liste des fichiers nomme`,
  changed: (file) => `MODIFIÉ : ${file} n'est pas tel que la liste le dit`,
  unlisted: (file, repaired) =>
    `absent de la liste des fichiers : ${file}${repaired ? "" : " ; voir --repair"}`,
  moreUnlisted: (count) =>
    `et ${number(LANG, count)} ${count < 2 ? "autre fichier" : "autres fichiers"}`,
  alien: (count, row) =>
    `ABÎMÉE : ${number(LANG, count)} ${
      count < 2 ? "ligne" : "lignes"
    } de la liste des fichiers ne viennent pas de mqttrec, à partir de la ligne ${
      number(LANG, row)
    } ; voir --repair`,
  resaved: "la liste des fichiers a été enregistrée par un autre programme ; voir --repair",
  finishedOutput: (path, output) =>
    `Impossible d'enregistrer dans « ${path} » : c'est le nom d'un fichier fini de « ${output} »\nEnregistrez dans celui-ci, ou choisissez un autre nom avec --output`,
  indexRenewed: (path, kept) =>
    `Un autre programme avait enregistré « ${path} » : il est réécrit, et celui-là reste sous « ${kept} »`,
  notRestored:
    "Ce qui manque ou est modifié ne peut pas être refait : aucun autre format n'a ce que la liste dit",
  torn: (bytes) =>
    `la liste des fichiers finit par une ligne coupée de ${
      number(LANG, bytes)
    } octets ; voir --repair`,
  repaired: (path) => `« ${path} » nomme de nouveau tous les fichiers finis`,
  moved: (path) => `L'ancienne liste reste sous « ${path} »`,
  restored: (path) =>
    `« ${path} » est de nouveau tel que la liste le dit, refait à partir d'un autre format`,
  damagedKept: (path) => `Celui qui est abîmé est gardé sous « ${path} »`,
  reconciled: (path, rows) =>
    `${number(LANG, rows)} ${rows < 2 ? "ligne ajoutée" : "lignes ajoutées"} à « ${path} », ` +
    `à partir d'un autre format de son numéro : la liste des fichiers le dit`,
  shortKept: (path) => `Celui où il en manquait est gardé sous « ${path} »`,
  notReconciled: (path) =>
    `« ${path} » ne peut pas être complété : aucun autre format de son numéro n'a toutes ses lignes et d'autres`,
  notListed: (path, cause) =>
    `« ${path} » n'entre pas dans la liste des fichiers : ${
      cause ?? "ce n'est pas un fichier entier d'un enregistrement"
    }`,
  leftThere: (path) => `« ${path} » n'est pas supprimé : il n'est pas tel que la liste le dit`,
  twinDiffers: (path) => `« ${path} » reste : « ${path}.gz » ne contient pas la même chose`,
  needsRotate: (flag) =>
    `Impossible d'utiliser ${flag} tout seul : il s'agit de fichiers finis\n` +
    `Ajoutez --rotate, par exemple --rotate 1d`,
  tooSmallTotal: (flag, value) =>
    `Impossible d'utiliser ${flag} « ${value} » : chaque fichier fini serait supprimé aussitôt\n` +
    `Laissez de la place pour plusieurs fichiers, par exemple 20GB`,
  lowSpace: (free, least) =>
    `il n'y a plus que ${bytes(LANG, UNITS, free)} libres sur le disque, ` +
    `${bytes(LANG, UNITS, least)} doivent le rester (--min-free)`,
  tooFull: (folder, state) =>
    `Impossible d'écrire dans « ${folder} » : ${state}\n` +
    `Supprimez quelque chose, ou diminuez --min-free`,
  minFreeOff: (cause) => `Rien du disque n'est gardé libre (--min-free) : ${cause}`,
  printsBoth: (print, printFiles) =>
    `Impossible d'utiliser ${print} et ${printFiles} ensemble : tous deux écrivent sur la sortie standard\nGardez-en un`,
  noIndex: (path) =>
    `Impossible de lire « ${path} » : ce n'est pas une liste de fichiers finis\n` +
    `Déplacez-la, puis : mqttrec check --repair la refait`,
};
