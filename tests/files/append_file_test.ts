import assert from "node:assert/strict";
import { RecordingError } from "../../lib/locale/errors.ts";
import { type Format, FORMATS } from "../../lib/formats/mod.ts";
import type { Message } from "../../lib/message/message.ts";
import { AppendFile } from "../../lib/files/append_file.ts";
import {
  closedRowsOf,
  FAKE_CSV_ROW,
  FAKE_JSON_ROW,
  fileOf,
  message,
} from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

const { csv, json } = FORMATS;
const BOTH: readonly Format[] = [csv, json];

async function append(appendFile: AppendFile<Format>, messages: readonly Message[]): Promise<void> {
  await appendFile.write(closedRowsOf(appendFile.format, messages));
  await appendFile.sync();
  appendFile.commit();
}

const exists = (path: string) => Deno.lstat(path).then(() => true, () => false);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

for (const format of BOTH) {
  const name = format.extension;

  Deno.test(`AppendFile writes a ${name} file that is valid before its first row and after every commit`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      using appendFile = await AppendFile.open(path, format);
      const messages: Message[] = [];
      assert.deepEqual(await Deno.readFile(path), fileOf(format, []));
      for (let i = 0; i < 5; i++) {
        const more = [message("a", `${i}`), message("b\n", `"${i}`)];
        await append(appendFile, more);
        messages.push(...more);
        assert.deepEqual(await Deno.readFile(path), fileOf(format, messages));
        assert.equal(appendFile.committed, fileOf(format, messages).length);
      }
    }));

  Deno.test(`AppendFile.open() continues a ${name} file after a restart`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      const messages: Message[] = [];
      for (let run = 0; run < 4; run++) {
        using appendFile = await AppendFile.open(path, format);
        assert.equal(appendFile.torn, undefined);
        if (run === 1) continue;
        await append(appendFile, [message("run", `${run}`)]);
        messages.push(message("run", `${run}`));
      }
      assert.deepEqual(await Deno.readFile(path), fileOf(format, messages));
      assert.equal(await exists(`${path}.torn`), false);
    }));

  Deno.test(`AppendFile.open() keeps every whole row of a ${name} file torn at any byte`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      const messages = [
        message("t", "21.5"),
        message("t", `x\r\n${FAKE_CSV_ROW}"`),
        message("t", `\n${FAKE_JSON_ROW}\n]\n,`),
        message("t", Uint8Array.of(0xff, 0x0a)),
      ];
      const file = fileOf(format, messages);
      const fresh = [message("fresh", "1")];
      for (let length = 0; length < file.length; length++) {
        await Deno.writeFile(path, file.subarray(0, length));
        let kept = messages.length;
        const rowsEnd = () => fileOf(format, messages.slice(0, kept)).length - format.footer.length;
        while (kept > 0 && rowsEnd() > length) kept--;
        {
          using appendFile = await AppendFile.open(path, format);
          const repaired = await Deno.readFile(path);
          assert.deepEqual(repaired, fileOf(format, messages.slice(0, kept)), `at ${length}`);
          await append(appendFile, fresh);
          // Bytes that are neither a whole row nor a part of header or footer go to `.torn`.
          const rest = file.subarray(rowsEnd(), length);
          if (appendFile.torn !== undefined) {
            assert.deepEqual(await Deno.readFile(appendFile.torn.tornPath), rest);
            assert.equal(appendFile.torn.bytes, rest.length);
            await Deno.remove(appendFile.torn.tornPath);
          } else {
            const own = length < format.header.length || text(format.footer).startsWith(text(rest));
            assert.ok(own, `at ${length}: ${text(rest)}`);
          }
        }
        const wanted = fileOf(format, [...messages.slice(0, kept), ...fresh]);
        assert.deepEqual(await Deno.readFile(path), wanted);
      }
    }));

  Deno.test(`AppendFile.open() repairs a ${name} file whose torn row is longer than the first windows`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      const large = `x\r\n${FAKE_CSV_ROW.repeat(3000)}`;
      const messages = [message("t", "1"), message("t", '{"a":2}'), message("t", large)];
      const file = fileOf(format, messages);
      const small = fileOf(format, messages.slice(0, 2));
      for (const length of [file.length, file.length - 10, 160_000, 120_000, 70_000, 66_000]) {
        for (const shift of [0, 1, 30]) {
          await Deno.writeFile(path, file.subarray(0, length - shift));
          using _ = await AppendFile.open(path, format);
          const whole = length - shift >= file.length - format.footer.length;
          assert.deepEqual(await Deno.readFile(path), whole ? file : small, `at ${length - shift}`);
        }
      }
    }));

  Deno.test(`AppendFile.open() leaves a damaged byte in the middle of a ${name} file, and what follows`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      for (const payload of ["21.5", '{"a":1}', "x\ny"]) {
        const file = fileOf(format, Array.from({ length: 100 }, () => message("b", payload)));
        for (let k = 0; k < 40; k++) {
          const damaged = file.slice();
          damaged[20 * k + 500] = k % 2 === 0 ? 34 : 0;
          await Deno.writeFile(path, damaged);
          using appendFile = await AppendFile.open(path, format);
          assert.equal(appendFile.torn, undefined);
          assert.deepEqual(await Deno.readFile(path), damaged);
        }
      }
    }));

  Deno.test(`AppendFile.open() cuts a ${name} file where its rows are known to end`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      const first = message("t", "1");
      const before = fileOf(format, [first]);
      const closing = format === csv ? '",utf-8' : '","encoding';
      for (let count = 1; count < 100; count++) {
        const file = text(fileOf(format, [first, message("t", FAKE_CSV_ROW.repeat(count))]));
        await Deno.writeTextFile(path, file.slice(0, file.lastIndexOf(closing)));
        using appendFile = await AppendFile.open(path, format, {
          rowsEnd: { at: before.length - format.footer.length, wholeRows: 0 },
        });
        assert.ok(appendFile.torn);
        assert.deepEqual(await Deno.readFile(path), before);
      }
    }));

  Deno.test(`AppendFile.open() appends the torn ends of several crashes of a ${name} file to .torn`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      const file = fileOf(format, [message("t", "1"), message("t", "2")]);
      for (let crash = 0; crash < 2; crash++) {
        await Deno.writeFile(path, file.subarray(0, file.length - format.footer.length - 4));
        (await AppendFile.open(path, format))[Symbol.dispose]();
      }
      const torn = text(await Deno.readFile(`${path}.torn`));
      assert.equal(torn.slice(0, torn.length / 2).repeat(2), torn);
      assert.ok(torn.includes("2026-11-23"));
    }));

  Deno.test(`AppendFile.rollBack() restores the committed rows of a ${name} file`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      using appendFile = await AppendFile.open(path, format);
      await append(appendFile, [message("t", "1")]);
      await appendFile.write(
        closedRowsOf(format, [message("t", "lost"), message("t", "lost too")]),
      );
      await appendFile.rollBack();
      assert.deepEqual(await Deno.readFile(path), fileOf(format, [message("t", "1")]));
      await append(appendFile, [message("t", "2")]);
      const both = fileOf(format, [message("t", "1"), message("t", "2")]);
      assert.deepEqual(await Deno.readFile(path), both);
    }));

  Deno.test(`AppendFile.rollBack() begins a ${name} file anew that was deleted or emptied`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${name}`;
      for (const spoil of [() => Deno.remove(path), () => Deno.truncate(path, 0)]) {
        using appendFile = await AppendFile.open(path, format);
        await append(appendFile, [message("t", "1"), message("t", "2")]);
        await spoil();
        await appendFile.rollBack();
        await append(appendFile, [message("t", "3")]);
        assert.deepEqual(await Deno.readFile(path), fileOf(format, [message("t", "3")]));
        await Deno.remove(path);
      }
    }));
}

Deno.test("AppendFile goes on in its own file once another one has left the place of it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.csv`;
    using appendFile = await AppendFile.open(path, csv);
    await append(appendFile, [message("t", "1")]);
    await Deno.rename(path, `${path}.1`);
    await Deno.writeTextFile(path, "hello");
    await assert.rejects(appendFile.rollBack(), RecordingError);
    await Deno.remove(path);
    await Deno.rename(`${path}.1`, path);
    // On Windows `rollBack()` has closed it.
    if (!await appendFile.intact()) assert.equal(await appendFile.rollBack(), "cut");
    await append(appendFile, [message("t", "2")]);
    const both = fileOf(csv, [message("t", "1"), message("t", "2")]);
    assert.deepEqual(await Deno.readFile(path), both);
  }));

