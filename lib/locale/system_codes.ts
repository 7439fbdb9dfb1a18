/** The code of an error of the system, `"ENOSPC"`, by which its sentence is found. */

/** The codes of Deno's error classes, for errors without one. */
const CLASSES: readonly (readonly [new (message: string) => Error, string])[] = [
  [Deno.errors.NotFound, "ENOENT"],
  [Deno.errors.PermissionDenied, "EACCES"],
  [Deno.errors.ConnectionRefused, "ECONNREFUSED"],
  [Deno.errors.ConnectionReset, "ECONNRESET"],
  [Deno.errors.ConnectionAborted, "ECONNABORTED"],
  [Deno.errors.BrokenPipe, "EPIPE"],
  [Deno.errors.NetworkUnreachable, "ENETUNREACH"],
  [Deno.errors.TimedOut, "ETIMEDOUT"],
  [Deno.errors.AddrInUse, "EADDRINUSE"],
  [Deno.errors.AddrNotAvailable, "EADDRNOTAVAIL"],
  [Deno.errors.AlreadyExists, "EEXIST"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.Busy, "EBUSY"],
];

/**
 * Numbers for which Deno 2.9 has neither a code nor a class: Linux, where each was tried with
 * `strace -e inject=openat:error=…`, and macOS.
 */
const NUMBERS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  linux: {
    6: "ENODEV",
    19: "ENODEV",
    26: "EBUSY", // ETXTBSY: it runs as a program, or serves as swap space.
    27: "EFBIG",
    37: "ENOLCK",
    38: "ENOTSUP",
    112: "EHOSTDOWN",
    116: "ESTALE",
    117: "EUCLEAN",
    121: "EIO", // EREMOTEIO
    122: "EDQUOT",
    123: "ENODEV",
  },
  darwin: {
    6: "ENODEV",
    19: "ENODEV",
    26: "EBUSY",
    27: "EFBIG",
    64: "EHOSTDOWN",
    69: "EDQUOT",
    70: "ESTALE",
    77: "ENOLCK",
    78: "ENOTSUP",
  },
  // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION, which have the texts of the system's language.
  windows: { 32: "EBUSY", 33: "EBUSY" },
};

/** Messages of SQLite (sqlite3_errstr): Deno 2.9 gives its errors no number. */
const SQLITE: Readonly<Record<string, string>> = {
  "database or disk is full": "ENOSPC",
  "disk I/O error": "EIO",
  "attempt to write a readonly database": "EROFS",
};

/** The number that Deno puts behind the system's words; undefined where there is none. */
export function systemNumber({ message }: Error): number | undefined {
  const [, number] = /\(os error (\d+)\)/.exec(message) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** The code of an error itself, not of its cause; empty where it has none. */
export function systemCode(error: Error): string {
  const own = (error as { code?: unknown }).code;
  if (own === "ERR_SQLITE_ERROR") return SQLITE[error.message] ?? own;
  if (typeof own === "string") return own;
  const number = systemNumber(error);
  return (number === undefined ? undefined : NUMBERS[Deno.build.os]?.[number]) ??
    CLASSES.find(([type]) => error instanceof type)?.[1] ?? "";
}
