import assert from "node:assert/strict";
import { clientId } from "../../lib/mqtt/client_id.ts";
import { inFolder } from "../support/program.ts";

Deno.test("a client id is stable per output and fits every broker", async () => {
  await inFolder(async (folder) => {
    const id = await clientId(`${folder}/a`);
    assert.equal(await clientId(`${folder}/a`), id);
    assert.notEqual(await clientId(`${folder}/b`), id);
    assert.match(id, /^mqttrec-[0-9a-f-]{13}$/);
    assert.ok(id.length <= 23);
    await Deno.mkdir(`${folder}/other`);
    assert.notEqual(await clientId(`${folder}/other/a`), id);
  });
});
