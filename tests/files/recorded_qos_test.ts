import assert from "node:assert/strict";
import { FORMATS } from "../../lib/formats/mod.ts";
import type { QoS } from "../../lib/message/message.ts";
import { holdsQos0 } from "../../lib/files/recorded_qos.ts";
import { fileOf, message } from "../support/arbitrary.ts";
import { inFolder } from "../support/program.ts";

Deno.test("holdsQos0() finds a row with QoS 0 at the end of either file", () =>
  inFolder(async (folder) => {
    const output = `${folder}/x`;
    assert.equal(await holdsQos0(output), false, "there is none");
    if (Deno.build.os !== "windows") {
      await new Deno.Command("mkfifo", { args: [`${output}.csv`] }).output();
      assert.equal(await holdsQos0(output), false, "a pipe has no end");
      await Deno.remove(`${output}.csv`);
    }
    const many = (qos: QoS, count: number) =>
      Array.from({ length: count }, (_, i) => ({ ...message("t", `${i}, 0`), qos }));
    for (const format of [FORMATS.csv, FORMATS.json]) {
      const path = `${output}.${format.extension}`;
      const cases = [[many(1, 99), false], [[...many(1, 9), ...many(0, 1), ...many(2, 9)], true]];
      for (const [messages, found] of cases as [ReturnType<typeof many>, boolean][]) {
        await Deno.writeFile(path, fileOf(format, messages));
        assert.equal(await holdsQos0(output), found);
      }
      // Long ago is not looked at.
      await Deno.writeFile(path, fileOf(format, [...many(0, 1), ...many(1, 9_000)]));
      assert.equal(await holdsQos0(output), false);
    }
  }));
