/** Reads and compresses whole files in a thread of its own: a recording does not wait for it. */

/** What was read. */
export interface FileSum {
  /** In hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** To start a thread takes longer than to read such a file. */
const SMALL_BYTES = 1 << 20;
/** A thread without a task ends after this time: at full speed files follow each other sooner. */
const IDLE_MS = 10_000;

/** What was written: its own sum, and that of its contents when they were read back. */
export interface CompressedSum extends FileSum {
  readonly contents: FileSum;
}

/** A file to read; with `to` also where it is written, compressed. */
interface Task {
  readonly path: string;
  readonly to?: string;
}

type Answer = { readonly sum: FileSum & { readonly contents?: FileSum } } | {
  readonly error: { readonly name: string; readonly message: string; readonly code: unknown };
};

/** What the global object of a worker has. */
interface WorkerScope {
  onmessage: (event: MessageEvent<Task>) => void;
  postMessage(answer: Answer): void;
}

/**
 * Runs in the worker, as text: it uses nothing of this file. A worker of a file would need the
 * permission to read the program, and an entry of its own in the executable.
 */
function work(): void {
  const scope = globalThis as unknown as WorkerScope;
  const sumOf = async (path: string, compressed = false): Promise<FileSum> => {
    const { createHash } = await import("node:crypto");
    const hash = createHash("sha256");
    let bytes = 0;
    const add = (part: Uint8Array) => {
      hash.update(part);
      bytes += part.length;
    };
    const file = await Deno.open(path);
    if (compressed) {
      const contents = file.readable.pipeThrough(new DecompressionStream("gzip"));
      for await (const part of contents) add(part);
    } else {
      // Half the time of a stream, which allocates a buffer for every 64 KB.
      const buffer = new Uint8Array(1 << 18);
      try {
        // This thread has nothing else to do: another one for each read would only cost time.
        for (let n; (n = file.readSync(buffer)) !== null;) add(buffer.subarray(0, n));
      } finally {
        file.close();
      }
    }
    return { sha256: hash.digest("hex"), bytes };
  };
  const compress = async (path: string, to: string): Promise<CompressedSum> => {
    await Deno.remove(to).catch(() => {});
    // Nobody but the owner reads it before the caller gives it the permissions of the plain file.
    const out = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
    try {
      const { readable } = await Deno.open(path);
      // `pipeTo` with `preventClose` resolves before the last bytes are written (Deno 2.9.5).
      for await (const part of readable.pipeThrough(new CompressionStream("gzip"))) {
        for (let at = 0; at < part.length;) at += await out.write(part.subarray(at));
      }
      await out.sync();
    } finally {
      out.close();
    }
    return { ...await sumOf(to), contents: await sumOf(to, true) };
  };
  scope.onmessage = ({ data }) => {
    const { path, to } = data;
    (to === undefined ? sumOf(path) : compress(path, to)).then(
      (sum) => scope.postMessage({ sum }),
      ({ name, message, code }) => scope.postMessage({ error: { name, message, code } }),
    );
  };
}

/** One task after the other; the thread starts with the first one, and ends when it has none. */
export class FileWorker implements Disposable {
  #worker: Worker | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /**
   * The SHA-256 and the size of a file.
   *
   * @param signal Ends it early.
   * @throws The file cannot be read, or `signal` aborted.
   */
  async sum(path: string, signal?: AbortSignal): Promise<FileSum> {
    signal?.throwIfAborted();
    if ((await Deno.stat(path)).size < SMALL_BYTES) {
      const data = await Deno.readFile(path);
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
      return { sha256: hash.toHex(), bytes: data.length };
    }
    return await this.#run({ path }, signal);
  }

  /**
   * Writes a file compressed (gzip), for its owner only, syncs it, and reads it back.
   *
   * @param to Replaced if it exists.
   * @param signal Ends it early, with a part of the file written.
   * @throws A file cannot be read or written, or `signal` aborted.
   */
  async compress(path: string, to: string, signal?: AbortSignal): Promise<CompressedSum> {
    return await this.#run({ path, to }, signal) as CompressedSum;
  }

  async #run(task: Task, signal: AbortSignal | undefined): Promise<FileSum> {
    signal?.throwIfAborted();
    clearTimeout(this.#idle);
    const url = `data:text/javascript,${encodeURIComponent(`(${work})()`)}`;
    const worker = this.#worker ??= new Worker(url, { type: "module" });
    const { promise, resolve, reject } = Promise.withResolvers<FileSum>();
    const onAbort = () => {
      this[Symbol.dispose]();
      reject(signal!.reason);
    };
    signal?.addEventListener("abort", onAbort);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if ("sum" in data) return resolve(data.sum);
      const { name, message, code } = data.error;
      const Known = (Deno.errors as Record<string, new (message: string) => Error>)[name] ?? Error;
      reject(Object.assign(new Known(message), code === undefined ? {} : { code }));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this[Symbol.dispose]();
      reject(new Error(event.message));
    };
    worker.postMessage(task);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      if (this.#worker) this.#idle = setTimeout(() => this[Symbol.dispose](), IDLE_MS);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#idle);
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}
