import assert from "node:assert/strict";
import metadata from "../../deno.json" with { type: "json" };
import { FLAGS } from "../../lib/config/flags.ts";
import { freePort, inFolder, readCsv, readJson, run, start } from "../support/program.ts";

/** Both files of a recording, after checking that they hold the same rows. */
async function bothFiles(base: string) {
  const csv = await readCsv(`${base}.csv`);
  assert.deepEqual(await readJson(`${base}.json`), csv);
  return csv;
}

/** File names in a folder, sorted. */
async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Starts the program with its own broker on a free port. */
function embedded(folder: string, flags: readonly string[], env = {}) {
  const port = freePort();
  const running = start(["--embedded-broker", "--port", String(port), ...flags], {
    cwd: folder,
    env,
  });
  return { port, ...running };
}

Deno.test("--help prints every flag to standard output", async () => {
  await inFolder(async (cwd) => {
    for (const lang of ["en", "fr"]) {
      const { code, stdout, stderr } = await run(["--help", "--lang", lang], { cwd });
      assert.equal(code, 0);
      assert.equal(stderr, "");
      for (const { name } of FLAGS) assert.match(stdout, new RegExp(`--${name}\\b`));
    }
  });
});

Deno.test("--version prints the version of deno.json", async () => {
  await inFolder(async (cwd) => {
    const { code, stdout } = await run(["--version"], { cwd });
    assert.deepEqual([code, stdout], [0, `mqttrec ${metadata.version}\n`]);
  });
});

Deno.test("mqttrec records simulated sensors in both files until q is typed", async () => {
  await inFolder(async (cwd) => {
    const program = embedded(cwd, ["--simulate", "--interval", "0.1", "--seed", "1"]);
    await program.waitForOutput("Simulating 7 sensors");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await program.type("s");
    await program.waitForOutput("exports/mqtt_data.json");
    await program.type("q");
    const { code, stdout, stderr } = await program.ended;
    assert.deepEqual([code, stdout], [0, ""]);
    assert.match(stderr, /👋 Program ended\.\n$/);
    const rows = await bothFiles(`${cwd}/exports/mqtt_data`);
    assert.ok(rows.length > 20);
    assert.ok(stderr.includes(`${rows.length} messages recorded in`), stderr);
    assert.equal(new Set(rows.map(({ topic }) => topic)).size, 7);
    assert.deepEqual(
      await namesIn(`${cwd}/exports`),
      ["mqtt_data.csv", "mqtt_data.json", "mqtt_data.lock"],
    );
  });
});

Deno.test("--count records exactly as many messages, and a second run continues the files", async () => {
  await inFolder(async (cwd) => {
    for (const total of [25, 50]) {
      const program = embedded(cwd, [
        ...["--simulate", "--sensors", "50", "--interval", "0.05", "--count", "25"],
        ...["--output", "data"],
      ]);
      const { code } = await program.ended;
      assert.equal(code, 0);
      assert.equal((await bothFiles(`${cwd}/data`)).length, total);
    }
  });
});

Deno.test("--duration ends the recording, and --format chooses the files", async () => {
  await inFolder(async (cwd) => {
    const program = embedded(cwd, [
      ...["--simulate", "--interval", "0.1", "--duration", "1s", "--format", "csv"],
    ]);
    assert.equal((await program.ended).code, 0);
    assert.ok((await readCsv(`${cwd}/exports/mqtt_data.csv`)).length > 10);
    assert.deepEqual(await namesIn(`${cwd}/exports`), [
      "mqtt_data.csv",
      "mqtt_data.lock",
    ]);
  });
});

Deno.test("--lang fr prints only French while recording", async () => {
  await inFolder(async (cwd) => {
    const program = embedded(cwd, ["--simulate", "--interval", "0.2"], { LANG: "fr_FR.UTF-8" });
    await program.waitForOutput("Simulation de 7 capteurs");
    await program.type("h");
    await program.type("bonjour");
    await program.waitForOutput("Touche inconnue");
    await program.type("q");
    const { code, stderr } = await program.ended;
    assert.equal(code, 0);
    assert.match(stderr, /👋 Fin du programme\.\n$/);
    assert.doesNotMatch(stderr, /\b(recorded|Connected|started|Files|quit|the|ended)\b/);
  });
});

Deno.test("--quiet prints nothing if there is no error", async () => {
  await inFolder(async (cwd) => {
    const program = embedded(cwd, ["--simulate", "--interval", "0.1", "--count", "5", "--quiet"]);
    assert.deepEqual(await program.ended, { code: 0, stdout: "", stderr: "" });
  });
});

Deno.test("mqttrec records on after the end of standard input", async () => {
  await inFolder(async (cwd) => {
    const { code, stderr } = await run(
      [
        ...["--embedded-broker", "--port", String(freePort())],
        ...["--simulate", "--interval", "0.2", "--duration", "1"],
      ],
      { cwd },
    );
    assert.equal(code, 0);
    assert.ok((await bothFiles(`${cwd}/exports/mqtt_data`)).length >= 15, stderr);
  });
});

