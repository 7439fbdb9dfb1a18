import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { type Format, FORMATS } from "../../lib/formats/mod.ts";
import { reconcile } from "../../lib/recording/reconcile.ts";
import type { Message } from "../../lib/message/message.ts";
import { AppendFile } from "../../lib/files/append_file.ts";
import {
  arbitraryMessage,
  bytes,
  concat,
  fileOf,
  message,
  rowsOf,
  seeded,
} from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const { csv, json } = FORMATS;

interface Pair {
  readonly a: AppendFile<Format>;
  readonly b: AppendFile<Format>;
  files(): Promise<[Uint8Array, Uint8Array]>;
}

/** Runs `body` with two open files of this content. */
function withPair(
  [formatA, contentA]: readonly [Format, Uint8Array],
  [formatB, contentB]: readonly [Format, Uint8Array],
  body: (pair: Pair) => Promise<void>,
): Promise<void> {
  return inFolder(async (folder) => {
    const [pathA, pathB] = [`${folder}/a`, `${folder}/b`];
    await Deno.writeFile(pathA, contentA);
    await Deno.writeFile(pathB, contentB);
    using a = await AppendFile.open(pathA, formatA);
    using b = await AppendFile.open(pathB, formatB);
    await body({
      a,
      b,
      files: async () => [await Deno.readFile(pathA), await Deno.readFile(pathB)],
    });
    // Both files are closed and have their committed size.
    assert.equal((await Deno.stat(pathA)).size, a.committed);
    assert.equal((await Deno.stat(pathB)).size, b.committed);
  });
}

const some = (seed: number, count: number) => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => arbitraryMessage(random));
};

const PAIRS: readonly (readonly [Format, Format])[] = [[csv, json], [json, csv], [csv, csv]];

for (const [formatA, formatB] of PAIRS) {
  const names = `${formatA.extension} and ${formatB.extension}`;
  const messages = some(21, 6);

  Deno.test(`reconcile() restores the torn rows of one file from the other (${names})`, async () => {
    const whole = [fileOf(formatA, messages), fileOf(formatB, messages)] as const;
    const minLength = fileOf(formatA, messages.slice(0, -3)).length - formatA.footer.length - 1;
    for (let length = minLength; length <= whole[0].length; length++) {
      const torn = whole[0].subarray(0, length);
      await withPair([formatA, torn], [formatB, whole[1]], async ({ a, b, files }) => {
        const kept = (await rowCount(a)) < messages.length;
        const result = await reconcile(a, b, { chunkBytes: 50 });
        assert.equal(result.type, kept ? "reconciled" : "equal", `at ${length}`);
        assert.deepEqual(await files(), whole, `at ${length}`);
      });
    }
  });

  Deno.test(`reconcile() extends two torn files to the longer one's rows (${names})`, async () => {
    const whole = [fileOf(formatA, messages), fileOf(formatB, messages)] as const;
    const random = seeded(22);
    for (let round = 0; round < 60; round++) {
      const [tornA, tornB] = whole.map((file) => file.subarray(0, file.length - random(150)));
      await withPair([formatA, tornA!], [formatB, tornB!], async ({ a, b, files }) => {
        const rows = Math.max(await rowCount(a), await rowCount(b));
        await reconcile(a, b);
        const kept = messages.slice(0, rows);
        assert.deepEqual(await files(), [fileOf(formatA, kept), fileOf(formatB, kept)]);
      });
    }
  });

  Deno.test(`reconcile() reads only the rows after the checkpoint (${names})`, async () => {
    const before = messages.slice(0, 2), extra = messages.slice(2);
    const whole = [fileOf(formatA, messages), fileOf(formatB, messages)] as const;
    // The rows before the checkpoint are not compared: here they even differ.
    const other = [message("x", "other"), ...before.slice(1)];
    const start = fileOf(formatA, other);
    await withPair([formatA, start], [formatB, whole[1]], async ({ a, b, files }) => {
      const from = [a.committed, fileOf(formatB, before).length] as const;
      assert.deepEqual(await reconcile(a, b, { from }), {
        type: "reconciled",
        path: a.path,
        rows: extra.length,
      });
      assert.deepEqual((await files())[0], fileOf(formatA, [...other, ...extra]));
    });
  });

  Deno.test(`reconcile() reads from the start if the checkpoint is wrong (${names})`, async () => {
    const file = fileOf(formatA, messages.slice(0, 3));
    const whole = fileOf(formatB, messages);
    for (const from of [[1e9, 1e9], [file.length, 1e9], [file.length - 5, 70], [0, 3]] as const) {
      await withPair([formatA, file], [formatB, whole], async ({ a, b, files }) => {
        const result = await reconcile(a, b, { from });
        assert.deepEqual(result, { type: "reconciled", path: a.path, rows: 3 });
        assert.deepEqual(await files(), [fileOf(formatA, messages), whole]);
      });
    }
  });

  Deno.test(`reconcile() tells identical rows apart by their number (${names})`, async () => {
    const same = Array.from({ length: 9 }, () => message("t", "1"));
    for (const kept of [0, 1, 5, 9]) {
      const [file, whole] = [fileOf(formatA, same.slice(0, kept)), fileOf(formatB, same)];
      await withPair([formatA, file], [formatB, whole], async ({ a, b, files }) => {
        await reconcile(a, b);
        assert.deepEqual(await files(), [fileOf(formatA, same), whole]);
      });
    }
  });

  Deno.test(`reconcile() changes nothing if a row differs, and returns its number (${names})`, async () => {
    for (let at = 0; at < messages.length; at++) {
      const changes: Partial<Message>[] = [{ time: 1 }, { topic: "other" }, { retain: true }];
      changes.push({ payload: bytes("other") }, { qos: messages[at]!.qos === 0 ? 1 : 0 });
      for (const change of changes) {
        const changed = { ...messages[at]!, retain: false, ...change };
        const original = { ...messages[at]!, retain: false };
        const [was, is] = [messages.with(at, original), messages.with(at, changed)];
        // The files also differ in length.
        const contents = [fileOf(formatA, was), fileOf(formatB, is.slice(0, at + 2))] as const;
        await withPair([formatA, contents[0]], [formatB, contents[1]], async ({ a, b, files }) => {
          const wanted = { type: "different", rows: at };
          assert.deepEqual(await reconcile(a, b), wanted);
          assert.deepEqual(await reconcile(a, b, { from: [a.committed, 1] }), wanted);
          assert.deepEqual(await files(), contents);
        });
      }
    }
  });

  Deno.test(`reconcile() adds nothing after a malformed row (${names})`, async () => {
    const [head, rest] = [messages.slice(0, 2), messages.slice(2)];
    const bad = concat(
      fileOf(formatB, head).subarray(0, -formatB.footer.length || undefined),
      bytes("?"),
      rowsOf(formatB, rest),
      formatB.footer,
    );
    const at = fileOf(formatB, head).length - formatB.footer.length;
    for (const count of [0, 1, 2, 3, 6]) {
      const file = fileOf(formatA, messages.slice(0, count));
      await withPair([formatA, file], [formatB, bad], async ({ a, b, files }) => {
        const wanted = { type: "malformed", path: b.path, rows: 2, at };
        assert.deepEqual(await reconcile(a, b, { chunkBytes: 30 }), wanted);
        assert.deepEqual(await files(), [file, bad]);
      });
    }
  });
}

