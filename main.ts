import { stringify } from "@std/csv/stringify";
import { parseArgs } from "@std/cli/parse-args";
import { ensureDir } from "@std/fs/ensure-dir";
const x: string = stringify([], { columns: ["a"] });
console.log(x, parseArgs(["--a"]), ensureDir);
await import("mqtt"); await import("aedes");
