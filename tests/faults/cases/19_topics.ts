/** Case 19: as many topics as messages: memory must not grow with topics. */

import type { Message } from "../../../lib/message/message.ts";
import { message } from "../../support/arbitrary.ts";
import type { Context, FaultCase, Figures } from "../case.ts";
import { sum } from "../judge.ts";
import { judgeRun, recordAll } from "../strict_run.ts";

const TOPICS = { quick: [10_000, 100_000], full: [10_000, 1_000_000] };
/** Allowed difference of memory between many topics and one, in MB: noise. */
const MORE_MB = 40;

function* each(count: number, topics: number): Generator<Message> {
  for (let i = 0; i < count; i++) yield message(`plant/${i % topics}/temperature`, `${i}`);
}

async function run({ quick, folder, say }: Context): Promise<Figures> {
  const parts: Figures[] = [];
  const counts = quick ? TOPICS.quick : TOPICS.full;
  const messages = Math.max(...counts);
  const rss: number[] = [];
  for (const topics of [1, ...counts]) {
    const here = `${folder}/${topics}`;
    await Deno.mkdir(here);
    const all = () => each(messages, topics);
    const done = await recordAll(all(), { folder: here });
    const figures = await judgeRun(done, all, { faults: topics > 1 ? 1 : 0 });
    say(`${messages} messages of ${topics} topics in ${Math.round(done.ms)} ms`);
    rss.push(Math.round(figures.maxRssMb!));
    parts.push(figures);
    await Deno.remove(here, { recursive: true });
  }
  const most = rss[0]! + MORE_MB;
  return {
    ...sum(parts),
    note: [1, ...counts].map((topics, i) => `${topics} topics: ${rss[i]} MB`).join(", "),
    broken: [
      ...parts.flatMap(({ broken }) => broken),
      ...rss.filter((mb) => mb > most).map((mb) => `${mb} MB, with one topic ${rss[0]} MB`),
    ],
  };
}

export const manyTopics: FaultCase = {
  number: 19,
  name: "10,000 and 1,000,000 topics",
  needs: ["linux"],
  inQuick: true,
  run,
};