Deno.test("reconcile() adds many rows in bounded batches", () => {
  const messages = some(23, 3_000);
  const whole = fileOf(json, messages);
  return withPair([csv, fileOf(csv, [])], [json, whole], async ({ a, b, files }) => {
    assert.deepEqual(await reconcile(a, b, { chunkBytes: 4_096 }), {
      type: "reconciled",
      path: a.path,
      rows: 3_000,
    });
    assert.deepEqual(await files(), [fileOf(csv, messages), whole]);
  });
});

Deno.test("reconcile() leaves whole rows if a write fails, and names the file", () => {
  const messages = some(24, 300);
  return withPair(
    [json, fileOf(json, [])],
    [csv, fileOf(csv, messages)],
    async ({ a, b, files }) => {
      let left = 3;
      const sync = a.sync.bind(a);
      a.sync = () => left-- > 0 ? sync() : Promise.reject(new Error("no space"));
      await assert.rejects(reconcile(a, b, { chunkBytes: 1_000 }), (error) => {
        assert.ok(error instanceof RecordingError);
        assert.ok(error.message.includes(a.path));
        return true;
      });
      const kept = messages.slice(0, await rowCount(a));
      assert.ok(kept.length > 0 && kept.length < messages.length);
      assert.deepEqual((await files())[0], fileOf(json, kept));
      a.sync = sync;
      await reconcile(a, b);
      assert.deepEqual((await files())[0], fileOf(json, messages));
    },
  );
});

/** Number of rows of a file, counted by an independent parser. */
async function rowCount({ path, format }: AppendFile<Format>): Promise<number> {
  const text = await Deno.readTextFile(path);
  if (format === json) return JSON.parse(text).length;
  const { parse } = await import("@std/csv/parse");
  return parse(text).length - 1;
}
