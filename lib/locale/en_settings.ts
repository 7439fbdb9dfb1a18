/** The sentences about settings in the environment or a file, in English. */

const BACKSLASH = String.raw`Write \\ or / for \ in a text: "C:\\data" or "C:/data"`;

export const settings = {
  help: [
    "A flag may also stand in a variable (--port: MQTTREC_PORT) or in the file of",
    "--config. A flag goes before a variable, a variable before the file.",
  ],
  /** Line and column from 1. `backslash`: a single one stands in a text. */
  notJson: (path: string, line: number, column: number, backslash: boolean) =>
    `Cannot read "${path}": it is not JSON at line ${line}, column ${column}\n${
      backslash
        ? BACKSLASH
        : "Names and texts go in double quotes, a comma between two settings, none after the last"
    }`,
  notObject: (path: string) =>
    `Cannot use "${path}": one JSON object is expected\n` +
    `Example: {"broker": "localhost", "topic": ["sensors/#", "home/#"]}`,
  unknownKey: (key: string, closestString: string | undefined) =>
    `Cannot use ${key}: no such setting exists\n${
      closestString ? `Did you mean "${closestString}"? ` : ""
    }Settings are named like the flags: --help`,
  keyTwice: (key: string) => `Cannot use ${key}: it is given twice\nKeep one of them`,
  wrongType: (key: string, wanted: string, example: string) =>
    `Cannot use ${key}: ${wanted} is expected\nExample: ${example}`,
  /** `json`: a file of settings holds it. */
  badPath: (label: string, path: string, problem: string, json: boolean) =>
    `Cannot use ${label} "${path}": ${problem}\n${json ? BACKSLASH : "Choose another name"}`,
  /** `bytes`: what the longest name beside it adds. */
  nameTooLong: (bytes: number) =>
    `its name is too long: the files beside it add up to ${bytes} bytes`,
  pathProblems: {
    control: "a control character is in it",
    character: 'Windows has no names with <>"|?*',
    colon: "on Windows what is behind a second colon would be hidden in another file",
    device: "that is the name of a device of Windows, with any extension",
    ending: "Windows leaves out a dot or a blank at the end of a name",
  },
  /** `inner`: without its quotes. */
  quotedValue: (label: string, value: string, inner: string) =>
    `Cannot use ${label} "${value}": its quotes are a part of it, as cmd.exe leaves '…' there\n` +
    `Write: "${inner}"`,
  types: {
    switch: "true or false",
    value: "a text or a number",
    list: 'a text, or several as ["a/#", "b/#"]',
  },
};
