/** Case 8: another program moves, deletes or cuts the files. */

import { startBroker } from "../broker.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { judge, sum } from "../judge.ts";
import { type Files, type Findings, inspect } from "../oracle.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const RATE = 1_000, BEFORE_MS = 700, AFTER_MS = 700, AWAY_MS = 1_500;
/** Messages sent this shortly before a copy-and-cut may be in neither file. */
const COPY_SLACK_MS = 1_000;
/** Messages of a commit during the move may be in both files. */
const MAX_TWICE = 2_000;

/** A change of the files. */
interface Done {
  /** Messages sent after this must be in the files of the recording, ms since the epoch. */
  readonly since: number;
  /** The files that hold the earlier rows, if there are any. */
  readonly old?: Files;
  /** Messages sent before this must be there. @default {since} */
  readonly until?: number;
}

type Fault = (recorder: Recorder) => Promise<Done>;

const aside = ({ csv, json }: Recorder): Files => ({ csv: [`${csv}.1`], json: [`${json}.1`] });

const FAULTS: Readonly<Record<string, Fault>> = {
  async rotated(recorder) {
    const old = aside(recorder);
    await Deno.rename(recorder.csv, old.csv[0]!);
    await Deno.rename(recorder.json, old.json[0]!);
    return { since: Date.now(), old };
  },
  async deleted({ csv, json }) {
    await Deno.remove(csv);
    await Deno.remove(json);
    return { since: Date.now() };
  },
  async "one deleted"({ json }) {
    await Deno.remove(json);
    return { since: Date.now() };
  },
  async "folder removed"({ output }) {
    const folder = output.slice(0, output.lastIndexOf("/"));
    await Deno.remove(folder, { recursive: true });
    const since = Date.now();
    await sleep(AWAY_MS);
    await Deno.mkdir(folder, { recursive: true });
    return { since };
  },
  async copytruncate(recorder) {
    const old = aside(recorder);
    const until = Date.now() - COPY_SLACK_MS;
    await Deno.copyFile(recorder.csv, old.csv[0]!);
    await Deno.truncate(recorder.csv);
    await Deno.copyFile(recorder.json, old.json[0]!);
    await Deno.truncate(recorder.json);
    return { since: Date.now(), old, until };
  },
  async "permission lost"({ disk }) {
    await disk.set([
      { name: "EIO", on: "write", file: "csv", error: "EIO", times: 1 },
      { name: "EACCES", on: "open", file: "any", error: "EACCES" },
    ]);
    await sleep(AWAY_MS);
    await disk.heal();
    return { since: 0 };
  },
};

async function run(name: string, fault: Fault, context: Context, port: number): Promise<Figures> {
  const word = name.replace(" ", "_");
  const folder = `${context.folder}/${word}`;
  await Deno.mkdir(folder);
  const flags = ["--topic", `sensors/${word}/#`];
  await using recorder = await Recorder.start({ folder, port, flags });
  await using publisher = Publisher.start({ port, name: word, rate: RATE });
  const { published } = publisher;
  await recorder.grows();
  await sleep(BEFORE_MS);
  const { since, old, until = since } = await fault(recorder);
  const ended = performance.now();
  const broken: string[] = [];
  const recoveryMs = await recorder.grows(5_000).then(
    () => performance.now() - ended,
    () => void broken.push("it did not go on"),
  );
  await sleep(AFTER_MS);
  await publisher.pause();
  await recorder.still();
  const { code, stderr } = await recorder.end("SIGTERM");
  if (code !== 0) broken.push(`it ended with ${code}: ${stderr}`);
  // Each format separately: a commit may come between the two renames.
  const formats: readonly Partial<Files>[] = [
    { csv: recorder.files.csv },
    { json: recorder.files.json },
  ];
  const found: Findings[] = [];
  for (const { csv = [], json = [] } of formats) {
    const after = await inspect({ csv, json }, [published]);
    let lost = after.lost.filter(({ id }) => published.sent[id]! > since);
    if (old) {
      const files = { csv: csv.length > 0 ? old.csv : [], json: json.length > 0 ? old.json : [] };
      const before = await inspect(files, [published]);
      const missing = new Set(after.lost);
      const there = new Set(before.lost.map(({ id }) => id));
      lost = [...missing].filter(({ id }) => {
        const sent = published.sent[id]!;
        return sent > since || there.has(id) && sent <= until;
      });
    }
    found.push({ ...after, lost });
  }
  const [csv, json] = found;
  return judge({
    ...csv!,
    lost: csv!.lost.length > json!.lost.length ? csv!.lost : json!.lost,
    torn: csv!.torn + json!.torn,
    examples: [...csv!.examples, ...json!.examples],
    inversions: csv!.inversions + json!.inversions,
  }, {
    faults: 1,
    maxRssMb: recorder.maxRssMb,
    recoveryMs: recoveryMs ?? undefined,
    broken,
  }, { duplicates: MAX_TWICE, different: true });
}

export const filesChanged: FaultCase = {
  number: 8,
  name: "files moved, deleted or cut",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run(context) {
    await using broker = await startBroker(context.folder);
    // In parallel: they mostly wait.
    return sum(
      await Promise.all(
        Object.entries(FAULTS).map(async ([name, fault]) => {
          const figures = await run(name, fault, context, broker.port);
          return {
            ...figures,
            note: name,
            broken: figures.broken.map((text) => `${name}: ${text}`),
          };
        }),
      ),
    );
  },
};
