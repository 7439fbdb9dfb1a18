/** Finds messages with QoS 0 at the ends of a recording's files. */

/** Bytes read of each file. */
const END_BYTES = 256 * 1024;
/** A part of such a row. A payload may look like it: then more is taken as at risk than was. */
const QOS0 = {
  csv: /,0,(?:true|false),(?:true|false)(?:,.*)?\r\n/,
  json: /,"qos":0,"retain":/,
} as const;

/**
 * Whether the last rows of `<output>.csv` or `<output>.json` have QoS 0: version 0.1.0 noted that
 * only for the run in progress.
 *
 * @param output Base path of the recording.
 */
export async function holdsQos0(output: string): Promise<boolean> {
  for (const [extension, row] of Object.entries(QOS0)) {
    const end = await endOf(`${output}.${extension}`).catch(() => "");
    if (row.test(end)) return true;
  }
  return false;
}

async function endOf(path: string): Promise<string> {
  // Opening a pipe would wait for its writer; the recording refuses it later.
  if (!(await Deno.stat(path)).isFile) return "";
  using file = await Deno.open(path);
  const { size } = await file.stat();
  await file.seek(Math.max(0, size - END_BYTES), Deno.SeekMode.Start);
  const bytes = new Uint8Array(END_BYTES);
  let length = 0;
  for (let count; (count = await file.read(bytes.subarray(length))) !== null && count > 0;) {
    length += count;
  }
  return new TextDecoder("latin1").decode(bytes.subarray(0, length));
}
