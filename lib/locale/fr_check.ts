/** The sentences of `check`, in French. */

import { bytes, number } from "./format.ts";
import type { Sentences } from "./en.ts";

const LANG = "fr-FR";
const UNITS = ["o", "Ko", "Mo", "Go", "To"];

/** `1 ligne`, `1 234 lignes`. */
function rowCount(n: number): string {
  return n < 2 ? `${n} ligne` : `${number(LANG, n)} lignes`;
}

export const check: Sentences["check"] = {
  usage: "              mqttrec check FICHIER… [--repair]",
  helpUsage: "Utilisation : mqttrec check FICHIER… [OPTIONS]",
  intro: [
    "Lit des enregistrements, dit ce qu'ils contiennent et s'ils sont intacts.",
    "FICHIER est un enregistrement .csv ou .json, ou leur chemin de base sans",
    "extension ; si les deux fichiers sont nommés, ils sont comparés ligne par ligne.",
    "Un dossier vaut pour tous ses enregistrements.",
  ],
  exitCodes: "Codes de sortie : 0 tout va bien, 1 anomalie, 2 erreur d'utilisation.",
  file: (path, rows, count) => `${path} : ${rowCount(rows)}, ${bytes(LANG, UNITS, count)}`,
  span: (first, last) => `du ${first} au ${last}`,
  order: (back) =>
    back === 0 ? "dans l'ordre chronologique" : `l'heure recule ${number(LANG, back)} fois`,
  dup: (rows) => {
    const again = "une seconde fois (dup)";
    if (rows === 0) return `aucune livrée ${again}`;
    return rows === 1 ? `1 ligne livrée ${again}` : `${rowCount(rows)} livrées ${again}`;
  },
  topics: (count) => count < 2 ? `${count} topic :` : `${number(LANG, count)} topics :`,
  moreTopics: (count) => `… et ${number(LANG, count)} de plus`,
  otherTopics: (rows) => `… et des topics trop nombreux pour être distingués : ${rowCount(rows)}`,
  unfinished:
    "NON FERMÉ : il manque son début ou son dernier crochet, mais aucune ligne ; voir --repair",
  torn: (count, at) =>
    count === 1
      ? `ABÎMÉ : le dernier octet, l'octet ${number(LANG, at)}, n'est pas une ligne entière ; ` +
        "voir --repair"
      : `ABÎMÉ : les ${number(LANG, count)} derniers octets, à partir de l'octet ${
        number(LANG, at)
      }, ne font pas une ligne entière ; voir --repair`,
  malformed: (row, at) =>
    `INCORRECT : la ligne ${number(LANG, row)}, à l'octet ${
      number(LANG, at)
    }, ne vient pas de mqttrec ; la suite n'a pas été lue`,
  live: "enregistrement en cours : sa fin est au milieu d'une écriture",
  /** Between the last two of a list. */
  and: "et",
  same: (names, rows) =>
    rows < 2
      ? `${names} contiennent la même chose : ${rowCount(rows)}`
      : `${names} contiennent les mêmes ${rowCount(rows)}`,
  prefix: (shorter, rows, longer, repaired) =>
    `DÉCALÉS : il manque à la fin de ${shorter} ${rowCount(rows)} de ${longer}${
      repaired ? "" : " ; voir --repair"
    }`,
  within: (shorter, rows, first, longer, repaired) =>
    `DÉCALÉS : il manque dans ${shorter} ${rowCount(rows)} de ${longer}, ${
      rows === 1 ? "sa" : "d'abord sa"
    } ligne ${number(LANG, first)}${repaired ? "" : " ; voir --repair"}`,
  behind: (shorter, rows, longer) =>
    `enregistrement en cours : ${longer} a ${rowCount(rows)} d'avance sur ${shorter}`,
  different: (names, row) =>
    `DIFFÉRENTS : ${names} diffèrent à partir de la ligne ${number(LANG, row)}`,
  comparedUpTo: (names, rows) => `${names} commencent par la même chose : ${rowCount(rows)}`,
  gaps: (path, count, seconds) =>
    `${path} : ${count < 2 ? `${count} interruption` : `${number(LANG, count)} interruptions`}, ${
      number(LANG, seconds, 3)
    } s au total`,
  tornGaps: (count) =>
    count === 1
      ? "ABÎMÉ : le dernier octet n'est pas une ligne entière ; voir --repair"
      : `ABÎMÉ : les ${number(LANG, count)} derniers octets ne font pas une ligne entière ; ` +
        "voir --repair",
  alienGaps: (count, row) =>
    `MALFORMÉ : ${
      count === 1
        ? `la ligne ${number(LANG, row)} n'est pas de mqttrec`
        : `${number(LANG, count)} lignes ne sont pas de mqttrec, d'abord la ligne ${
          number(LANG, row)
        }`
    }`,
  marks: (path, count) =>
    `${path} : ${count < 2 ? `${count} repère` : `${number(LANG, count)} repères`}`,
  markFile: (path) =>
    `Impossible de vérifier « ${path} » : il contient les repères d'un enregistrement\n` +
    `Nommez l'enregistrement qui est à côté`,
  reconciled: (names, path, rows) =>
    `« ${path} » complété de ${rowCount(rows)} : ${names} sont de nouveau au même point`,
  closed: (path) => `« ${path} » refermé : aucune ligne ne manquait`,
  damagedGzip: (path) =>
    `Impossible de lire « ${path} » : ce qui y est compressé est abîmé ou coupé\nReprenez-le d'une copie, ou : mqttrec check --repair le refait à partir d'un autre format`,
  untouched: "Rien n'a été réparé : il ne s'agit ni de la fin d'un fichier, ni de lignes qui ne " +
    "sont que dans un seul",
  cannotRepair: (base, cause, full) =>
    `Impossible de réparer « ${base} » : ${cause}\n${
      full ? "Libérez de la place sur ce disque" : "Remédiez-y"
    } et réparez de nouveau : rien n'est perdu`,
  well: "Tout va bien",
  notWell: "Tout ne va pas bien",
  noFile: `Impossible de vérifier : aucun fichier n'est nommé\n` +
    `Exemple : mqttrec check exports/mqtt_data`,
  emptyFolder: (path) =>
    `Impossible de lire « ${path} » : il ne s'y trouve aucun enregistrement\n` +
    `Nommez un autre dossier, ou un enregistrement : exports/mqtt_data`,
  cannotRead: (path, cause) =>
    `Impossible de lire « ${path} » : ${cause}\nVérifiez le chemin, et qui peut le lire`,
  unreadableLog: (path, cause) => `Impossible de lire « ${path} » : ${cause}`,
  foreignLog: (path) => `Impossible de lire « ${path} » : ce fichier ne vient pas de mqttrec`,
  foreign: (path) =>
    `Impossible de lire « ${path} » : ce fichier ne vient pas de mqttrec\n` +
    `Nommez un enregistrement .csv, .json ou .ndjson`,
  resaved: (path) =>
    `Impossible de lire « ${path} » : un tableur ou un autre programme l'a réenregistré\n` +
    `Donnez l'original, tel que mqttrec l'a écrit`,
  gapLog: (path) =>
    `Impossible de lire « ${path} » : c'est la liste des interruptions d'un enregistrement\n` +
    `Nommez l'enregistrement lui-même, à côté`,
  mixed: (base) =>
    `Impossible de comparer les fichiers de « ${base} » : un seul a été enregistré avec --properties\n` +
    `Vérifiez chacun séparément`,
  notRecording: (path) =>
    `Impossible de lire « ${path} » : il faut un enregistrement .csv, .json ou .ndjson\n` +
    `Nommez-en un, ou son chemin sans l'extension`,
  inUse: (base) =>
    `Impossible de réparer « ${base} » : l'enregistrement est en cours\n` +
    `Arrêtez d'abord ce mqttrec`,
};
