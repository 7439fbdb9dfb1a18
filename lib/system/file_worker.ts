/** Reads whole files in a thread of its own, so that a recording does not wait for it. */

/** What was read. */
export interface FileSum {
  /** In hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** To start a thread takes longer than to read such a file. */
const SMALL_BYTES = 1 << 20;

type Answer = { readonly sum: FileSum } | {
  readonly error: { readonly name: string; readonly message: string; readonly code: unknown };
};

/** What the global object of a worker has. */
interface WorkerScope {
  onmessage: (event: MessageEvent<string>) => void;
  postMessage(answer: Answer): void;
}

/**
 * Runs in the worker, as text: it uses nothing of this file. A worker of a file would need the
 * permission to read the program, and an entry of its own in the executable.
 */
function work(): void {
  const scope = globalThis as unknown as WorkerScope;
  const sumOf = async (path: string): Promise<FileSum> => {
    const { createHash } = await import("node:crypto");
    const hash = createHash("sha256");
    const buffer = new Uint8Array(1 << 20);
    const file = await Deno.open(path);
    let bytes = 0;
    try {
      for (let n: number | null; (n = await file.read(buffer)) !== null; bytes += n) {
        hash.update(buffer.subarray(0, n));
      }
    } finally {
      file.close();
    }
    return { sha256: hash.digest("hex"), bytes };
  };
  scope.onmessage = ({ data }) =>
    void sumOf(data).then(
      (sum) => scope.postMessage({ sum }),
      ({ name, message, code }) => scope.postMessage({ error: { name, message, code } }),
    );
}

/**
 * The SHA-256 and the size of a file.
 *
 * @param signal Ends it early.
 * @throws The file cannot be read, or `signal` aborted.
 */
export async function sumFile(path: string, signal?: AbortSignal): Promise<FileSum> {
  signal?.throwIfAborted();
  if ((await Deno.stat(path)).size < SMALL_BYTES) {
    const data = await Deno.readFile(path);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    return { sha256: hash.toHex(), bytes: data.length };
  }
  const url = `data:text/javascript,${encodeURIComponent(`(${work})()`)}`;
  const worker = new Worker(url, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<FileSum>();
  const onAbort = () => reject(signal!.reason);
  signal?.addEventListener("abort", onAbort);
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    if ("sum" in data) return resolve(data.sum);
    const { name, message, code } = data.error;
    const Known = (Deno.errors as Record<string, new (message: string) => Error>)[name] ?? Error;
    reject(Object.assign(new Known(message), code === undefined ? {} : { code }));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  worker.postMessage(path);
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    worker.terminate();
  }
}
