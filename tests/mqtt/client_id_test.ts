import assert from "node:assert/strict";
import { chooseClientId, clientId } from "../../lib/mqtt/client_id.ts";
import { OutputLock } from "../../lib/files/lock.ts";
import { FRESH } from "../../lib/files/run_state.ts";
import { StrictBroker } from "../faults/strict_broker.ts";
import { forgetsBirth } from "../support/file_system.ts";
import { inFolder, start } from "../support/program.ts";

Deno.test("clientId() is stable for an output and valid for every broker", async () => {
  await inFolder(async (folder) => {
    const id = await clientId(`${folder}/a`);
    assert.equal(await clientId(`${folder}/a`), id);
    assert.notEqual(await clientId(`${folder}/b`), id);
    assert.match(id, /^[0-9a-zA-Z]{1,23}$/);
    await Deno.mkdir(`${folder}/other`);
    assert.notEqual(await clientId(`${folder}/other/a`), id);
  });
});

Deno.test("clientId() differs between machines, by their id or their name", async () => {
  await inFolder(async (folder) => {
    const machines = [
      { machine: "a", host: "pi" },
      { machine: "b", host: "pi" },
      { machine: "a", host: "pi2" },
      { machine: undefined, host: "pi" },
    ];
    const ids = machines.map((machine) => clientId(`${folder}/r`, { ...machine, folder: "1" }));
    assert.equal(new Set(await Promise.all(ids)).size, machines.length);
  });
});

Deno.test("clientId() is random on a machine without an identity", async () => {
  await inFolder(async (folder) => {
    const unknown = { machine: undefined, host: undefined, folder: "1" };
    const id = await clientId(`${folder}/r`, unknown);
    assert.notEqual(await clientId(`${folder}/r`, unknown), id);
    assert.match(id, /^[0-9a-zA-Z]{1,23}$/);
  });
});

/** The lock file of a killed run. */
const KILLED = { ...FRESH, pid: 4194999, alive: 1_700_000_000_000 };

/** The id chosen with such a state, and whether the recording counts as copied. */
async function choose(
  folder: string,
  state: Record<string, unknown>,
  asked?: string,
): Promise<readonly [id: string, copied: boolean]> {
  await Deno.writeTextFile(`${folder}/r.lock`, JSON.stringify({ ...KILLED, ...state }));
  await using lock = await OutputLock.take(`${folder}/r`);
  const id = await chooseClientId({ clientId: asked, output: `${folder}/r` }, lock);
  await lock.replacePreviousRun({ alive: 1 });
  assert.equal(lock.state.clientId, id);
  assert.match(lock.state.fingerprint!, /^[0-9a-f-]+$/);
  return [id, lock.copied];
}

Deno.test({
  name: "chooseClientId() keeps the id of a state of 0.1.0, and of one from this place",
  ignore: forgetsBirth,
  async fn() {
    await inFolder(async (folder) => {
      assert.deepEqual(await choose(folder, { clientId: "mqttrec-0123" }), ["mqttrec-0123", false]);
      await using lock = await OutputLock.take(`${folder}/s`);
      await chooseClientId({ clientId: undefined, output: `${folder}/s` }, lock);
      const { fingerprint } = lock.state;
      assert.deepEqual(await choose(folder, { clientId: "x", fingerprint }), ["x", false]);
    });
  },
});

Deno.test({
  name: "chooseClientId() chooses a new id if the state was copied",
  ignore: forgetsBirth,
  async fn() {
    await inFolder(async (folder) => {
      for (const fingerprint of ["0-0-0", "--0"]) {
        const [id, copied] = await choose(folder, { clientId: "theirs", fingerprint });
        assert.deepEqual([id, copied], [await clientId(`${folder}/r`), true]);
      }
    });
  },
});

Deno.test("chooseClientId() uses a requested id as it was typed", async () => {
  await inFolder(async (folder) => {
    const state = { clientId: "theirs", fingerprint: "0-0-0" };
    assert.deepEqual(await choose(folder, state, "é my-id"), ["é my-id", false]);
  });
});

Deno.test("mqttrec continues a copied recording under its own client id, and reports it", async () => {
  await inFolder(async (cwd) => {
    await using broker = StrictBroker.start({});
    const state = { ...KILLED, clientId: "theirs", fingerprint: "0-0-0" };
    await Deno.writeTextFile(`${cwd}/r.lock`, JSON.stringify(state));
    const program = start([...broker.flags, "--output", "r", "--lang", "en"], { cwd });
    await program.waitForOutput(
      /came from another machine or folder: it goes on as "mqttrec[0-9a-f]{16}"/,
    );
    await program.waitForOutput("Files:");
    await program.type("q");
    assert.equal((await program.ended).code, 0);
    assert.match(broker.connections[0]!.connect!.clientId, /^mqttrec[0-9a-f]{16}$/);
    assert.match(await Deno.readTextFile(`${cwd}/r.gaps.csv`), /,session lost,lost,yes\r\n$/);
  });
});
