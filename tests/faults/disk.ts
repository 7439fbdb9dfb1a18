/**
 * A failing disk, loaded into the real program by `deno run --preload`: the file operations of the
 * recording follow the rules in a control file, all others are unchanged.
 */

import { CONTROL, type Control, type Operation, type Rule, type Which } from "./disk_rules.ts";

const path = Deno.env.get(CONTROL)!;
const MAX_WAIT_MS = 300, POLL_MS = 1, CLOCK_MS = 20;
const MESSAGES = {
  EIO: "Input/output error (os error 5)",
  EACCES: "Permission denied (os error 13)",
  ENOSPC: "No space left on device (os error 28)",
  EDQUOT: "Disk quota exceeded (os error 122)",
  EBUSY: "Device or resource busy (os error 16)",
  EROFS: "Read-only file system (os error 30)",
};

const { write, sync, syncData, truncate, seek, seekSync, stat } = Deno.FsFile.prototype;
const { open, openSync, readTextFileSync, rename, writeTextFileSync } = Deno;
const now = Date.now;

/** State of an open file. */
interface Known {
  readonly which: Which;
  readonly path: string;
  at: number;
  /** Bytes that a failed sync discards: `[start, end)`. */
  dirty: [number, number][];
}

const files = new WeakMap<Deno.FsFile, Known>();
/** Commits of each kind of file: on disk, and written. */
const synced = new Map<Which, number>(), written = new Map<Which, number>();
/** How often each rule matched. */
let met = new Map<number, number>();
let generation = -1;

function whichFile(path: string | URL): Which | undefined {
  const [, which] = /\.(gaps|files)\.csv$/.exec(String(path)) ??
    /\.(csv|json|ndjson|torn|lock)$/.exec(String(path)) ?? [];
  return which as Which | undefined;
}

function control(): Control {
  let control: Control = { generation: 0, rules: [] };
  try {
    control = JSON.parse(readTextFileSync(path));
  } catch { /* No rules yet. */ }
  if (control.generation !== generation) {
    generation = control.generation;
    met = new Map();
  }
  return control;
}

/** The rule that applies to this operation, if there is one. */
function strike(on: Operation, which: Which): Rule | undefined {
  for (const [i, rule] of control().rules.entries()) {
    if (rule.on !== on || rule.file !== "any" && rule.file !== which) continue;
    const nth = (met.get(i) ?? 0) + 1;
    met.set(i, nth);
    const due = rule.at === undefined ? nth <= (rule.times ?? Infinity) : nth === rule.at;
    if (!due) continue;
    const line = JSON.stringify({ rule: rule.name, time: now(), pid: Deno.pid });
    writeTextFileSync(`${path}.log`, `${line}\n`, { append: true });
    return rule;
  }
  return undefined;
}

function die(): never {
  Deno.kill(Deno.pid, "SIGKILL");
  for (;;);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Waits as a rule requires: both files are written at once, so one must be delayed to be second.
 */
async function hold(rule: Rule, which: Which): Promise<void> {
  if (rule.stallMs !== undefined) await sleep(rule.stallMs);
  if (rule.waitFor === undefined) return;
  const { on, file } = rule.waitFor;
  const own = synced.get(which) ?? 0;
  const other = on === "write" ? written : synced;
  for (let waited = 0; waited < MAX_WAIT_MS && (other.get(file) ?? 0) <= own; waited += POLL_MS) {
    await sleep(POLL_MS);
  }
}

function failure(error: keyof typeof MESSAGES): Error {
  const type = error === "EACCES" ? Deno.errors.PermissionDenied : Error;
  return Object.assign(new type(MESSAGES[error]), { code: error });
}

Deno.open = async (target, options) => {
  const which = whichFile(target);
  if (which === undefined) return await open(target, options);
  const rule = strike("open", which);
  if (rule !== undefined) {
    await hold(rule, which);
    if (rule.kill === "before") die();
    if (rule.error !== undefined) throw failure(rule.error);
  }
  const file = await open(target, options);
  files.set(file, { which, path: String(target), at: 0, dirty: [] });
  if (rule?.kill === "after") die();
  return file;
};

Deno.rename = async (from, to) => {
  const which = whichFile(from);
  const rule = which && strike("rename", which);
  if (rule !== undefined) {
    await hold(rule, which!);
    if (rule.kill === "before") die();
    if (rule.error !== undefined) throw failure(rule.error);
  }
  await rename(from, to);
  if (rule?.kill === "after") die();
};

Deno.FsFile.prototype.seek = async function (offset, whence) {
  const at = await seek.call(this, offset, whence);
  const known = files.get(this);
  if (known !== undefined) known.at = at;
  return at;
};

Deno.FsFile.prototype.seekSync = function (offset, whence) {
  const at = seekSync.call(this, offset, whence);
  const known = files.get(this);
  if (known !== undefined) known.at = at;
  return at;
};

Deno.FsFile.prototype.write = async function (bytes) {
  const known = files.get(this);
  if (known === undefined) return await write.call(this, bytes);
  const rule = strike("write", known.which);
  let part = bytes;
  if (rule !== undefined) {
    await hold(rule, known.which);
    if (rule.kill === "before") die();
    const half = bytes.subarray(0, bytes.length >> 1);
    if (rule.kill === "amid") {
      await write.call(this, half);
      die();
    }
    if (rule.error === "ENOSPC" && half.length > 0) part = half;
    else if (rule.error !== undefined) throw failure(rule.error);
  }
  const length = await write.call(this, part);
  known.dirty.push([known.at, known.at + length]);
  known.at += length;
  written.set(known.which, (synced.get(known.which) ?? 0) + 1);
  if (rule?.kill === "after") die();
  return length;
};

/** Simulates pages whose write-back failed: the system may drop them. */
async function forget(file: Deno.FsFile, { path, dirty }: Known): Promise<void> {
  const { size } = await stat.call(file);
  using hole = openSync(path, { write: true });
  for (const [start, end] of dirty.splice(0)) {
    const length = Math.min(end, size) - start;
    if (length <= 0) continue;
    seekSync.call(hole, start, Deno.SeekMode.Start);
    hole.writeSync(new Uint8Array(length));
  }
}

function patchedSync(original: typeof sync): typeof sync {
  return async function (this: Deno.FsFile) {
    const known = files.get(this);
    if (known === undefined) return await original.call(this);
    const rule = strike("sync", known.which);
    if (rule !== undefined) {
      await hold(rule, known.which);
      if (rule.kill === "before") die();
      if (rule.error !== undefined) {
        await forget(this, known);
        throw failure(rule.error);
      }
    }
    await original.call(this);
    known.dirty = [];
    // Only commits use syncData.
    if (original === syncData) synced.set(known.which, (synced.get(known.which) ?? 0) + 1);
    if (rule?.kill === "after") die();
  };
}
Deno.FsFile.prototype.sync = patchedSync(sync);
Deno.FsFile.prototype.syncData = patchedSync(syncData);

Deno.FsFile.prototype.truncate = async function (length) {
  const known = files.get(this);
  const rule = known && strike("truncate", known.which);
  if (known !== undefined && rule !== undefined) {
    await hold(rule, known.which);
    if (rule.kill === "before") die();
    if (rule.error !== undefined) throw failure(rule.error);
  }
  await truncate.call(this, length);
  if (rule?.kill === "after") die();
};

let offsetMs = 0, readAt = -Infinity;
Date.now = () => {
  const time = now();
  if (Math.abs(time - readAt) >= CLOCK_MS) {
    readAt = time;
    offsetMs = control().clockOffsetMs ?? 0;
  }
  return time + offsetMs;
};
