/**
 * Does what a user does with the executable that `deno task compile` built: it simulates for five
 * seconds and checks its files. Argument: the executable. @default {the one of this machine}
 */

import metadata from "../deno.json" with { type: "json" };

const NAME = Deno.build.os === "windows" ? "dist/mqttrec.exe" : "dist/mqttrec";
const ROOT = new URL("../", import.meta.url);

async function say(text: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${text}\n`));
}

/** Runs it; returns what it printed, and fails for another exit code than 0. */
async function run(args: readonly string[], cwd: string): Promise<string> {
  const program = Deno.args[0] ?? new URL(NAME, ROOT);
  // In English whatever the machine says, and no pipe is read for keys.
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    stdin: "null",
    env: { MQTTREC_LANG: "en" },
  }).output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  await say(`> ${[NAME, ...args].join(" ")}\n${text}`);
  if (code !== 0) throw new Error(`exit code ${code}`);
  return text;
}

function expect(right: boolean, what: string): void {
  if (!right) throw new Error(what);
}

const folder = await Deno.makeTempDir({ prefix: "mqttrec built é " });
try {
  const version = await run(["--version"], folder);
  expect(version.trim() === `mqttrec ${metadata.version}`, "another version");
  await run(
    ["--simulate", "--embedded-broker", "--duration", "5s", "--output", "été/house"],
    folder,
  );
  const csv = await Deno.readTextFile(`${folder}/été/house.csv`);
  const rows = csv.trimEnd().split("\r\n").length - 1;
  const objects = JSON.parse(await Deno.readTextFile(`${folder}/été/house.json`)).length;
  expect(rows > 0 && rows === objects, `${rows} rows in CSV, ${objects} in JSON`);
  await run(["check", "été/house"], folder);
  await say(`${rows} rows in both files`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
