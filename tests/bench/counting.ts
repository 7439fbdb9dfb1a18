/** Counts messages with plain npm:mqtt and records nothing: `counting.ts PORT COUNT QOS`. */

import { connect } from "mqtt";

const [port, count, qos] = Deno.args.map(Number);
const client = connect(`mqtt://127.0.0.1:${port}`);
let left = count!;
client.on("connect", () => client.subscribe("#", { qos: qos as 0 | 1 }));
client.on("message", () => {
  if (--left === 0) client.end(true, () => Deno.exit());
});
