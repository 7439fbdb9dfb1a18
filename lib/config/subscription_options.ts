/** Reads from the settings what to subscribe to and what to record. No I/O. */

import { UsageError } from "../locale/errors.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { QoS } from "../message/message.ts";
import { filterProblem } from "../message/topic.ts";
import type { SettingReader } from "./setting_reader.ts";

/**
 * Which retained messages are recorded: those that the broker kept from before the subscription.
 */
export type Retained = "all" | "none" | "only";

export interface SubscriptionOptions {
  /** Topic filters, at least one, each valid [MQTT-4.7]. */
  readonly topics: readonly string[];
  /** QoS of the simulation, and of every filter without its own. */
  readonly qos: QoS;
  /** QoS by filter, of those that have one of their own. */
  readonly topicQos: ReadonlyMap<string, QoS>;
  /** Filters that read as if they brought a QoS, which is a part of them: `switch:0`. */
  readonly colonFilters: readonly string[];
  /** Filters of messages that are received and not recorded. */
  readonly filterOut: readonly string[];
  readonly retained: Retained;
  /** Longest payload that is recorded, in bytes. */
  readonly maxPayload: number | undefined;
}

/** Largest packet of MQTT [MQTT-2.1.4], in bytes: no payload is longer. */
const MAX_PACKET_BYTES = 268_435_455;

/** How version 0.1.0 gave a filter a QoS. Relays are called so too: `switch:0`. */
const COLON_QOS = /^(.+):([012])$/s;

/** @throws {UsageError} A value or a combination is invalid. */
export function makeSubscriptionOptions(reader: SettingReader): SubscriptionOptions {
  const qos = Number(reader.oneOf("qos", ["0", "1", "2"], "1")) as QoS;
  const group = shareName(reader);
  const topicOf = (filter: string) =>
    checkedFilter(filter, group === undefined ? filter : `$share/${group}/${filter}`);
  const topicQos = new Map<string, QoS>();
  for (const written of reader.all("topic-qos") ?? []) {
    const [, filter, own] = /^(.+)=([012])$/s.exec(written) ?? [];
    if (filter === undefined) throw reader.bad("topic-qos", written);
    const topic = topicOf(filter);
    if (topicQos.has(topic)) {
      const given = `${reader.label("topic-qos")} ${escapeForTerminal(filter)}`;
      throw new UsageError((t) => t.givenTwice(given));
    }
    topicQos.set(topic, Number(own) as QoS);
  }
  const written = reader.all("topic") ?? (topicQos.size > 0 ? [] : ["sensors/#"]);
  const topics = [...new Set([...written.map(topicOf), ...topicQos.keys()])];
  if (reader.tied("no-retained", "retained-only")) {
    const labels = [reader.label("no-retained"), reader.label("retained-only")] as const;
    throw new UsageError((t) => t.connect.contradict(...labels));
  }
  return {
    topics: Object.freeze(topics),
    qos,
    topicQos,
    // Whoever knows --topic-qos means what stands there.
    colonFilters: topicQos.size > 0 ? [] : written.filter((filter) => COLON_QOS.test(filter)),
    filterOut: Object.freeze((reader.all("filter-out") ?? []).map((f) => checkedFilter(f))),
    retained: reader.prevails("no-retained", "retained-only")
      ? "none"
      : reader.given("retained-only")
      ? "only"
      : "all",
    maxPayload: reader.size("max-payload", MAX_PACKET_BYTES),
  };
}

/** The QoS to subscribe to a filter with. */
export function qosOf({ qos, topicQos }: QosOptions, topic: string): QoS {
  return topicQos?.get(topic) ?? qos;
}

type QosOptions = Pick<SubscriptionOptions, "qos"> & Partial<Pick<SubscriptionOptions, "topicQos">>;

/** The lowest QoS of all filters. */
export function minQos(options: QosOptions & Pick<SubscriptionOptions, "topics">): QoS {
  return Math.min(...options.topics.map((topic) => qosOf(options, topic))) as QoS;
}

/** The share name: it has no wildcard and no `/` [MQTT-4.8.2-1], [MQTT-4.8.2-2]. */
function shareName(reader: SettingReader): string | undefined {
  const name = reader.text("share");
  if (name === undefined) return undefined;
  const shared = [...reader.all("topic") ?? [], ...reader.all("topic-qos") ?? []]
    .find((topic) => topic.startsWith("$share/"));
  if (/[/+#]/.test(name) || filterProblem(`$share/${name}/a`)) throw reader.bad("share", name);
  if (shared !== undefined) {
    const [label, shown] = [reader.label("share"), escapeForTerminal(shared)];
    throw new UsageError((t) => t.connect.sharedTwice(label, shown));
  }
  return name;
}

/** Text in quotes, also in those that web pages and word processors make of `"`. */
const QUOTED = [
  /^'(.*)'$/s,
  /^"(.*)"$/s,
  /^[“”„](.*)[“”]$/s,
  /^[‘’](.*)[‘’]$/s,
  /^«\s?(.*?)\s?»$/s,
];

/** The text in quotes that a shell has passed on; undefined: there are none around it. */
export function unquoted(shown: string): string | undefined {
  return QUOTED.map((pattern) => pattern.exec(shown)?.[1]).find((text) => text !== undefined);
}

/** @param filter What is subscribed for `written`. */
function checkedFilter(written: string, filter = written): string {
  const shown = escapeForTerminal(written);
  const quoted = unquoted(shown);
  if (quoted !== undefined) throw new UsageError((t) => t.quotedFilter(shown, quoted));
  const problem = filterProblem(filter);
  if (problem !== undefined) {
    const [, plain, qos] = COLON_QOS.exec(shown) ?? [];
    throw new UsageError((t) =>
      plain === undefined || filterProblem(plain) !== undefined
        ? t.badFilter(escapeForTerminal(filter), t.filterProblems[problem]!)
        : t.colonInFilter(shown, `${plain}=${qos}`)
    );
  }
  return filter;
}
