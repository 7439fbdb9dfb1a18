/** The command `mqttrec check`: reports on recordings, and repairs them on request. */

import {
  finishedParts,
  type Named,
  namedRecordings,
  withoutFolders,
} from "../reading/named_recordings.ts";
import { areMarksWhole, renderMarks } from "../check/check_marks.ts";
import { checkHelp, parseCheckLine } from "../check/check_flags.ts";
import { checkRecording, type Findings } from "../check/check_recording.ts";
import { isWell, isWhole, renderFindings, renderSet } from "../check/check_report.ts";
import { checkSet, type SetFindings } from "../check/check_set.ts";
import { isIndexMendable, repairIndex } from "../check/repair_index.ts";
import { indexPath } from "../files/file_index.ts";
import { isRecording } from "../files/is_recording.ts";
import { OutputLock } from "../files/lock.ts";
import { escapeForTerminal } from "../text/escape.ts";
import { langOf } from "../config/config.ts";
import { SettingReader } from "../config/setting_reader.ts";
import {
  describe,
  exitCode,
  isDiskFull,
  missingPermission,
  RecordingError,
  UsageError,
} from "../locale/errors.ts";
import { type GapLogTotals, readGapLogTotals } from "../gaps/gap_log_totals.ts";
import { type Sentences, sentences } from "../locale/mod.ts";
import { type MarkTotals, readMarks } from "../marks/read_marks.ts";
import { permissionError, withPermissions } from "../config/permissions.ts";
import { CHECK } from "../config/permissions_table.ts";
import { notListed } from "./event_sentences.ts";
import { reconcileFinished } from "../check/reconcile_finished.ts";
import { restoreFinished } from "../check/restore_finished.ts";
import { forgetDiverged, isMendable, readCheckpoints, repair, settleAll } from "../check/repair.ts";
import { systemClock as clock } from "../system/clock.ts";
import { outputColumns } from "../terminal/console.ts";
import { openTerminal, print } from "../terminal/terminal.ts";

/**
 * Runs the command: the report goes to standard output, errors to standard error.
 *
 * @param argv The arguments after `check`.
 * @param env Value of an environment variable.
 * @returns The exit code: 0 no findings, 1 findings or errors, 2 usage.
 * @throws {UsageError} The command line cannot be read.
 */
export async function check(
  argv: readonly string[],
  env: (name: string) => string | undefined,
): Promise<number> {
  const { flags, operands } = parseCheckLine(argv);
  const t = sentences(langOf(flags, env));
  if (flags.help) {
    await print(checkHelp(t, outputColumns()));
    return 0;
  }
  const terminal = openTerminal(t, env);
  let code = 0;
  let reported = false;
  let asked = { operands, repair: flags.repair !== undefined };
  const refuse = (cause: unknown) => {
    const error = permissionError(CHECK, asked, cause);
    terminal.error(describe(error, t));
    code = Math.max(code, exitCode(error));
  };
  try {
    new SettingReader(flags).oneOf("lang", ["fr", "en"], "en");
    asked = { ...asked, operands: await withoutFolders(operands, flags.folder?.[0]) };
    if (asked.operands.length === 0) throw new UsageError((t) => t.check.noFile);
    await withPermissions(CHECK, asked, async () => {
      if (asked.repair) await settleAll(asked.operands).catch(refuse);
      for (const named of await namedRecordings(asked.operands, refuse)) {
        const set = await checkFinished(named, asked.repair, t, refuse);
        for (const error of set?.findings.flatMap(({ errors }) => errors) ?? []) refuse(error);
        if (set) await print(renderSet(set, t, asked.repair).join("\n"));
        const isSetWell = !set || set.problems.length + set.findings.length === 0;
        const { findings, gaps, marks, failed } = await checkAndRepair(
          named,
          asked.repair,
          t,
          refuse,
        );
        for (const error of findings.errors) refuse(error);
        const lines = renderFindings(findings, gaps, t, asked.repair && !failed);
        if (marks) lines.push(...renderMarks(marks, findings.live, t));
        if (set && !isSetWell) code = Math.max(code, 1);
        reported ||= lines.length > 0 || set !== undefined;
        if (lines.length > 0) await print(lines.join("\n"));
        const isMarked = !marks || areMarksWhole(marks, findings.live);
        if (isWell(findings) && isMarked && (!gaps || isWhole(gaps, findings.live))) continue;
        code = Math.max(code, 1);
        if (asked.repair && !failed && findings.files.length > 0) await print(t.check.untouched);
      }
      if (reported) await print(code === 0 ? t.check.well : t.check.notWell);
    });
  } catch (error) {
    refuse(error);
  } finally {
    await terminal.close();
  }
  return code;
}

