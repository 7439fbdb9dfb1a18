import assert from "node:assert/strict";
import { StateError } from "../../../lib/locale/errors.ts";
import { isSilent } from "../../../lib/mqtt/transport/connection_errors.ts";
import { connectProblem } from "../../../lib/mqtt/transport/connect_problem.ts";
import { isCut, isLate } from "../../../lib/mqtt/transport/cut_codes.ts";
import { sentences } from "../../../lib/locale/mod.ts";

const WINDOWS = ["ECONNABORTED", "ENETRESET", "ESHUTDOWN"];

Deno.test("isCut() knows what Windows calls a connection that was cut", () => {
  for (const code of ["ECONNRESET", "EPIPE", ...WINDOWS]) assert.equal(isCut(code), true, code);
  for (const code of ["ETIMEDOUT", "ECONNREFUSED", "0x8b", undefined]) {
    assert.equal(isCut(code), false, String(code));
  }
});

Deno.test("isLate() also knows silence, which is noticed late", () => {
  for (const code of ["ETIMEDOUT", "EHOSTUNREACH", ...WINDOWS]) assert.equal(isLate(code), true);
  for (const code of ["0x8b", "0x8e", undefined]) assert.equal(isLate(code), false);
});

Deno.test("isSilent() and connectProblem() take Windows' codes as those of other systems", () => {
  const t = sentences("en");
  for (const code of WINDOWS) {
    const cause = new StateError(code);
    assert.equal(isSilent(cause), true, code);
    for (const scheme of ["mqtt", "mqtts", "ws"] as const) {
      const at = { scheme, host: "h", port: 1883 };
      const reset = connectProblem(at, new StateError("ECONNRESET"))!(t)("h");
      assert.equal(connectProblem(at, cause)!(t)("h"), reset);
    }
  }
});
