import assert from "node:assert/strict";
import { csv } from "../../lib/formats/csv.ts";
import { json } from "../../lib/formats/json.ts";
import type { Message } from "../../lib/message/message.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { inFolder, succeeds } from "../support/program.ts";
import { ownReads } from "./own_readers.ts";
import { pythonReads } from "./python_readers.ts";

const SENT: readonly Message[] = [
  message("a/b", "21.5"),
  message("é", "two\r\nlines"),
  message("c", Uint8Array.of(255, 0)),
  message("a/b", "21.5"),
];

const [first, second, third, fourth] = SENT as [Message, Message, Message, Message];
/** Recordings with one difference each from the messages sent. */
const DOCTORED: Readonly<Record<string, readonly Message[]>> = {
  "a row missing": [first, third, fourth],
  "the last row missing": [first, second, third],
  "a row twice": [first, second, second, third, fourth],
  "a row too many": [...SENT, first],
  "rows exchanged": [second, first, third, fourth],
  "another payload": [first, { ...second, payload: first.payload }, third, fourth],
  "another byte": [first, second, message("c", Uint8Array.of(254, 0)), fourth],
  "another topic": [{ ...first, topic: "a/c" }, second, third, fourth],
  "another QoS": [{ ...first, qos: 2 }, second, third, fourth],
  "retained": [{ ...first, retain: true }, second, third, fourth],
  "redelivered": [{ ...first, dup: true }, second, third, fourth],
};

const hasPython = await succeeds("python3", ["--version"]);

/** Starting Python is slow: it reads only one file of each kind of damage. */
const SHOWN_TO_PYTHON = ["a row missing", "a row too many", "another byte", "redelivered"];

async function read(folder: string, recorded: readonly Message[], python: boolean) {
  const output = `${folder}/r`;
  await Deno.writeFile(`${output}.csv`, fileOf(csv, recorded));
  await Deno.writeFile(`${output}.json`, fileOf(json, recorded));
  const { readings } = await ownReads(output, SENT);
  return [...readings, ...hasPython && python ? await pythonReads(output, SENT) : []];
}

Deno.test("every reader accepts a correct recording", async () => {
  await inFolder(async (folder) => {
    for (const { reader, rows, mismatches } of await read(folder, SENT, true)) {
      assert.deepEqual([reader, rows, mismatches], [reader, SENT.length, 0]);
    }
  });
});

for (const [what, recorded] of Object.entries(DOCTORED)) {
  Deno.test(`every reader finds ${what}`, async () => {
    await inFolder(async (folder) => {
      for (
        const { reader, mismatches } of await read(folder, recorded, SHOWN_TO_PYTHON.includes(what))
      ) {
        assert.ok(mismatches > 0, reader);
      }
    });
  });
}

Deno.test("readers find files that differ in a timestamp", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/r.csv`, fileOf(csv, SENT));
    await Deno.writeFile(
      `${folder}/r.json`,
      fileOf(json, [{ ...first, time: 0 }, ...SENT.slice(1)]),
    );
    assert.equal((await ownReads(`${folder}/r`, SENT)).timestampsDiffer, 1);
  });
});
