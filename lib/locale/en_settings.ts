/** The sentences about settings in the environment or a file, in English. */

export const settings = {
  help: [
    "A flag may also stand in a variable (--port: MQTTREC_PORT) or in the file of",
    "--config. A flag goes before a variable, a variable before the file.",
  ],
  /** Line and column from 1. */
  notJson: (path: string, line: number, column: number) =>
    `Cannot read "${path}": it is not JSON at line ${line}, column ${column}\n` +
    `Names and texts go in double quotes, a comma between two settings, none after the last`,
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
  types: {
    switch: "true or false",
    value: "a text or a number",
    list: 'a text, or several as ["a/#", "b/#"]',
  },
};
