/** Case 33: recordings with --rotate are killed, refused and filled at every step of a switch. */

import { startRotation } from "../../../lib/commands/start_rotation.ts";
import { OutputLock } from "../../../lib/files/lock.ts";
import { Batch } from "../../../lib/message/batch.ts";
import type { QoS } from "../../../lib/message/message.ts";
import { Recorder as RecorderOfRows } from "../../../lib/recording/recorder.ts";
import { systemClock as clock } from "../../../lib/system/clock.ts";
import { message, seeded } from "../../support/arbitrary.ts";
import { startBroker } from "../broker.ts";
import { type Context, type FaultCase, type Figures, NOTHING_SENT } from "../case.ts";
import type { Rule } from "../disk_rules.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { checkSays, readRotated } from "../rotated.ts";
import { sleep } from "../wait.ts";

/** Rows of a file, and how many messages a second come. */
const ROWS = { quick: 3_000, full: 20_000 }, RATE = 7_000;
const FORMAT = ["--format", "csv,json,ndjson"];
/** Messages that a broker may have in flight: the Receive Maximum. */
const WINDOW = 2_000;
/** Kills of the whole set. */
const KILLS = 200;

/** Steps of a switch and of the commits around it: before, amid or after an operation on a file. */
const STEPS: readonly Omit<Rule, "name">[] = [
  { on: "rename", file: "csv", kill: "before" },
  { on: "rename", file: "csv", kill: "after" },
  { on: "rename", file: "json", kill: "after" },
  { on: "rename", file: "ndjson", kill: "before" },
  { on: "rename", file: "ndjson", kill: "after" },
  { on: "open", file: "csv", kill: "before" },
  { on: "open", file: "csv", kill: "after" },
  { on: "truncate", file: "csv", kill: "after" },
  { on: "write", file: "csv", kill: "amid" },
  { on: "open", file: "json", kill: "after" },
  { on: "write", file: "json", kill: "after" },
  { on: "sync", file: "ndjson", kill: "before" },
  { on: "write", file: "lock", kill: "amid" },
  { on: "write", file: "files", kill: "before" },
  { on: "write", file: "files", kill: "amid" },
  { on: "sync", file: "files", kill: "before" },
];

/** Writes are the n-th from now, so mostly those of an ordinary commit. */
function rulesOf(step: Omit<Rule, "name">, random: number): Rule[] {
  return [{ ...step, name: `${step.on} ${step.file}`, ...(step.on === "write" && { at: random }) }];
}

async function killAtEveryStep(qos: QoS, { folder, quick, say }: Context): Promise<Figures> {
  const rows = quick ? ROWS.quick : ROWS.full;
  await using broker = await startBroker(folder);
  const flags = ["--rotate", String(rows), ...FORMAT];
  await using recorder = await Recorder.start({ folder, port: broker.port, qos, flags });
  // Mosquitto is slow with a long queue at QoS 2, which every kill makes longer.
  const rate = quick || qos === 2 ? 3_000 : RATE;
  await using publisher = Publisher.start({ port: broker.port, qos, rate });
  // CI tries half of the steps at either QoS.
  const steps = quick ? STEPS.filter((_, i) => i % 2 === qos - 1) : STEPS;
  const kills = quick ? steps.length : KILLS;
  let faults = 0;
  for (let kill = 0; kill < kills; kill++) {
    await recorder.disk.set(rulesOf(steps[kill % steps.length]!, 1 + kill % 7));
    await recorder.ended();
    faults++;
    await recorder.disk.heal();
    await recorder.start();
    if (kill % 20 === 19) say(`${kill + 1} kills`);
  }
  await publisher.pause();
  await recorder.still(3_000);
  await recorder.end("SIGTERM");
  const { files, finished, broken } = await readRotated(recorder.output, { rows });
  const found = await inspect(files, [publisher.published]);
  const said = await checkSays(recorder.output);
  return judge(found, {
    faults,
    maxRssMb: recorder.maxRssMb,
    note: `${finished} files of ${rows} rows`,
    broken: [...broken, ...(said === undefined ? [] : [said])],
  }, { duplicates: faults * WINDOW });
}

/** Renames of one format are refused for a while, as by a reader on Windows. */
async function refuse({ folder }: Context): Promise<Figures> {
  const rows = 500;
  await using broker = await startBroker(folder);
  const flags = ["--rotate", String(rows), ...FORMAT];
  await using recorder = await Recorder.start({ folder, port: broker.port, flags });
  await using publisher = Publisher.start({ port: broker.port, rate: 1_000 });
  const broken: string[] = [];
  for (const file of ["csv", "json", "ndjson"] as const) {
    const from = recorder.lines.length;
    await recorder.disk.set([{ name: "held", on: "rename", file, error: "EBUSY" }]);
    await recorder.hears(/Cannot finish/, from);
    await sleep(1_500);
    const told = recorder.lines.slice(from).filter(({ text }) => /Cannot finish/.test(text));
    if (told.length !== 1) broken.push(`It was said ${told.length} times`);
    const before = (await readRotated(recorder.output)).finished;
    await recorder.disk.heal();
    const late = performance.now() + 20_000;
    // A read beside the recorder may fail: that is no answer.
    const finished = () =>
      readRotated(recorder.output).then(({ finished }) => finished, () => before);
    while (await finished() === before) {
      if (performance.now() > late) {
        broken.push(`After ${file} was free again, no file was finished`);
        break;
      }
      await sleep(500);
    }
  }
  await publisher.pause();
  await recorder.still();
  await recorder.end("SIGTERM");
  const set = await readRotated(recorder.output);
  const said = await checkSays(recorder.output);
  const found = await inspect(set.files, [publisher.published]);
  return judge(found, {
    faults: 3,
    maxRssMb: recorder.maxRssMb,
    note: `${set.finished} files`,
    broken: [...broken, ...set.broken, ...(said === undefined ? [] : [said])],
  });
}

