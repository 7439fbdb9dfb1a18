/** Who has subscribed to what in the built-in broker: filters as a tree of their levels [MQTT-4.7]. */

import type { QoS } from "../message/message.ts";

/** One client's subscription. */
export interface Subscription<Client> {
  readonly client: Client;
  readonly filter: string;
  readonly qos: QoS;
  /** Its own messages do not come back [MQTT-3.8.3-3]. */
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier: number | undefined;
}

class Level<Client> {
  readonly levels = new Map<string, Level<Client>>();
  /** By share name; "" stands for those who share with nobody. */
  readonly groups = new Map<string, Map<Client, Subscription<Client>>>();
}

export class SubscriptionTree<Client> {
  readonly #root = new Level<Client>();

  /** Adds a subscription, or replaces it; whether the client did not have it [MQTT-3.8.4-3]. */
  add(subscription: Subscription<Client>): boolean {
    const { share, levels } = split(subscription.filter);
    let level = this.#root;
    for (const name of levels) level = entry(level.levels, name, () => new Level());
    const group = entry(level.groups, share, () => new Map());
    const isNew = !group.has(subscription.client);
    group.set(subscription.client, subscription);
    return isNew;
  }

  /** Removes a subscription; whether there was one. */
  remove(client: Client, filter: string): boolean {
    const { share, levels } = split(filter);
    const path = [this.#root];
    for (const name of levels) {
      const next = path.at(-1)!.levels.get(name);
      if (next === undefined) return false;
      path.push(next);
    }
    const { groups } = path.at(-1)!;
    const group = groups.get(share);
    if (!group?.delete(client)) return false;
    if (group.size === 0) groups.delete(share);
    for (let i = path.length - 1; i > 0; i--) {
      if (path[i]!.groups.size + path[i]!.levels.size > 0) break;
      path[i - 1]!.levels.delete(levels[i - 1]!);
    }
    return true;
  }

  /**
   * The subscriptions that get a message on `topic`; of each shared one, one member in turn.
   *
   * @param isThere Whether a client is connected: members of a share that are, come first.
   */
  matching(topic: string, isThere: (client: Client) => boolean): Subscription<Client>[] {
    const found: Subscription<Client>[] = [];
    const collect = (level: Level<Client> | undefined) => {
      for (const [share, group] of level?.groups ?? []) {
        if (share !== "") found.push(nextMember(group, isThere));
        else for (const subscription of group.values()) found.push(subscription);
      }
    };
    const names = topic.split("/");
    // As deep as the deepest filter, which is bounded.
    const visit = (level: Level<Client> | undefined, depth: number) => {
      if (level === undefined) return;
      // [MQTT-4.7.2-1]: a leading wildcard does not match `$SYS/…`.
      const wildcards = depth > 0 || !topic.startsWith("$");
      // Of `sport`, too: `#` includes the parent level [4.7.1.2].
      if (wildcards) collect(level.levels.get("#"));
      if (depth === names.length) return collect(level);
      visit(level.levels.get(names[depth]!), depth + 1);
      if (wildcards) visit(level.levels.get("+"), depth + 1);
    };
    visit(this.#root, 0);
    return found;
  }
}

/** The first member that is there, or else the first; it goes to the back. */
function nextMember<Client>(
  group: Map<Client, Subscription<Client>>,
  isThere: (client: Client) => boolean,
): Subscription<Client> {
  const members = [...group.values()];
  const member = members.find(({ client }) => isThere(client)) ?? members[0]!;
  group.delete(member.client);
  group.set(member.client, member);
  return member;
}

/** Share name and levels of `$share/NAME/filter`, or of a filter that shares with nobody. */
function split(filter: string): { share: string; levels: string[] } {
  const levels = filter.split("/");
  if (levels[0] !== "$share") return { share: "", levels };
  return { share: levels[1]!, levels: levels.slice(2) };
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}
