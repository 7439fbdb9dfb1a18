import assert from "node:assert/strict";
import {
  BrokerError,
  Cancelled,
  describe,
  describeCause,
  exitCode,
  Interrupted,
  isDiskFull,
  isHeldOpen,
  isUnknownName,
  RecordingError,
  StateError,
  UsageError,
  UserError,
} from "../../lib/locale/errors.ts";
import { sentences } from "../../lib/locale/mod.ts";

const en = sentences("en"), fr = sentences("fr");

/** A system error as Deno and Node throw it. */
function systemError(code: string, message = `failed (os error 1), ${code}`): Error {
  return Object.assign(new Error(message), { code });
}

Deno.test("exitCode() maps each error class to its code, anything else to 1", () => {
  assert.equal(exitCode(new UserError((t) => t.ended)), 1);
  assert.equal(exitCode(new RecordingError((t) => t.ended)), 1);
  assert.equal(exitCode(new UsageError((t) => t.ended)), 2);
  assert.equal(exitCode(new BrokerError((t) => t.ended)), 3);
  assert.deepEqual([new Cancelled(), new Interrupted()].map(exitCode), [0, 130]);
  for (const other of [new Error("x"), "text", undefined, null]) assert.equal(exitCode(other), 1);
});

Deno.test("describe() uses the reader's language while error.message is English", () => {
  const error = new UsageError((t) => t.connect.needsUsername);
  assert.equal(error.message, en.connect.needsUsername);
  assert.equal(error.name, "UsageError");
  assert.equal(describe(error, en), en.connect.needsUsername);
  assert.equal(describe(error, fr), fr.connect.needsUsername);
});

Deno.test("describe() includes the cause in the reader's language", () => {
  const cause = systemError("ENOSPC");
  const error = new RecordingError((t, because) => t.cannotWrite("a.csv", because(cause)), {
    cause,
  });
  assert.equal(error.cause, cause);
  assert.ok(describe(error, fr).includes(fr.causes["ENOSPC"]!));
  assert.ok(!describe(error, fr).includes("os error"));
});

Deno.test("describe() shows an unforeseen error without a stack trace", () => {
  const text = describe(new TypeError("x is not a function"), en);
  assert.equal(text, en.unexpected("x is not a function"));
  assert.doesNotMatch(text, /\bat .*:\d+/);
});

Deno.test("describeCause() describes system errors in plain words, by code", () => {
  const codes = ["ENOENT", "EACCES", "ENOSPC", "EDQUOT", "EIO", "EISDIR", "EROFS", "EMFILE"];
  codes.push("ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH");
  codes.push("ENOTFOUND", "EADDRINUSE");
  for (const t of [en, fr]) {
    for (const code of codes) {
      const text = describeCause(systemError(code), t);
      assert.equal(text, t.causes[code]);
      assert.doesNotMatch(text, /os error|E[A-Z]{4}/);
    }
  }
});

Deno.test({
  name: "describeCause() describes what Deno gives neither a code nor a class, by its number",
  ignore: Deno.build.os !== "linux",
  fn() {
    const numbers = { 26: "EBUSY", 27: "EFBIG", 37: "ENOLCK", 116: "ESTALE", 122: "EDQUOT" };
    for (const t of [en, fr]) {
      for (const [number, code] of Object.entries(numbers)) {
        const error = new Error(`Words of the system (os error ${number}): open 'x'`);
        assert.equal(describeCause(error, t), t.causes[code]);
        assert.ok(t.causes[code]);
      }
    }
    const unknown = new Error("Words of the system (os error 74): open 'x'");
    assert.match(describeCause(unknown, en), /^Words of the system/);
    assert.doesNotMatch(describeCause(unknown, fr), /Words/);
    assert.match(describeCause(unknown, fr), /74/);
  },
});

Deno.test("isHeldOpen() recognises EBUSY as Deno 2.9 throws it, and a program that runs", () => {
  assert.ok(isHeldOpen(systemError("EBUSY", "Device or resource busy (os error 16)")));
  assert.ok(isHeldOpen(new Deno.errors.Busy("x")));
  const linux = Deno.build.os === "linux";
  assert.equal(isHeldOpen(new Error("Text file busy (os error 26)")), linux);
  assert.equal(isHeldOpen(systemError("EIO")), false);
});

