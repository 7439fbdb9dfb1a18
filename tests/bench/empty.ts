/** Does nothing: measures the start of Deno itself. */

export {};
