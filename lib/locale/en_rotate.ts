/** The sentences of files that are finished and begun anew, in English. */

import { bytes, number } from "./format.ts";

const LANG = "en-US";

const UNITS = ["B", "KB", "MB", "GB", "TB"];

export const rotate = {
  /** `rows` is undefined where nobody has counted them. */
  finished: (names: string, rows: number | undefined) =>
    rows === undefined
      ? `Finished: ${names}`
      : `Finished: ${names} (${rows === 1 ? "1 row" : `${number(LANG, rows)} rows`})`,
  /** This and the next one, two seconds after the end was asked for. */
  finishing:
    "Still listing or compressing finished files: 'q' or Ctrl+C again leaves that to the next start",
  namesWait:
    "Names of finished files wait for whoever reads standard output: 'q' or Ctrl+C again drops them",
  notFinished: (path: string, cause: string) =>
    `Cannot finish "${path}" now: ${cause}; recording goes on in it, and it is tried again`,
  cannotFinish: (path: string, cause: string) =>
    `Cannot finish "${path}": ${cause}\nClose the program that holds it, then start again`,
  summary: (count: number, path: string) =>
    `  ${count === 1 ? "1 file was" : `${number(LANG, count)} files were`} finished, see ${path}`,
  indexFailed: (path: string, cause: string) =>
    `Cannot list, compress or delete finished files now (see "${path}"): ${cause}; ` +
    `it is tried again`,
  /** Of `check`: how many finished files there are, and their rows. */
  set: (count: number, rows: number, deleted: number) =>
    `${count === 1 ? "1 finished file" : `${number(LANG, count)} finished files`} with ${
      rows === 1 ? "1 row" : `${number(LANG, rows)} rows`
    } in all${deleted === 0 ? "" : `, ${number(LANG, deleted)} deleted as asked for`}`,
  back: (number: number) => `time goes back before number ${number}: the clock was set`,
  twins: (kept: string, spare: string) =>
    `${kept} is there twice, the same rows are in ${spare}: delete that one, or they count twice`,
  otherRows: (file: string) =>
    `DIFFERENT: ${file} is there plain and compressed, and both do not hold the same`,
  hole: (from: number, to: number) =>
    from === to
      ? `MISSING: number ${from}, whose deletion is not in the index`
      : `MISSING: numbers ${from} to ${to}, whose deletion is not in the index`,
  missing: (file: string) => `MISSING: ${file}, which the index names`,
  changed: (file: string) => `CHANGED: ${file} is not as the index says`,
  unlisted: (file: string, repaired: boolean) =>
    `not in the index: ${file}${repaired ? "" : "; see --repair"}`,
  moreUnlisted: (count: number) =>
    `and ${count === 1 ? "1 more file" : `${number(LANG, count)} more files`}`,
  alien: (count: number, row: number) =>
    `DAMAGED: ${
      count === 1
        ? `row ${number(LANG, row)} of the index is none of mqttrec`
        : `${number(LANG, count)} rows of the index are none of mqttrec's, row ${
          number(LANG, row)
        } first`
    }; see --repair`,
  resaved: "the index was saved by another program; see --repair",
  finishedOutput: (path: string, output: string) =>
    `Cannot record to "${path}": that is the name of a finished file of "${output}"\nRecord to that one, or choose another name with --output`,
  indexRenewed: (path: string, kept: string) =>
    `Another program had saved "${path}": it is written anew, and that one is kept as "${kept}"`,
  notRestored:
    "What is missing or changed cannot be made again: no other format has what the index says",
  torn: (bytes: number) =>
    `the index ends in a torn row of ${number(LANG, bytes)} bytes; see --repair`,
  repaired: (path: string) => `"${path}" names every finished file again`,
  moved: (path: string) => `The old index is kept as "${path}"`,
  restored: (path: string) => `"${path}" is as the index says again, made from another format`,
  damagedKept: (path: string) => `The damaged one is kept as "${path}"`,
  reconciled: (path: string, rows: number) =>
    `${rows === 1 ? "1 row" : `${number(LANG, rows)} rows`} added to "${path}", from another ` +
    `format of its number: the index says so`,
  shortKept: (path: string) => `The one that lacked rows is kept as "${path}"`,
  notReconciled: (path: string) =>
    `"${path}" cannot be filled: no other format of its number has all of its rows and more`,
  /** Without a cause it is the file itself. */
  notListed: (path: string, cause: string | undefined) =>
    `"${path}" is not taken into the index: ${cause ?? "it is no whole file of a recording"}`,
  leftThere: (path: string) => `"${path}" is not deleted: it is not as the index says`,
  twinDiffers: (path: string) => `"${path}" stays: "${path}.gz" does not hold the same`,
  needsRotate: (flag: string) =>
    `Cannot use ${flag} on its own: it is about finished files\nAdd --rotate, such as --rotate 1d`,
  tooSmallTotal: (flag: string, value: string) =>
    `Cannot use ${flag} "${value}": each finished file would be deleted at once\n` +
    `Give room for several files, such as 20GB`,
  lowSpace: (free: number, least: number) =>
    `only ${bytes(LANG, UNITS, free)} of the disk are free, ` +
    `${bytes(LANG, UNITS, least)} are to stay free (--min-free)`,
  /** `state`: that of `lowSpace`. */
  tooFull: (folder: string, state: string) =>
    `Cannot write to "${folder}": ${state}\nDelete something, or lower --min-free`,
  minFreeOff: (cause: string) => `Nothing of the disk is kept free (--min-free): ${cause}`,
  printsBoth: (print: string, printFiles: string) =>
    `Cannot use ${print} and ${printFiles} together: both write to standard output\nKeep one of them`,
  noIndex: (path: string) =>
    `Cannot read "${path}": it is no index of finished files\n` +
    `Move it away, then: mqttrec check --repair builds it anew`,
};