const FOREIGN: Readonly<Record<string, readonly [Format, string]>> = {
  "a CSV file with another header": [csv, "time,value\r\n1,2\r\n"],
  "a CSV file with one more column": [csv, `${text(csv.header).trim()},unit\r\n1,2\r\n`],
  "our header with other rows": [csv, `${text(csv.header)}2026,t,1\r\n2027,t,1\r\n`],
  "a short text": [csv, "hello"],
  "a JSON object": [json, '{"a":1}\n'],
  "a foreign array": [json, '[{"a":1},{"a":2}]\n'],
  "an array of numbers": [json, "[1, 2]"],
  "a torn foreign array": [json, '[\n  {"a":1},\n  {"b'],
  "objects that begin like ours": [
    json,
    '[\n{"timestamp":"x","v":1},\n{"timestamp":"y","v":2}\n]\n',
  ],
  "lines of JSON": [json, '{"timestamp":"x"}\n{"timestamp":"y"}\n'],
};

for (const [name, [format, content]] of Object.entries(FOREIGN)) {
  Deno.test(`AppendFile.open() refuses a foreign file and leaves it untouched: ${name}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/r.${format.extension}`;
      await Deno.writeTextFile(path, content);
      await assert.rejects(AppendFile.open(path, format), RecordingError);
      assert.equal(await Deno.readTextFile(path), content);
      assert.equal(await exists(`${path}.torn`), false);
    }));
}

