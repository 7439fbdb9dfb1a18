/** The sentences about what is seen and noted while a recording runs, in English. */

import { bytes, clockTime, duration, number } from "./format.ts";

const LANG = "en-US";
const UNITS = ["B", "KB", "MB", "GB", "TB"];

const lines = (n: number) => n === 1 ? "1 line" : `${number(LANG, n)} lines`;
const rate = (perSecond: number) => `${number(LANG, perSecond, perSecond < 10 ? 1 : 0)}/s`;

export const live = {
  /** In the status line: how far `--duration` and `--count` are. */
  elapsed: (ms: number, ofMs: number) => `${clockTime(ms)} of ${clockTime(ofMs)}`,
  messagesOf: (n: number, of: number) => `${number(LANG, n)} of ${number(LANG, of)} messages`,

  printLate:
    "Standard output takes lines slower than they come: some are left out there, none in the files",
  /** On a terminal, once. */
  printSome:
    "Not every message is printed here, as they come too fast or the table is shown: the files have all",
  printClosed: "Nobody reads standard output any more: nothing is printed there, recording goes on",
  /** At the end; `printed`: how many were. */
  printSummary: (leftOut: number, printed: number) =>
    `${lines(leftOut)} not printed (${number(LANG, printed)} were): the files have every message`,

  /** `text`: escaped. */
  marked: (at: string, text: string) => text === "" ? `Marked ${at}` : `Marked ${at}: ${text}`,
  marksFull: (path: string) =>
    `Cannot note another mark in "${path}": the disk takes none at present\nTry again later`,
  markWaits: (cause: string) =>
    `${cause}\nThe mark is kept, and written as soon as that is put right`,
  summaryMarks: (n: number, path: string) =>
    `${n === 1 ? "1 mark" : `${number(LANG, n)} marks`} noted (${path})`,

  /** `why`: a line; the marks follow, each on a line. */
  marksLost: (why: string, n: number) =>
    `${why}\n${
      n === 1
        ? "1 mark is in no file, note it elsewhere:"
        : `${number(LANG, n)} marks are in no file, note them elsewhere:`
    }`,

  /** Labels of the figures. */
  topics: "Seen",
  busiest: "Busiest",
  silent: "Silent",
  /** `more`: older ones are forgotten; `sampled`: not every message was looked at. */
  topicCount: (n: number, more: boolean) =>
    `${number(LANG, n)} topic${n === 1 ? "" : "s"}${more ? ", older ones not counted" : ""}`,
  sampled: "about, as not every message is looked at",
  busiestTopic: (topic: string, perSecond: number | undefined, count: number) =>
    `${topic}  ${perSecond === undefined ? "" : `${rate(perSecond)}, `}${
      number(LANG, count)
    } in all`,
  silentTopic: (topic: string, ms: number) => `${topic}  for ${duration(ms)}`,

  table: {
    topic: "Topic",
    value: "Last value",
    age: "Age",
    rate: "Rate",
    per: rate,
    none: "No message yet",
    /** Shown in place of a payload of `n` bytes that is no text. */
    binary: (n: number) => `${bytes(LANG, UNITS, n)} of binary data`,
    empty: "(empty)",
    shown: (from: number, to: number, all: number) =>
      `${number(LANG, from)}–${number(LANG, to)} of ${number(LANG, all)}`,
    /** Keys that act at once, and those that need Enter; shorter ones for narrow terminals. */
    rawKeys: ["v back, ↑ ↓ PgUp PgDn scroll, m mark, q quit", "v back, ↑ ↓, q quit", "v back"],
    lineKeys: [
      "v + Enter: back, j k d u + Enter: scroll, q + Enter: quit",
      "v + Enter: back, j k scroll",
      "v + Enter: back",
    ],
    prompt: "> ",
    mark: "Mark: ",
    /** Without a terminal there is no table. */
    nowhere: "The table of topics needs a terminal",
  },

  silence: {
    nothing: (topics: string, ms: number) => `No message on ${topics} in ${duration(ms)}.`,
    star: (filter: string, better: string) =>
      `In "${filter}" the * is no wildcard: MQTT has + for one level and # for all below. Perhaps "${better}"?`,
    slash: (filter: string, better: string) =>
      `"${filter}" begins with an empty level: without the slash it is "${better}", another one`,
    letterCase: (filter: string, topic: string) =>
      `"${filter}" has nothing, but "${topic}" has: capital letters count`,
    ask: "t + Enter shows what this broker has: a short look at all of its topics",
  },
  look: {
    begun: (ms: number) => `Looking at all topics for ${duration(ms)} (none of it is recorded)`,
    found: (messages: number, ms: number) =>
      `What the broker has (${
        messages === 1 ? "1 message" : `${number(LANG, messages)} messages`
      } in ${duration(ms)}):`,
    row: (topic: string, perSecond: number) => `  ${topic}  ${rate(perSecond)}`,
    more: (n: number) => `  … and ${number(LANG, n)} more`,
    nothing: (ms: number) => `Nothing came on any topic in ${duration(ms)} either`,
    retainedOnly: "Only messages kept from before came: nobody publishes at present",
    refused: (state: string) => `Cannot look at the other topics: ${state}`,
    forbidden: "the broker does not let this user read #",
    sameClient:
      "the broker takes every connection of this user for the same client, and would cut one off",
    running: "A look is under way already",
    suggest: (filter: string) => `Record with --topic "${filter}"`,
  },
  topicsHelp: {
    usage: "       mqttrec topics [--broker ADDRESS …]",
    helpUsage: "Usage: mqttrec topics [--topic FILTER] [--duration TIME] [connection flags]",
    intro: [
      "Looks at what a broker has for 2 s, or for --duration, and prints the first two",
      "levels of the topics with their rates. Records nothing. FILTER is # if none is",
      "given. The flags for the connection are those of mqttrec --help.",
    ],
  },
  /** `names`: of the screens there are. */
  noScreen: (name: string, names: string, closest: string) =>
    `Cannot show help on "${name}": there is ${names}\nTry: mqttrec help ${closest}`,
  helpUsage: "       mqttrec help [excel|service|tls|files]",
};
