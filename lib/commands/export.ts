/** The command `mqttrec export`: turns recordings into a table. */

import { langOf } from "../config/config.ts";
import { permittedInput, permittedOutput, withPermissions } from "../config/permissions.ts";
import { EXPORT } from "../config/permissions_table.ts";
import { exportHelp, parseExportLine } from "../export/export_flags.ts";
import { exportRecording } from "../export/export_recording.ts";
import { type ExportRequest, exportRequest } from "../export/export_request.ts";
import { loadFormat } from "../export/formats.ts";
import { OutputFile } from "../export/output_file.ts";
import { readGaps } from "../gaps/read_gaps.ts";
import { describe, exitCode, RecordingError } from "../locale/errors.ts";
import { type Sentences, sentences } from "../locale/mod.ts";
import { namedRecordings, withoutFolders } from "../reading/named_recordings.ts";
import { RecordingSet } from "../reading/recording_set.ts";
import { systemClock as clock } from "../system/clock.ts";
import { Stop } from "../system/stop.ts";
import { Progress } from "../terminal/progress.ts";
import { outputColumns, terminalColumns } from "../terminal/console.ts";
import { openTerminal, print, type Terminal } from "../terminal/terminal.ts";
import { escapeForTerminal } from "../text/escape.ts";

/**
 * Runs the command: what is written, warnings and errors go to standard error.
 *
 * @param argv The arguments after `export`.
 * @param env Value of an environment variable.
 * @returns The exit code: 0 done, 1 failed or not all was whole, 2 usage.
 * @throws {UsageError} The command line cannot be read.
 */
export async function exportTable(
  argv: readonly string[],
  env: (name: string) => string | undefined,
): Promise<number> {
  const line = parseExportLine(argv);
  const t = sentences(langOf(line.flags, env));
  if (line.flags.help) {
    await print(exportHelp(t, outputColumns()));
    return 0;
  }
  const terminal = openTerminal(t, env, { quiet: line.flags.quiet !== undefined });
  try {
    const asked = exportRequest(line, t.lang, clock.now());
    const output = permittedOutput(asked.output);
    if (output !== asked.output) {
      terminal.log(t.movedOutput(escapeForTerminal(asked.output), escapeForTerminal(output)));
    }
    const request = {
      ...asked,
      output,
      operands: await withoutFolders(asked.operands.map(permittedInput)),
    };
    const isShown = !request.quiet && Deno.stderr.isTerminal() && env("TERM") !== "dumb";
    return await withPermissions(EXPORT, request, () => run(request, t, terminal, isShown));
  } catch (error) {
    terminal.error(describe(error, t));
    return exitCode(error);
  } finally {
    await terminal.close();
  }
}

async function run(
  request: ExportRequest,
  t: Sentences,
  terminal: Terminal,
  isShown: boolean,
): Promise<number> {
  const { options, output: path, force } = request;
  const begin = clock.monotonic();
  const shown = escapeForTerminal(path);
  using stop = new Stop();
  const named = await namedRecordings(request.operands, (error) => {
    throw error;
  });
  const format = await loadFormat(request.extension);
  const set = await RecordingSet.open(named);
  const output = await OutputFile.prepare(path, { files: set.files, force });
  const progress = new Progress(
    Deno.stderr,
    (percent, leftMs) => t.export.progress(shown, percent, leftMs),
    { shown: isShown, columns: terminalColumns },
  );
  try {
    const gaps = (await Promise.all(named.map(({ base }) => readGaps(base)))).flat();
    const { rows, columns, problems } = await exportRecording(set, format, output, options, {
      gaps,
      signal: stop.signal,
      onProgress: (done) => progress.update(done),
    });
    await output.publish();
    await progress.end();
    for (const { path, type, row, bytes } of problems) {
      const name = escapeForTerminal(path);
      terminal.error(
        type === "torn" ? t.export.torn(name, bytes) : t.export.malformed(name, row, bytes),
      );
    }
    const ms = Math.round(clock.monotonic() - begin);
    terminal.log(t.export.done(shown, rows, columns, t.export.shapes[options.shape], ms));
    return problems.length === 0 ? 0 : 1;
  } catch (error) {
    await output.discard();
    await progress.end();
    throw stop.signal.aborted ? new RecordingError((t) => t.export.stopped(shown)) : error;
  }
}