/** The disk is full when new files are begun, and has room again. */
async function fullAtSwitch({ folder }: Context): Promise<Figures> {
  const rows = 500;
  await using broker = await startBroker(folder);
  const flags = ["--rotate", String(rows), ...FORMAT];
  await using recorder = await Recorder.start({ folder, port: broker.port, flags });
  await using publisher = Publisher.start({ port: broker.port, rate: 500 });
  let faults = 0;
  for (const file of ["csv", "json"] as const) {
    for (const on of ["open", "truncate"] as const) {
      const from = recorder.lines.length;
      await recorder.disk.set([{ name: "full", on, file, error: "ENOSPC" }]);
      await recorder.hears(/Cannot write/, from);
      await sleep(1_000);
      await recorder.disk.heal();
      await recorder.hears(/^Writing again/, from);
      faults++;
    }
  }
  await publisher.pause();
  await recorder.still();
  await recorder.end("SIGTERM");
  const set = await readRotated(recorder.output, { rows });
  const said = await checkSays(recorder.output);
  return judge(await inspect(set.files, [publisher.published]), {
    faults,
    maxRssMb: recorder.maxRssMb,
    note: `${set.finished} files`,
    broken: [...set.broken, ...(said === undefined ? [] : [said])],
  });
}

/** Kills while files are compressed, deleted and listed in the background. */
async function killInBackground({ folder, quick, seed }: Context): Promise<Figures> {
  const random = seeded(seed), rows = 5_000;
  await using broker = await startBroker(folder);
  const flags = ["--rotate", String(rows), ...FORMAT, "--compress"];
  await using recorder = await Recorder.start({ folder, port: broker.port, flags });
  await using publisher = Publisher.start({ port: broker.port, rate: 5_000 });
  const kills = quick ? 5 : 50;
  for (let kill = 0; kill < kills; kill++) {
    await sleep(500 + random(3_000));
    await recorder.kill();
    await recorder.start();
  }
  await publisher.pause();
  await recorder.still(3_000);
  const { code } = await recorder.end("SIGTERM");
  const set = await readRotated(recorder.output, { rows });
  const said = await checkSays(recorder.output);
  return judge(await inspect(set.files, [publisher.published]), {
    faults: kills,
    maxRssMb: recorder.maxRssMb,
    note: `${set.finished} files`,
    broken: [
      ...set.broken,
      ...(code === 0 ? [] : [`It ended with ${code}`]),
      ...(said === undefined ? [] : [said]),
    ],
  }, { duplicates: kills * WINDOW });
}

/** The set never takes more than --max-total and the open files, of three formats. */
async function maxTotal({ folder, quick }: Context): Promise<Figures> {
  const cap = 3_000_000, openBytes = 1_200_000;
  await using broker = await startBroker(folder);
  const flags = ["--rotate", "400KB", ...FORMAT, "--max-total", String(cap)];
  await using recorder = await Recorder.start({ folder, port: broker.port, flags });
  await using publisher = Publisher.start({ port: broker.port, rate: 7_000 });
  let most = 0;
  for (const end = performance.now() + (quick ? 12_000 : 120_000); performance.now() < end;) {
    let total = 0;
    for await (const { name } of Deno.readDir(`${folder}/rec`)) {
      if (!/\.(?:csv|json|ndjson)$/.test(name) || /\.(?:gaps|files)\./.test(name)) continue;
      total += await Deno.stat(`${folder}/rec/${name}`).then(({ size }) => size, () => 0);
    }
    most = Math.max(most, total);
    await sleep(50);
  }
  await publisher.pause();
  await recorder.still();
  await recorder.end("SIGTERM");
  const said = await checkSays(recorder.output);
  const kept: number[] = [];
  for await (const { name } of Deno.readDir(`${folder}/rec`)) {
    const [, number] = /_(\d+)_.*\.csv$/.exec(name) ?? [];
    if (number !== undefined) kept.push(Number(number));
  }
  const deleted = Math.min(...kept) - 1;
  const set = await readRotated(recorder.output, { deleted });
  return {
    ...NOTHING_SENT,
    published: publisher.published.ackedCount,
    faults: deleted,
    maxRssMb: recorder.maxRssMb,
    note: `${deleted} numbers deleted, at most ${(most / 1e6).toFixed(1)} MB`,
    broken: [
      ...set.broken,
      ...(deleted > 0 ? [] : ["Nothing was deleted: the case proves nothing"]),
      ...(most <= cap + openBytes ? [] : [`It took ${most} bytes`]),
      ...(said === undefined ? [] : [said]),
    ],
  };
}

