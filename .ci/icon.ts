/**
 * Draws the program's icon: waves of a sender around the red dot of a recorder. Made at each
 * compilation, so that no binary file is kept.
 */

import { crc32 } from "node:zlib";
import { concatBytes } from "../lib/message/concat_bytes.ts";

/** Sizes in pixels; Explorer wants the largest as PNG, the others as bitmaps. */
const SIZES = [16, 32, 48, 256] as const;
const LARGEST = 256;

type Color = readonly [red: number, green: number, blue: number];
const TEAL: Color = [11, 95, 104], WHITE: Color = [255, 255, 255], RED: Color = [229, 62, 66];

/** The icon as a file. */
export async function makeIcon(): Promise<Uint8Array> {
  const images = await Promise.all(SIZES.map(async (size) => {
    const pixels = draw(size);
    return size === LARGEST ? await png(pixels, size) : bitmap(pixels, size);
  }));
  const directory = new DataView(new ArrayBuffer(6 + 16 * SIZES.length));
  directory.setUint16(2, 1, true); // An icon, no cursor.
  directory.setUint16(4, SIZES.length, true);
  let offset = directory.byteLength;
  for (const [i, size] of SIZES.entries()) {
    const at = 6 + 16 * i;
    directory.setUint8(at, size % 256); // 0 means 256.
    directory.setUint8(at + 1, size % 256);
    directory.setUint16(at + 4, 1, true);
    directory.setUint16(at + 6, 32, true);
    directory.setUint32(at + 8, images[i]!.length, true);
    directory.setUint32(at + 12, offset, true);
    offset += images[i]!.length;
  }
  return concatBytes([new Uint8Array(directory.buffer), ...images]);
}

/** Pixels from the top left, four bytes each: red, green, blue, opacity. */
function draw(size: number): Uint8Array {
  const pixels = new Uint8Array(4 * size * size);
  const edge = 1.2 / size;
  for (let i = 0; i < size * size; i++) {
    const x = (i % size + 0.5) / size, y = (Math.floor(i / size) + 0.5) / size;
    const fromDot = Math.hypot(x - 0.3, y - 0.7);
    let color = TEAL;
    for (const radius of [0.34, 0.54]) {
      const inFront = x > 0.3 && y < 0.7;
      if (inFront) color = mix(color, WHITE, cover(Math.abs(fromDot - radius) - 0.045, edge));
    }
    color = mix(color, RED, cover(fromDot - 0.17, edge));
    // A square with round corners.
    const corner = 0.2,
      dx = Math.abs(x - 0.5) - 0.5 + corner,
      dy = Math.abs(y - 0.5) - 0.5 + corner;
    const outside = Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) - corner;
    pixels.set([...color, Math.round(255 * cover(outside, edge))], 4 * i);
  }
  return pixels;
}

/** How much of a pixel is inside, by its distance to the border. */
function cover(distance: number, edge: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance / edge));
}

function mix(a: Color, b: Color, share: number): Color {
  const part = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share);
  return [part(0), part(1), part(2)];
}

/** A bitmap as icons hold it: twice as high for the mask, which the opacity replaces. */
function bitmap(pixels: Uint8Array, size: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(40));
  header.setUint32(0, 40, true);
  header.setInt32(4, size, true);
  header.setInt32(8, 2 * size, true);
  header.setUint16(12, 1, true);
  header.setUint16(14, 32, true);
  const rows = Array.from({ length: size }, (_, row) => {
    const line = pixels.slice(4 * size * (size - 1 - row), 4 * size * (size - row));
    for (let i = 0; i < line.length; i += 4) [line[i], line[i + 2]] = [line[i + 2]!, line[i]!];
    return line;
  });
  const mask = new Uint8Array(Math.ceil(size / 32) * 4 * size);
  return concatBytes([new Uint8Array(header.buffer), ...rows, mask]);
}

async function png(pixels: Uint8Array, size: number): Promise<Uint8Array> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, size);
  header.setUint32(4, size);
  header.setUint8(8, 8);
  header.setUint8(9, 6); // Red, green, blue, opacity.
  const rows = Array.from({ length: size }, (_, row) => [
    Uint8Array.of(0), // No filter.
    pixels.subarray(4 * size * row, 4 * size * (row + 1)),
  ]);
  const packed = new Blob([concatBytes(rows.flat())]).stream()
    .pipeThrough(new CompressionStream("deflate"));
  return concatBytes([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", new Uint8Array(await new Response(packed).arrayBuffer())),
    chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = concatBytes([new TextEncoder().encode(type), data]);
  const around = new DataView(new ArrayBuffer(8));
  around.setUint32(0, data.length);
  around.setUint32(4, crc32(named));
  const bytes = new Uint8Array(around.buffer);
  return concatBytes([bytes.subarray(0, 4), named, bytes.subarray(4)]);
}
