/** Whether a Python is there that reads what we write. */

/** Python refuses NUL in CSV before 3.11. */
export async function pythonReads(): Promise<boolean> {
  try {
    const { stdout } = await new Deno.Command("python3", {
      args: ["-c", "import sys; print(sys.version_info >= (3, 11))"],
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim() === "True";
  } catch {
    return false;
  }
}
