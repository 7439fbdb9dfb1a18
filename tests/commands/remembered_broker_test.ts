import assert from "node:assert/strict";
import { makeConfig } from "../../lib/config/config.ts";
import { parseFlags } from "../../lib/config/flags.ts";
import {
  rememberable,
  rememberBroker,
  rememberedBroker,
} from "../../lib/commands/remembered_broker.ts";
import { inFolder } from "../support/program.ts";

const at = (broker: string) => makeConfig(parseFlags(["--broker", broker]), () => undefined);

Deno.test("rememberable() leaves out user, password, and a query that may be a signature", () => {
  assert.equal(rememberable(at("mqtt://anna:secret@house.lan")), "house.lan:1883");
  assert.equal(rememberable(at("wss://[fd00::7]/mqtt")), "wss://[fd00::7]:443/mqtt");
  assert.equal(rememberable(at("wss://house.lan/mqtt?sig=abc")), undefined);
});

Deno.test("rememberedBroker() reads what rememberBroker() wrote", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/broker.txt`;
    assert.equal(await rememberedBroker(path), undefined);
    for (const address of ["house.lan:1883", "wss://[fd00::7]:443/mqtt"]) {
      await rememberBroker(path, address);
      assert.equal(await rememberedBroker(path), address);
    }
    await Deno.writeTextFile(path, "\ufeffhouse.lan"); // Notepad.
    assert.equal(await rememberedBroker(path), "house.lan");
  });
});

Deno.test("rememberedBroker() takes nothing but an address from its file", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/broker.txt`;
    const others = ["", "--output C:\\x", "anna@house.lan", "a\nb", "http://x", "x y"];
    for (const text of [...others, "x".repeat(9_000)]) {
      await Deno.writeTextFile(path, text);
      assert.equal(await rememberedBroker(path), undefined, text);
    }
  });
});