/** The clock is set over full hours and back, and over both days of the year without 24 of them. */
async function clockSet({ folder, quick }: Context): Promise<Figures> {
  await using broker = await startBroker(folder);
  const flags = ["--rotate", "1h", ...FORMAT];
  const through = ["env", "TZ=Europe/Paris"];
  await using recorder = await Recorder.start({ folder, port: broker.port, flags, through });
  await using publisher = Publisher.start({ port: broker.port, rate: 1_000 });
  const year = new Date().getUTCFullYear() + 1;
  const lastSunday = (month: number) => {
    const day = new Date(Date.UTC(year, month + 1, 0));
    return Date.UTC(year, month, day.getUTCDate() - day.getUTCDay(), 1);
  };
  const HOUR = 3_600_000, MINUTE = 60_000;
  const moments = [
    ...[0, HOUR, 2 * HOUR, HOUR + HOUR / 2, 3 * HOUR, -HOUR].map((ms) => Date.now() + ms),
    ...[lastSunday(2), lastSunday(9)].flatMap((change) =>
      [-HOUR - MINUTE, -MINUTE, MINUTE, HOUR + MINUTE].map((ms) => change + ms)
    ),
  ];
  let faults = 0;
  for (const moment of moments) {
    await recorder.disk.set([], moment - Date.now());
    faults++;
    await sleep(quick ? 800 : 3_000);
  }
  await publisher.pause();
  await recorder.still();
  await recorder.end("SIGTERM");
  const set = await readRotated(recorder.output);
  const said = await checkSays(recorder.output);
  return judge(await inspect(set.files, [publisher.published]), {
    faults,
    maxRssMb: recorder.maxRssMb,
    note: `${set.finished} files`,
    broken: [
      ...set.broken,
      ...(set.finished >= 8 ? [] : [`Only ${set.finished} files were finished`]),
      ...(said === undefined ? [] : [said]),
    ],
  });
}

/** Restarts again and again: no number twice, none left out, no row lost or doubled. */
async function restarts({ folder, quick }: Context): Promise<Figures> {
  const runs = quick ? 40 : 1_000, output = `${folder}/r`, rows = 10;
  await Deno.mkdir(folder, { recursive: true });
  const limits = { rows, bytes: undefined, periodMs: undefined };
  const rotate = { output, rotate: limits };
  const formats = ["csv", "json", "ndjson"] as const;
  for (let run = 0; run < runs; run++) {
    await using lock = await OutputLock.take(output);
    await using rotating = await startRotation(rotate, lock, clock, () => {});
    const { checkpoints } = lock;
    using recorder = await RecorderOfRows.open({
      output,
      formats,
      clock,
      checkpoints,
      previousEnd: "ended",
      rotation: rotating.rotation,
    });
    await lock.replacePreviousRun({ alive: 0, committed: recorder.committed });
    const batch = new Batch();
    for (let i = 0; i < 7; i++) batch.add(message("t", `w ${7 * run + i} `, Date.now()));
    await recorder.record((async function* () {
      yield { batch, ack() {} };
    })());
    await lock.note({ committed: recorder.committed });
  }
  const set = await readRotated(output, { rows });
  const said = await checkSays(output);
  const texts: string[] = [];
  for (const path of set.files.json) {
    for (const { payload } of JSON.parse(await Deno.readTextFile(path))) texts.push(payload);
  }
  const right = texts.length === 7 * runs && texts.every((text, i) => text === `w ${i} `);
  return {
    ...NOTHING_SENT,
    published: 7 * runs,
    faults: runs,
    note: `${set.finished} files`,
    broken: [
      ...set.broken,
      ...(right ? [] : ["rows are lost, doubled or misplaced"]),
      ...(said === undefined ? [] : [said]),
    ],
  };
}

export const rotations: readonly FaultCase[] = [
  ...([1, 2] as const).map((qos): FaultCase => ({
    number: 33,
    name: `kill -9 at every step of a rotation, QoS ${qos}`,
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: (context) => killAtEveryStep(qos, context),
  })),
  {
    number: 33,
    name: "finished file held open by a reader",
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: refuse,
  },
  {
    number: 33,
    name: "full disk at a rotation",
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: fullAtSwitch,
  },
  {
    number: 33,
    name: "kill -9 while finished files are compressed",
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: killInBackground,
  },
  {
    number: 33,
    name: "--max-total under load",
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: maxTotal,
  },
  {
    number: 33,
    name: "clock set over the hours of --rotate 1h",
    needs: ["mosquitto", "linux"],
    inQuick: true,
    run: clockSet,
  },
  { number: 33, name: "restarts with --rotate", needs: [], inQuick: true, run: restarts },
];
