/** Counts what is done with finished files: unlike a time, it is the same on every machine. */

/**
 * The calls from now on that look at, read or touch a finished file, as name and path; the workers
 * that are made, whose calls are not counted.
 */
export function countCalls(): {
  readonly calls: string[];
  readonly workers: string[];
} & Disposable {
  const calls: string[] = [], workers: string[] = [];
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      workers.push(String(url));
    }
  };
  const names = ["open", "readFile", "stat", "lstat", "remove", "rename"] as const;
  const originals = names.map((name) => Deno[name]);
  for (const [i, name] of names.entries()) {
    const original = originals[i] as (...args: unknown[]) => unknown;
    Object.assign(Deno, {
      [name]: (...args: unknown[]) => {
        if (/_\d{5}_/.test(String(args[0]))) calls.push(`${name} ${args[0]}`);
        return original(...args);
      },
    });
  }
  return {
    calls,
    workers,
    [Symbol.dispose]: () => {
      globalThis.Worker = Worker;
      names.forEach((name, i) => Object.assign(Deno, { [name]: originals[i] }));
    },
  };
}