if (Deno.build.os !== "windows") {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.test(`mqttrec ends on ${signal} as on q, but not on SIGHUP without a terminal`, async () => {
      await inFolder(async (cwd) => {
        const program = embedded(cwd, ["--simulate", "--interval", "0.1"]);
        await program.waitForOutput("Simulating");
        program.child.kill("SIGHUP");
        await new Promise((resolve) => setTimeout(resolve, 400));
        await program.type("s");
        await program.waitForOutput("Activity");
        program.child.kill(signal);
        const { code, stderr } = await program.ended;
        assert.equal(code, 0);
        const rows = await bothFiles(`${cwd}/exports/mqtt_data`);
        assert.ok(stderr.includes(`${rows.length} messages recorded`), stderr);
      });
    });
  }

  Deno.test("mqttrec keeps every row and records on after a kill and a restart", async () => {
    await inFolder(async (cwd) => {
      const flags = ["--simulate", "--sensors", "100", "--interval", "0.02"];
      const program = embedded(cwd, flags);
      await program.waitForOutput("Simulating");
      await new Promise((resolve) => setTimeout(resolve, 700));
      program.child.kill("SIGKILL");
      await program.ended;
      // Only a torn end may disappear.
      const torn = await Deno.readFile(`${cwd}/exports/mqtt_data.csv`);
      const again = embedded(cwd, [...flags, "--count", "100"]);
      assert.equal((await again.ended).code, 0);
      const rows = await readCsv(`${cwd}/exports/mqtt_data.csv`);
      const whole = new TextDecoder().decode(torn).split("\r\n").length - 2;
      assert.ok(whole > 100, `${whole} rows before the kill`);
      assert.equal(rows.length, whole + 100);
      assert.ok((await readJson(`${cwd}/exports/mqtt_data.json`)).length >= 200);
    });
  });
}

Deno.test("mqttrec refuses a second recorder on the same output and names the first", async () => {
  await inFolder(async (cwd) => {
    const first = embedded(cwd, []);
    await first.waitForOutput("Files:");
    const before = performance.now();
    const { code, stderr } = await run(["--port", String(first.port)], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot record to "exports\/mqtt_data": another mqttrec/);
    if (Deno.build.os !== "windows") assert.ok(stderr.includes(`process ${first.child.pid}`));
    // On Windows it waits two seconds for a lock that may be a dead program's.
    const patienceMs = Deno.build.os === "windows" ? 2_000 : 0;
    assert.ok(performance.now() - before < 5_000 + patienceMs);
    await first.type("q");
    assert.equal((await first.ended).code, 0);
  });
});

/** Invalid command lines, and the first words of the error. All exit 2 before anything opens. */
const USAGE: readonly (readonly [readonly string[], string])[] = [
  [["--prot", "1"], 'Cannot use flag "--prot": it does not exist\nDid you mean --port?'],
  [["--sensor", "3"], 'Cannot use flag "--sensor": it does not exist\nDid you mean --sensors?'],
  [["-Z"], 'Cannot use flag "-Z": it does not exist'],
  [["--topic"], 'Cannot use flag "--topic": its value is missing'],
  [["--topic", "--port", "1"], 'Cannot use flag "--topic": its value is missing'],
  [["--quiet=yes"], 'Cannot use flag "--quiet": it takes no value'],
  [["--port", "1", "--port", "2"], 'Cannot use flag "--port": it is given twice'],
  [["sensors/#"], 'Cannot use argument "sensors/#": only flags are expected'],
  [["--port", "0"], 'Cannot use --port "0"'],
  [["--port", "65536"], 'Cannot use --port "65536"'],
  [["--topic", "a/#/b"], 'Cannot subscribe to "a/#/b"'],
  [["--topic", ""], 'Cannot subscribe to ""'],
  [["--qos", "3"], 'Cannot use --qos "3"'],
  [["--format", "xml"], 'Cannot use --format "xml"'],
  [["--simulate", "--interval", "-1"], 'Cannot use --interval "-1"'],
  [["--simulate", "--sensors", "0"], 'Cannot use --sensors "0"'],
  [["--simulate", "--seed", "x"], 'Cannot use --seed "x"'],
  [["--sensors", "3"], "Cannot use --sensors on its own"],
  [["--duration", "5x"], 'Cannot use --duration "5x"'],
  [["--count", "0"], 'Cannot use --count "0"'],
  [["--lang", "de"], 'Cannot use --lang "de"'],
  [["--output", "data/"], 'Cannot use --output "data/"'],
  [["--output", "a.csv"], 'Cannot use --output "a.csv"'],
  [["--quiet", "--verbose"], "Cannot use --quiet and --verbose together"],
  [["--client-id", ""], 'Cannot use --client-id ""'],
  [["--session-expiry", "soon"], 'Cannot use --session-expiry "soon"'],
  [
    ["--keep-session", "--session-expiry", "0"],
    "Cannot use --keep-session with --session-expiry 0",
  ],
  [["--keep-session=yes"], 'Cannot use flag "--keep-session": it takes no value'],
  [["--keepalive", "0"], 'Cannot use --keepalive "0"'],
  [["--exit-on-error=1"], 'Cannot use flag "--exit-on-error": it takes no value'],
  [["--broker", "http://x"], 'Cannot connect with "http://"'],
  [["--broker", "mqtt://x", "--cafile", "y"], 'Cannot use --cafile with "mqtt://"'],
  [["--password", "y"], "Cannot use a password on its own"],
  [["--broker", "192.0.2.1", "--embedded-broker"], "Cannot start the built-in broker"],
];

