/** Answers the keys of a recording: marks, the table of topics, and a look at the broker. */

import type { Config } from "../config/config.ts";
import { describe, UserError } from "../locale/errors.ts";
import type { Sentences } from "../locale/mod.ts";
import { LOOK_MS, lookAtBroker, type LookOptions, type Seen } from "../live/broker_look.ts";
import { renderLook } from "../live/look_report.ts";
import { caseHints } from "../live/silence.ts";
import type { TopicTable } from "../live/topic_table.ts";
import { TopicView } from "../live/topic_view.ts";
import type { MarkLog } from "../marks/mark_log.ts";
import type { Mark } from "../marks/mark_rows.ts";
import type { Clock } from "../system/clock.ts";
import type { KeyAnswers } from "../terminal/key_answers.ts";
import type { Figure } from "../terminal/status.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { escapeForTerminal } from "../text/escape.ts";
import type { ToldMarks } from "./recording_status.ts";
import { shorten, shortenMiddle } from "../text/width.ts";

/** Columns of a mark or topic that is told. */
const MAX_SHOWN = 60;

/** The parts of a recording that are needed. */
export interface LiveParts {
  readonly config: Pick<Config, "topics">;
  readonly t: Sentences;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly topics: TopicTable;
  readonly marks: Pick<MarkLog, "add" | "path" | "written" | "unwritten" | "cause">;
  readonly connection: Pick<LookOptions, "connect" | "main" | "signal">;
}

export class LiveAnswers implements KeyAnswers, ToldMarks {
  readonly table: TopicView;
  readonly #parts: LiveParts;
  #looking = false;

  /** Marks of this run that are on disk. */
  get noted(): number {
    return this.#parts.marks.written;
  }

  /** Marks that are not. */
  get unwritten(): readonly Mark[] {
    return this.#parts.marks.unwritten;
  }

  /** Why they are not. */
  get cause(): unknown {
    return this.#parts.marks.cause;
  }

  /** The file of the marks. */
  get path(): string {
    return this.#parts.marks.path;
  }

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.table = new TopicView(parts.topics, parts.t);
  }

  mark(text: string): void {
    void this.#mark(text);
  }

  look(): void {
    void this.tellLook();
  }

  figures(): readonly Figure[] {
    const { t, topics } = this.#parts;
    const { live } = t;
    const extremes = topics.extremes();
    if (extremes === undefined) return [];
    const { busiest, silent } = extremes;
    const { now } = topics;
    const name = (topic: string) => shortenMiddle(escapeForTerminal(topic), MAX_SHOWN);
    const count = live.topicCount(topics.size, topics.forgot);
    return [
      [live.topics, topics.sampled ? `${count} (${live.sampled})` : count],
      [
        live.busiest,
        live.busiestTopic(name(busiest.topic), busiest.rate(now), Math.round(busiest.count)),
      ],
      [live.silent, live.silentTopic(name(silent.topic), Math.max(0, now - silent.time))],
    ];
  }

  /** Looks at what else the broker has, and tells it. */
  async tellLook(): Promise<void> {
    const { t, terminal, connection, config } = this.#parts;
    if (this.#looking) return terminal.log(t.live.look.running);
    this.#looking = true;
    terminal.log(t.live.look.begun(LOOK_MS));
    try {
      const seen: Seen = await lookAtBroker(connection);
      if (connection.signal.aborted) return;
      const hints = caseHints(config.topics, seen.topics.keys(), t);
      terminal.log([...hints, ...renderLook(seen, t)].join("\n"));
    } catch (error) {
      if (!connection.signal.aborted) terminal.log(describe(error, t).split("\n")[0]!);
    } finally {
      this.#looking = false;
    }
  }

  async #mark(text: string): Promise<void> {
    const { t, clock, marks, terminal } = this.#parts;
    const time = clock.now();
    try {
      await marks.add({ time, text });
      const shown = shorten(escapeForTerminal(text.slice(0, 4 * MAX_SHOWN)), MAX_SHOWN);
      terminal.log(t.live.marked(new Date(time).toISOString(), shown));
    } catch (error) {
      const told = describe(error, t);
      const waits = error instanceof UserError && !error.final;
      terminal.error(waits ? t.live.markWaits(told.split("\n")[0]!) : told);
    }
  }
}
