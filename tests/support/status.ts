/** A status to show. */

import type { Status } from "../../lib/terminal/status.ts";

export const STATUS: Status = {
  state: "connected",
  broker: "localhost:1883",
  topics: ["sensors/#"],
  messages: 3,
  ratePerSecond: 1,
  files: [{ path: "exports/mqtt_data.csv", bytes: 500 }],
  lastMessageMs: undefined,
};