Deno.test("describeCause() recognises Deno's error classes that carry no code", () => {
  const cases: [Error, string][] = [
    [new Deno.errors.NotFound("x"), "ENOENT"],
    [new Deno.errors.PermissionDenied("x"), "EACCES"],
    [new Deno.errors.NotCapable("x"), "NotCapable"],
    [new Deno.errors.ConnectionRefused("x"), "ECONNREFUSED"],
    [new Deno.errors.ConnectionReset("x"), "ECONNRESET"],
    [new Deno.errors.ConnectionAborted("x"), "ECONNABORTED"],
    [new Deno.errors.BrokenPipe("x"), "EPIPE"],
    [new Deno.errors.TimedOut("x"), "ETIMEDOUT"],
    [new Deno.errors.AddrInUse("x"), "EADDRINUSE"],
    [new Error("failed to lookup address information: Name or service not known"), "ENOTFOUND"],
  ];
  for (const [error, code] of cases) assert.equal(describeCause(error, en), en.causes[code], code);
});

Deno.test("isUnknownName() recognises a name that does not resolve, in any language", () => {
  const windows = (number: number, text: string) =>
    Object.assign(new Error(`${text} (os error ${number})`), { code: "ENOENT" });
  const unknown = [
    windows(11001, "Hôte inconnu."),
    windows(11002, "Dies ist normalerweise ein zeitweiliger Fehler."),
    windows(11003, "x"),
    windows(11004, "x"),
    systemError("EAI_AGAIN"),
    new TypeError("invalid host 'a..b': empty label found in FQDN"),
    new TypeError("invalid empty host: '.'"),
  ];
  for (const error of unknown) {
    assert.equal(isUnknownName(error), true, error.message);
    assert.equal(describeCause(error, fr), fr.causes["ENOTFOUND"]);
  }
  for (const error of [windows(2, "x"), windows(110011, "x"), systemError("ECONNRESET"), "x"]) {
    assert.equal(isUnknownName(error), false, String(error));
  }
});

Deno.test("describeCause() recognises the errors that Deno really throws", () => {
  const missing = `${import.meta.dirname}/testdata/no/such/file`;
  const thrown = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      return describeCause(error, en);
    }
    return "nothing thrown";
  };
  assert.equal(thrown(() => Deno.statSync(missing)), en.causes["ENOENT"]);
  assert.equal(
    thrown(() => Deno.openSync(missing, { create: true, write: true })),
    en.causes["ENOENT"],
  );
});

Deno.test("describeCause() finds the system error in a cause or an AggregateError", () => {
  const inner = systemError("ECONNREFUSED");
  assert.equal(describeCause(new Error("outer", { cause: inner }), en), en.causes["ECONNREFUSED"]);
  assert.equal(describeCause(new AggregateError([inner, inner]), en), en.causes["ECONNREFUSED"]);
});

Deno.test("describeCause() has a sentence for every code of TLS, WebSocket and HTTP", () => {
  const families = { ERR_SSL_: "ALERT_X", WS_ERR_: "INVALID_OPCODE", HPE_: "INVALID_METHOD" };
  for (const [family, rest] of Object.entries(families)) {
    const error = Object.assign(new Error("English"), { code: family + rest });
    for (const t of [en, fr]) {
      assert.equal(describeCause(error, t), t.causes[family]);
    }
  }
});

Deno.test("describeCause() shows an unknown error escaped, on one line", () => {
  assert.equal(describeCause(new Error("odd\n\x1b[2J"), en), "odd\\n\\x1b[2J");
  assert.equal(describeCause("text", en), "text");
});

Deno.test("describeCause() returns text for any thrown value", () => {
  for (const odd of [undefined, null, 0, {}, Object.create(null), Symbol("x"), new Error("")]) {
    assert.notEqual(describeCause(odd, en), "");
  }
});

Deno.test("describeCause() ignores codes that are inherited properties", () => {
  assert.equal(describeCause(systemError("constructor", "odd"), en), "odd");
  assert.equal(describeCause(systemError("__proto__", "odd"), en), "odd");
});

Deno.test("describe() hides the user and any password of a URL", () => {
  for (const password of ["secret", "sec/ret", "sec@ret", "sec:ret", "sec?ret#x", "s%40ecret"]) {
    const text = describe(new Error(`connect mqtt://user:${password}@host:1883/ failed`), en);
    assert.ok(text.includes("mqtt://***@host:1883"), text);
    assert.ok(!/sec|ret/.test(text), text);
  }
});

Deno.test("describeCause() describes a StateError in words, or by its code", () => {
  for (const t of [sentences("en"), sentences("fr")]) {
    for (const code of ["ETIMEDOUT", "SLOW", "0x8b"]) {
      assert.equal(describeCause(new StateError(code), t), t.causes[code]);
    }
    assert.equal(describeCause(new StateError("0x80"), t), "code 0x80");
  }
});

Deno.test("describeCause() describes a full disk in the reader's language also where SQLite tells it", () => {
  const error = Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR" });
  assert.equal(describeCause(error, fr), fr.causes["ENOSPC"]);
  assert.equal(isDiskFull(error), true);
  assert.equal(isDiskFull(new StateError("EIO")), false);
});
