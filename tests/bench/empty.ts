/** Nothing: what Deno itself needs to start. */

export {};
