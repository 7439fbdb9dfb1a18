/** Case 13: the broker refuses for a while, or cannot be reached. */

import { freePort, run } from "../../support/program.ts";
import { startBroker } from "../broker.ts";
import type { FaultCase } from "../case.ts";
import { judge } from "../judge.ts";
import { inspect } from "../oracle.ts";
import { Proxy } from "../proxy.ts";
import { Publisher } from "../publisher.ts";
import { Recorder } from "../recorder.ts";
import { sleep } from "../wait.ts";

const REFUSED_MS = 2_000, WINDOW = 2_000, EXIT_MS = 10_000;
/** Temporary reason codes of MQTT 5: server unavailable, server busy, quota exceeded. */
const CODES = [0x88, 0x89, 0x97];

/** Checks that a program which cannot connect at the start exits 3 with a reason. */
async function refused(folder: string, flags: readonly string[], reason: RegExp) {
  const began = performance.now();
  const { code, stderr } = await run([...flags, "--output", "rec/none"], { cwd: folder });
  const ms = performance.now() - began;
  if (code === 3 && reason.test(stderr) && ms < EXIT_MS) return [];
  return [`${flags.join(" ")}: exit ${code} after ${Math.round(ms)} ms, saying ${stderr.trim()}`];
}

export const refusals: FaultCase = {
  number: 13,
  name: "CONNACK refusals and no broker",
  needs: ["mosquitto", "linux"],
  inQuick: true,
  async run({ folder, quick }) {
    const broken = [
      ...await refused(folder, ["--broker", "no-such-host.invalid"], /name is unknown/),
      ...await refused(
        folder,
        ["--broker", "127.0.0.1", "--port", String(freePort())],
        /nothing is listening/,
      ),
    ];
    await using broker = await startBroker(folder);
    using proxy = Proxy.start(() => broker.port);
    await using recorder = await Recorder.start({ folder, port: proxy.port });
    await using publisher = Publisher.start({ port: broker.port, rate: 2_000 });
    const codes = quick ? CODES.slice(0, 1) : CODES;
    let recoveryMs = 0;
    for (const code of codes) {
      await recorder.caughtUp(publisher.published);
      const heard = recorder.lines.length;
      proxy.answer(Uint8Array.of(0x20, 3, 0, code, 0));
      proxy.cut();
      const before = proxy.accepted;
      await sleep(REFUSED_MS);
      if (proxy.accepted === before) broken.push(`Refused with ${code}, it was not tried again`);
      const growing = recorder.grows(40_000);
      proxy.pass();
      recoveryMs = Math.max(recoveryMs, await growing);
      // Rows may come first: a resumed session delivers at once.
      await recorder.hears(/again/, heard);
    }
    await publisher.pause();
    await recorder.quiet([publisher.published]);
    await recorder.end("SIGTERM");
    const { gaps, problems } = await recorder.gapLog();
    // What waited meanwhile may be another row.
    const lost = gaps.filter(({ cause }) => cause.startsWith("connection lost"));
    if (lost.length !== codes.length) broken.push(`${lost.length} gap rows for ${codes.length}`);
    const others = gaps.filter(({ cause }) =>
      !/^(?:connection lost|broker queue|overload)/.test(cause)
    );
    if (others.length > 0) broken.push(`rows of ${others.map(({ cause }) => cause).join()}`);
    const found = await inspect(recorder.files, [publisher.published]);
    return judge(found, {
      faults: codes.length + 2,
      maxRssMb: recorder.maxRssMb,
      recoveryMs,
      note: "unknown name and closed port at the start: exit 3",
      broken: [...problems, ...broken],
    }, { duplicates: codes.length * WINDOW });
  },
};
