import assert from "node:assert/strict";
import { filesFolder, isDoubleClick, type Start } from "../../lib/system/double_click.ts";

const DESKTOP: Readonly<Record<string, string>> = {
  USERPROFILE: "C:\\Users\\anna",
  SystemRoot: "C:\\Windows",
  TEMP: "C:\\Users\\anna\\AppData\\Local\\Temp",
  SESSIONNAME: "Console",
  PSModulePath: "C:\\Program Files\\WindowsPowerShell\\Modules;" +
    "C:\\Windows\\system32\\WindowsPowerShell\\v1.0\\Modules",
};

function start(change: Partial<Omit<Start, "env">> = {}, env: Record<string, string> = {}): Start {
  const all = { ...DESKTOP, ...env };
  const normal = { os: "windows", standalone: true, args: [], terminal: true };
  return { ...normal, ...change, env: (name) => all[name] };
}

Deno.test("isDoubleClick() knows a program that Explorer started", () => {
  assert.equal(isDoubleClick(start()), true);
});

const OTHERS: Readonly<Record<string, Start>> = {
  "Linux": start({ os: "linux" }),
  "macOS": start({ os: "darwin" }),
  "deno run": start({ standalone: false }),
  "a shortcut or a task with flags": start({ args: ["--simulate"] }),
  "a pipe": start({ terminal: false }),
  "cmd.exe": start({}, { PROMPT: "$P$G" }),
  "a tab of Windows Terminal": start({}, { WT_SESSION: "0f4a" }),
  "Git Bash": start({}, { TERM: "xterm" }),
  "a remote shell": start({}, { SSH_CONNECTION: "192.0.2.7 1 192.0.2.8 22" }),
  "Windows PowerShell": start({}, {
    PSModulePath: `D:\\Documents\\WindowsPowerShell\\Modules;${DESKTOP.PSModulePath}`,
  }),
  "PowerShell 7": start({}, {
    PSModulePath: "C:\\Users\\anna\\OneDrive\\Documents\\PowerShell\\Modules;" +
      `C:\\Program Files\\PowerShell\\Modules;${DESKTOP.PSModulePath}`,
  }),
  "a service of the system": start({}, {
    USERPROFILE: "C:\\WINDOWS\\system32\\config\\systemprofile",
  }),
  "a service of LocalService": start({}, {
    USERPROFILE: "C:\\Windows\\ServiceProfiles\\LocalService",
  }),
};
for (const [name, other] of Object.entries(OTHERS)) {
  Deno.test(`isDoubleClick() takes ${name} for no double click`, () => {
    assert.equal(isDoubleClick(other), false);
  });
}

Deno.test("isDoubleClick() takes no double click for granted where nothing is known", () => {
  assert.equal(isDoubleClick({ ...start(), env: () => undefined }), false);
});

const env = (name: string) => DESKTOP[name];
const DOCUMENTS = "C:\\Users\\anna\\Documents\\mqttrec";

Deno.test("filesFolder() is exports beside the program", () => {
  assert.deepEqual(filesFolder("C:\\mqttrec", env), { folder: "C:\\mqttrec\\exports" });
  assert.deepEqual(filesFolder("D:\\", env), { folder: "D:\\exports" });
  // A folder whose name only begins like that of Windows.
  assert.deepEqual(filesFolder("C:\\Windows7\\x", env), { folder: "C:\\Windows7\\x\\exports" });
});

Deno.test("filesFolder() is in Documents for a program inside a ZIP or started by Windows", () => {
  for (const inZip of ["Temp1_mqttrec.zip", "7zO4A1", "Rar$EXa12"]) {
    const cwd = `C:\\Users\\anna\\AppData\\Local\\Temp\\${inZip}`;
    assert.deepEqual(filesFolder(cwd, env), { folder: DOCUMENTS, why: "temporary" });
  }
  const short = (name: string) => name === "TEMP" ? "C:\\Users\\ANNA-L~1\\Temp" : env(name);
  const cwd = "C:\\Users\\anna-lena\\AppData\\Local\\Temp\\Temp1_mqttrec.zip";
  assert.equal(filesFolder(cwd, short).why, "temporary");
  assert.deepEqual(filesFolder("c:\\windows\\System32", env), { folder: DOCUMENTS, why: "system" });
});
