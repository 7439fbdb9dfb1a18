/** Case 23: topics that look like paths, devices, formulas or terminal commands. */

import type { Message } from "../../../lib/message/message.ts";
import { message } from "../../support/arbitrary.ts";
import { run as runProgram } from "../../support/program.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { StrictBroker } from "../strict_broker.ts";
import { judgeRun, LAST, recordAll } from "../strict_run.ts";

const LONGEST = 65_535;
const TOPICS: readonly string[] = [
  ...["../../etc/passwd", "/etc/passwd", "..", ".", "/", "//", "C:\\Windows\\System32", "~root"],
  ...["CON", "NUL.csv", "aux", "COM1", "lpt1.txt", "a:stream", "file://x", "$(touch pwned)"],
  ...["=cmd|' /C calc'!A0", "@SUM(A1:A9)", "-2-3", "\t=1", "`touch pwned`", "; touch pwned", "*"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "prototype/__proto__", "null"],
  ...["\u202eevil\u202c", "\u2066isolate\u2069", "\ufeffBOM", "\u200b", "e\u0301", "\u{e0041}"],
  ...[
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x07\x08\x7f",
    "\x01\x02\x1f",
    "a\rb\nc",
  ],
  ...['"', '""', ",", '","', "a,b\r\n2026-01-01T00:00:00.000Z,forged,1,utf-8,0,false,false\r\n"],
  ...["$SYS/broker/uptime", "$share/g/t", " ", "  leading and trailing  ", "\u2028\u2029\u0085"],
  ...["é".repeat(Math.floor(LONGEST / 2)), "x".repeat(LONGEST), "\x01".repeat(LONGEST)],
  ...["../".repeat(LONGEST / 3), '"'.repeat(LONGEST), "\u{10ffff}".repeat(Math.floor(LONGEST / 4))],
];
/** Characters that must be escaped: controls except line ends and our own, bidi, separators. */
// deno-lint-ignore no-control-regex -- it searches for controls.
const RAW = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;
const HOSTILE_FILTER = "\x1b[31m\u202eevil/+";

function* all(): Generator<Message> {
  for (const topic of TOPICS) {
    yield message(topic, topic.slice(0, 100));
    yield { ...message(topic, ""), retain: true, qos: 0 };
    yield { ...message(topic, Uint8Array.of(255)), qos: 2 };
  }
}

/** Every file below `folder`, as paths relative to it. */
async function filesBelow(folder: string, prefix = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await filesBelow(`${folder}/${name}`, `${prefix}${name}/`));
    else found.push(`${prefix}${name}`);
  }
  return found.sort();
}

/** The output for hostile reason strings of the broker. */
async function refusedInHostileWords(folder: string): Promise<string[]> {
  const reason = "\x1b[2J\u202eno\x07";
  await using broker = StrictBroker.start({ connack: () => ({ code: 0x87, reason }) });
  const { code, stderr } = await runProgram([...broker.flags, "--verbose"], { cwd: folder });
  return [
    ...(code === 3 ? [] : [`Refused in hostile words it exits with ${code}`]),
    ...(RAW.test(stderr) ? [`It says something raw: ${JSON.stringify(stderr)}`] : []),
  ];
}

async function run({ folder }: Context): Promise<Figures> {
  // Deep enough that `../..` stays inside the folder.
  const cwd = `${folder}/a/b/c/d`;
  await Deno.mkdir(cwd, { recursive: true });
  const done = await recordAll(all(), {
    folder: cwd,
    qos: 2,
    flags: ["--verbose", "--topic", HOSTILE_FILTER, "--topic", "#"],
  });
  const files = (await filesBelow(folder)).filter((path) => !path.includes("disk_control"));
  const expected = ["csv", "json", "lock"].map((extension) => `a/b/c/d/rec/data.${extension}`);
  const broken = [
    ...done.broken,
    ...(files.join() === expected.join() ? [] : [`Files were made: ${files.join(", ")}`]),
    ...(done.stderr.includes("evil/+") ? [] : ["It does not say what it records"]),
    ...await refusedInHostileWords(cwd),
    ...(RAW.test(done.stderr) ? [`It says something raw: ${JSON.stringify(done.stderr)}`] : []),
  ];
  return await judgeRun({ ...done, broken }, all, {
    python: true,
    faults: TOPICS.length,
    note: `up to ${LONGEST} bytes; the last one is ${LAST.topic}`,
  });
}

export const hostileTopics: FaultCase = {
  number: 23,
  name: "hostile topics",
  needs: ["python3", "linux"],
  inQuick: true,
  run,
};