Deno.test("AppendFile.open() refuses a file that a spreadsheet saved anew, untouched", () =>
  inFolder(async (folder) => {
    const path = `${folder}/r.csv`;
    const file = text(fileOf(csv, [message("t", "1"), message("t", '"q"')]));
    const saved = file.replaceAll("false", "FALSE");
    await Deno.writeTextFile(path, saved);
    await assert.rejects(AppendFile.open(path, csv), /saved it anew, it was left untouched/);
    assert.equal(await Deno.readTextFile(path), saved);
    assert.equal(await exists(`${path}.torn`), false);
  }));

Deno.test("AppendFile.open() begins a file anew whose beginning a power cut left as NULs", () =>
  inFolder(async (folder) => {
    for (const format of [csv, json]) {
      const begun = Uint8Array.from([...format.header, ...format.footer]);
      const path = `${folder}/r.${format.extension}`;
      for (const kept of [0, 1]) {
        await Deno.writeFile(path, begun.map((byte, i) => i < kept ? byte : 0));
        using appendFile = await AppendFile.open(path, format);
        assert.equal(appendFile.torn, undefined);
        assert.deepEqual(await Deno.readFile(path), begun);
      }
      const longer = new Uint8Array(begun.length + 1);
      await Deno.writeFile(path, longer);
      await assert.rejects(AppendFile.open(path, format), RecordingError);
      assert.deepEqual(await Deno.readFile(path), longer);
    }
  }));

Deno.test("AppendFile.open() refuses a folder and a missing folder", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/r.csv`);
    await assert.rejects(AppendFile.open(`${folder}/r.csv`, csv), RecordingError);
    await assert.rejects(AppendFile.open(`${folder}/none/r.csv`, csv), RecordingError);
  }));

Deno.test({
  name: "AppendFile.open() refuses links and pipes and leaves their targets untouched",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const target = `${folder}/target.csv`;
      await Deno.writeFile(target, fileOf(csv, [message("t", "1")]));
      await Deno.symlink(target, `${folder}/link.csv`);
      await Deno.symlink(`${folder}/nowhere`, `${folder}/dangling.csv`);
      const { success } = await new Deno.Command("mkfifo", { args: [`${folder}/pipe.csv`] })
        .output();
      assert.ok(success);
      for (const name of ["link", "dangling", "pipe"]) {
        await assert.rejects(AppendFile.open(`${folder}/${name}.csv`, csv), RecordingError, name);
      }
      assert.deepEqual(await Deno.readFile(target), fileOf(csv, [message("t", "1")]));
      assert.equal(await exists(`${folder}/nowhere`), false);
      // A torn end is not written through a link either.
      const torn = fileOf(csv, [message("t", "1")]).slice(0, -3);
      await Deno.writeFile(`${folder}/r.csv`, torn);
      await Deno.symlink(target, `${folder}/r.csv.torn`);
      await assert.rejects(AppendFile.open(`${folder}/r.csv`, csv), RecordingError);
      assert.deepEqual(await Deno.readFile(`${folder}/r.csv`), torn);
    }),
});
