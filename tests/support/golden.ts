/** The messages in `testdata/csv.golden` and `testdata/json.golden`. */

import type { Message, QoS } from "../../lib/message/message.ts";
import { bytes, NASTY_BYTES, NASTY_TEXTS, START } from "./arbitrary.ts";

const usual: readonly Message[] = [
  ["home/kitchen/temperature", "21.5", 0, false, false],
  ["home/kitchen/temperature", "21.6", 1, true, false],
  ["home/door", '{"open":true,"since":"2026-11-23T09:58:00Z"}', 1, false, true],
  ["serre/humidité", "63 %", 2, false, false],
  ["site/étage 1/capteur, n° 7", "température ; 19,5", 2, true, true],
].map(([topic, payload, qos, retain, dup], i) => ({
  time: START + i * 1000,
  topic: topic as string,
  payload: bytes(payload as string),
  qos: qos as QoS,
  retain: retain as boolean,
  dup: dup as boolean,
}));

const nasty: readonly Message[] = NASTY_BYTES.map((payload, i) => ({
  time: START + 10_000 + i,
  topic: `t/${(NASTY_TEXTS[i] ?? "bytes").replaceAll(/[\0+#]/g, "")}`,
  payload,
  qos: (i % 3) as QoS,
  retain: i % 2 === 1,
  dup: i % 3 > 0 && i % 5 === 0,
}));

export const GOLDEN: readonly Message[] = [...usual, ...nasty];