/** Checks the finished files of a recording, if it has any; repairs their index first if asked to. */
async function checkFinished(
  named: Named,
  isRepair: boolean,
  t: Sentences,
  refuse: (error: unknown) => void,
): Promise<SetFindings | undefined> {
  if (named.finished === undefined) return undefined;
  try {
    const { base } = named;
    const set = await checkSet(named, isWell, await isRecording(base));
    if (!isRepair || set.problems.length + set.findings.length === 0) return set;
    if (await isRecording(base)) throw new RecordingError((t) => t.check.inUse(base));
    await using _ = await OutputLock.take(base);
    if (isIndexMendable(set)) {
      const { moved, unlisted } = await repairIndex(base);
      const path = escapeForTerminal(indexPath(base));
      for (const event of unlisted) await print(notListed(event, t));
      if (unlisted.length === 0) await print(t.rotate.repaired(path));
      if (moved !== undefined) await print(t.rotate.moved(escapeForTerminal(moved)));
    }
    for (const { path, kept } of await restoreFinished(base, set, named.finished)) {
      await print(t.rotate.restored(escapeForTerminal(path)));
      if (kept !== undefined) await print(t.rotate.damagedKept(escapeForTerminal(kept)));
    }
    const again = async () => {
      const finished = await finishedParts(base);
      return { finished, set: await checkSet({ ...named, finished }, isWell, false) };
    };
    let { finished, set: now } = await again();
    const reconciled = await reconcileFinished(base, now, finished);
    for (const file of reconciled) {
      const path = escapeForTerminal(file.path);
      if (file.type === "left") {
        await print(t.rotate.notReconciled(path));
        continue;
      }
      const kept = escapeForTerminal(file.kept), { rotate } = t;
      await print(file.added === 0 ? rotate.restored(path) : rotate.reconciled(path, file.added));
      await print(file.added === 0 ? rotate.damagedKept(kept) : rotate.shortKept(kept));
    }
    if (reconciled.some(({ type }) => type === "filled")) ({ finished, set: now } = await again());
    const left = ["changed", "missing", "hole"];
    if (now.problems.some(({ type }) => left.includes(type))) await print(t.rotate.notRestored);
    return now;
  } catch (error) {
    refuse(error);
    return undefined;
  }
}

/** How often a file that is being renamed is looked for, and how long in between. */
const RETRIES = 5, RETRY_MS = 50;

function isGone(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Deno.errors.NotFound;
}

/** Findings about a recording, its gap log and its marks. */
interface Found {
  readonly findings: Findings;
  readonly gaps: GapLogTotals | undefined;
  readonly marks: MarkTotals | undefined;
  /** Whether a repair was tried in vain, and why was told. @default {false} */
  readonly failed?: boolean;
}

/** Checks a recording; repairs it first if requested and possible. */
async function checkAndRepair(
  named: Named,
  isRepair: boolean,
  t: Sentences,
  refuse: (error: unknown) => void,
): Promise<Found> {
  const found = await find(named, refuse);
  const { findings } = found;
  const isTorn = found.gaps?.tornBytes !== undefined || found.marks?.tornBytes !== undefined;
  const mendable = isMendable(findings, await readCheckpoints(named));
  if (isRepair && isWell(findings)) await forgetDiverged(named).catch(refuse);
  if (!isRepair || !mendable && !isTorn) return found;
  try {
    await print((await repair(named, findings, t)).join("\n"));
  } catch (error) {
    refuse(cannotRepair(named, error));
    return { ...await find(named, refuse), failed: true };
  }
  return await find(named, refuse);
}

async function find(named: Named, refuse: (error: unknown) => void): Promise<Found> {
  let findings = await checkRecording(named);
  // Its files may be renamed at this moment: there are new ones in an instant.
  for (let n = 0; n < RETRIES && findings.live && findings.errors.some(isGone); n++) {
    await clock.sleep(RETRY_MS);
    findings = await checkRecording(named);
  }
  const gaps = await readGapLogTotals(named.base).catch(refuse) ?? undefined;
  const marks = await readMarks(named.base).catch(refuse) ?? undefined;
  const isTorn = gaps?.tornBytes !== undefined || marks?.tornBytes !== undefined;
  const live = findings.live || isTorn && await isRecording(named.base);
  return { findings: { ...findings, live }, gaps, marks };
}

/** A file that cannot be written is none to choose another place for. */
function cannotRepair({ base }: Named, error: unknown): unknown {
  const cause = error instanceof RecordingError ? error.cause : undefined;
  if (cause === undefined || missingPermission(cause)) return error;
  const full = isDiskFull(cause);
  return new RecordingError((t, because) => {
    return t.check.cannotRepair(escapeForTerminal(base), because(cause), full);
  }, { cause });
}
