import assert from "node:assert/strict";
import { findOrigin, fingerprint, isSamePlace, type Origin } from "../../lib/system/fingerprint.ts";
import { inFolder } from "../support/program.ts";

const HERE: Origin = { machine: "0123456789abcdef0123456789abcdef", host: "pi", folder: "12 1700" };

/** Whether the fingerprint of `there` matches that of `here`. */
async function fits(there: Partial<Origin>, here: Partial<Origin> = {}): Promise<boolean> {
  const both = [{ ...HERE, ...there }, { ...HERE, ...here }].map(fingerprint);
  const [a, b] = await Promise.all(both) as [string, string];
  assert.equal(isSamePlace(a, b), isSamePlace(b, a));
  return isSamePlace(a, b);
}

Deno.test("isSamePlace() accepts the same machine and folder", async () => {
  assert.ok(await fits({}));
});

Deno.test("isSamePlace() rejects another machine, host name or folder", async () => {
  const other = { machine: "f".repeat(32), host: "pi-2", folder: "13 1700" };
  for (const [part, value] of Object.entries(other)) {
    assert.equal(await fits({ [part]: value }), false, part);
  }
});

Deno.test("isSamePlace() ignores parts that one side does not know", async () => {
  for (const part of ["machine", "host"]) assert.ok(await fits({ [part]: undefined }), part);
  assert.equal(await fits({ machine: undefined }, { folder: "13 1700" }), false);
  // Version 0.1.0 stored no fingerprint.
  assert.ok(isSamePlace("", await fingerprint(HERE)));
});

Deno.test("fingerprint() reveals neither the machine's id nor its name", async () => {
  const text = await fingerprint(HERE);
  assert.match(text, /^([0-9a-f]{12}-){2}[0-9a-f]{12}$/);
  assert.doesNotMatch(text, /0123456789abcdef/);
});

Deno.test("findOrigin() recognises a renamed folder and distinguishes a new one", async () => {
  await inFolder(async (folder) => {
    const origin = async (name: string) =>
      await fingerprint(await findOrigin(`${folder}/${name}/r`));
    await Deno.mkdir(`${folder}/a`);
    const before = await origin("a");
    await Deno.rename(`${folder}/a`, `${folder}/b`);
    await Deno.mkdir(`${folder}/a`);
    assert.ok(isSamePlace(await origin("b"), before));
    assert.ok(!isSamePlace(await origin("a"), before));
  });
});