Deno.test("mqttrec exits 2 with a remedy on an invalid command line", async () => {
  await inFolder(async (cwd) => {
    const results = await Promise.all(
      USAGE.map(async ([flags, words]) => [words, await run(flags, { cwd })] as const),
    );
    for (const [words, { code, stdout, stderr }] of results) {
      assert.ok(stderr.startsWith(words), `${words}\n${stderr}`);
      assert.equal(stderr.split("\n").length, 3, stderr);
      assert.deepEqual([code, stdout], [2, ""], words);
    }
  });
});

Deno.test("mqttrec exits 3 within seconds, with a remedy, if there is no broker", async () => {
  await inFolder(async (cwd) => {
    const port = freePort();
    const { code, stderr } = await run(["--port", String(port)], { cwd });
    assert.equal(code, 3);
    assert.equal(
      stderr,
      `Cannot connect to "localhost:${port}": nothing is listening there\n` +
        "Start Mosquitto, give another address with --broker, or add --embedded-broker\n",
    );
  });
});

Deno.test("mqttrec exits 3 if the server is no broker", async () => {
  await inFolder(async (cwd) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = (async () => {
      for await (const conn of listener) {
        await conn.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
        conn.close();
      }
    })();
    const { code, stderr } = await run(["--broker", `127.0.0.1:${listener.addr.port}`], { cwd });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /^Cannot connect to "127\.0\.0\.1:\d+": /);
    listener.close();
    await serving.catch(() => {});
  });
});

Deno.test("mqttrec exits 1 and leaves foreign files untouched", async () => {
  const foreign: readonly (readonly [string, string])[] = [
    ["data.csv", "a,b\n1,2\n"],
    ["data.csv", "timestamp,topic\r\n"],
    ["data.json", '{"timestamp": 1}'],
    ["data.json", '[{"a": 1}]'],
    ["data.json", "[1, 2"],
    ["data.json", "hello"],
  ];
  for (const [name, text] of foreign) {
    await inFolder(async (cwd) => {
      await Deno.writeTextFile(`${cwd}/${name}`, text);
      const { code, stderr } = await run(["--output", "data"], { cwd });
      assert.equal(code, 1, text);
      assert.ok(stderr.startsWith(`Cannot continue "data${name.slice(4)}"`), stderr);
      assert.equal(await Deno.readTextFile(`${cwd}/${name}`), text);
    });
  }
});

Deno.test("mqttrec refuses to record to the name of a finished file, and leaves it as it is", () =>
  inFolder(async (cwd) => {
    const name = "r_00001_20261126T100000Z";
    await Deno.writeTextFile(`${cwd}/${name}.csv`, "timestamp");
    const { code, stderr } = await run(["--output", name], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot record to ".*r_00001_\w+": that is the name of a finished file/m);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(cwd), ({ name }) => name), [`${name}.csv`]);
  }));

Deno.test("mqttrec refuses a folder or a link in place of a file", async () => {
  await inFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/data.csv`);
    const { code, stderr } = await run(["--output", "data"], { cwd });
    assert.equal(code, 1);
    assert.match(stderr, /^Cannot write "data\.csv": it is a folder\n/);
    if (Deno.build.os === "windows") return;
    await Deno.writeTextFile(`${cwd}/target`, "");
    await Deno.symlink("target", `${cwd}/link.csv`);
    const link = await run(["--output", "link"], { cwd });
    assert.equal(link.code, 1);
    assert.match(link.stderr, /^Cannot write "link\.csv": it is a symbolic link\n/);
  });
});

Deno.test("mqttrec names the flag of a missing permission instead of prompting", async () => {
  await inFolder(async (cwd) => {
    const flags = ["--no-prompt", "--allow-net=localhost:1883", "--allow-read=."];
    const { code, stderr } = await run([], { cwd, permissions: flags });
    assert.equal(code, 2);
    assert.match(stderr, /^Cannot run: Deno was not given --allow-write=exports\n/);
  });
});

Deno.test("mqttrec ends by q while it waits for the first connection", () =>
  inFolder(async (cwd) => {
    const program = start(["--port", String(freePort()), "--wait", "1h"], { cwd });
    await program.waitForOutput("q or Ctrl+C ends");
    await program.type("q");
    const { code, stderr } = await program.ended;
    assert.equal(code, 0);
    assert.match(stderr, /👋 Program ended\.\n$/);
    assert.doesNotMatch(stderr, /recorded in/);
  }));
