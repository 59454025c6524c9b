// https://learn.microsoft.com/windows/win32/gdi/bitmap-storage and https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10) (icons)

/** A picture as its pixels: red, green, blue and alpha, row by row from the top. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** The colours of pictures with a palette; the second half of them is dark. */
const PALETTE: readonly (readonly [red: number, green: number, blue: number])[] = Array.from(
  { length: 256 },
  (_, index) => [(index * 37) % 256, (index * 91 + 40) % 256, 255 - index],
);

/** Draws a picture of so many colours of the palette. */
function drawIndexed(width: number, height: number, colours: number): { indexes: number[][]; pixels: Pixels } {
  const indexes = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (Math.floor(x / 3) + y * 5) % colours),
  );
  return { indexes, pixels: toPixels(width, height, (x, y) => [...(PALETTE[indexes[y]?.[x] ?? 0] ?? [0, 0, 0]), 255]) };
}

/** Draws a picture of every colour. */
export const drawColoured = (width: number, height: number, alpha?: (x: number, y: number) => number): Pixels =>
  toPixels(width, height, (x, y) => [(x * 16) % 256, (y * 24) % 256, (x * y * 8) % 256, alpha?.(x, y) ?? 255]);

type Paint = (x: number, y: number) => readonly number[];

function toPixels(width: number, height: number, paint: Paint): Pixels {
  const rgba = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rgba.set(paint(x, y), (y * width + x) * 4);
  }
  return { width, height, rgba };
}

/** What a bitmap's header says. */
interface Header {
  readonly width: number;
  /** Negative where the rows begin at the top. */
  readonly height: number;
  readonly depth: number;
  readonly compression?: number;
  /** Red, green, blue and alpha, where the compression is of fields. */
  readonly masks?: readonly number[];
  /** Bytes of the header: 12, 40, 108 or 124. */
  readonly size?: number;
  readonly colours?: number;
}

/** Writes the header of a bitmap with its masks and its palette. */
export function writeHeader({
  width,
  height,
  depth,
  compression = 0,
  masks = [],
  size = 40,
  colours = 0,
}: Header): Buffer {
  const header = Buffer.alloc(size === 40 ? 40 + masks.length * 4 : size);
  header.writeUInt32LE(size, 0);
  if (size === 12) {
    header.writeUInt16LE(width, 4);
    header.writeUInt16LE(height, 6);
    header.writeUInt16LE(1, 8);
    header.writeUInt16LE(depth, 10);
  } else {
    header.writeInt32LE(width, 4);
    header.writeInt32LE(height, 8);
    header.writeUInt16LE(1, 12);
    header.writeUInt16LE(depth, 14);
    header.writeUInt32LE(compression, 16);
    header.writeUInt32LE(colours, 32);
    for (const [index, mask] of masks.entries()) header.writeUInt32LE(mask, 40 + index * 4);
  }
  const palette = PALETTE.slice(0, colours).flatMap(([r, g, b]) => (size === 12 ? [b, g, r] : [b, g, r, 0]));
  return Buffer.concat([header, Buffer.from(palette)]);
}

/** Puts a bitmap's file together. */
export function writeFile(header: Buffer, data: Uint8Array): Buffer {
  const file = Buffer.alloc(14);
  file.write('BM');
  file.writeUInt32LE(14 + header.length + data.length, 2);
  file.writeUInt32LE(14 + header.length, 10);
  return Buffer.concat([file, header, data]);
}

/** Packs rows of numbers, each of so many bits, and fills each row to four bytes. */
function packRows(rows: readonly (readonly number[])[], bits: number): Buffer {
  return Buffer.concat(
    rows.map((row) => {
      const bytes = Buffer.alloc(Math.ceil((row.length * bits) / 32) * 4);
      for (const [x, value] of row.entries()) {
        if (bits < 8) bytes[(x * bits) >> 3] = (bytes[(x * bits) >> 3] ?? 0) | (value << (8 - bits - ((x * bits) % 8)));
        else bytes.writeUIntLE(value, (x * bits) / 8, bits / 8);
      }
      return bytes;
    }),
  );
}

/** Gives the rows of a picture as numbers made of each pixel. */
const toRows = ({ width, height, rgba }: Pixels, pack: (r: number, g: number, b: number, a: number) => number) =>
  Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray((y * width + x) * 4);
      return pack(r, g, b, a);
    }),
  );

/** Compresses rows by runs, some of them written out; from the bottom to the top, as such a bitmap is. */
function runLengths(rows: readonly (readonly number[])[], bits: 4 | 8): Buffer {
  const out: number[] = [];
  for (const row of rows.toReversed()) {
    // The first pixels as they are, the others as runs.
    const plain = row.slice(0, 5);
    const bytes = bits === 8 ? plain : [0, 2, 4].map((x) => ((plain[x] ?? 0) << 4) | (plain[x + 1] ?? 0));
    out.push(0, plain.length, ...bytes, ...(bytes.length % 2 === 0 ? [] : [0]));
    for (let x = 5; x < row.length; ) {
      const value = row[x] ?? 0;
      let length = 1;
      while (row[x + length] === value) length += 1;
      out.push(length, bits === 8 ? value : (value << 4) | value);
      x += length;
    }
    out.push(0, 0);
  }
  return Buffer.from([...out, 0, 1]);
}

const to24 = (r: number, g: number, b: number): number => (r << 16) | (g << 8) | b;
const to32 = (r: number, g: number, b: number, a: number): number => to24(r, g, b) + a * 2 ** 24;
const to565 = (r: number, g: number, b: number): number => ((r >> 3) << 11) | ((g >> 2) << 5) | (b >> 3);
const to555 = (r: number, g: number, b: number): number => ((r >> 3) << 10) | ((g >> 3) << 5) | (b >> 3);

const [WIDTH, HEIGHT] = [21, 13];
const indexedOf = (depth: 1 | 4 | 8) => drawIndexed(WIDTH, HEIGHT, 2 ** depth);

/** A file, and what is to be seen in it, but for so much a channel. */
export interface Sample {
  readonly name: string;
  readonly bytes: Buffer;
  readonly pixels: Pixels;
  readonly tolerance: number;
}

function sampleOf(
  name: string,
  header: Omit<Header, 'width' | 'height'>,
  options: Partial<Sample> & { rows?: number[][]; data?: Buffer; isTopDown?: boolean },
): Sample {
  const { pixels = drawColoured(WIDTH, HEIGHT), rows = [], isTopDown = false, tolerance = 0 } = options;
  const written = writeHeader({ width: WIDTH, height: isTopDown ? -HEIGHT : HEIGHT, ...header });
  const data = options.data ?? packRows(isTopDown ? rows : rows.toReversed(), header.depth);
  return { name, bytes: writeFile(written, data), pixels, tolerance };
}

/** Bitmaps of every depth and form that programs write. */
export function bitmaps(): readonly Sample[] {
  const [one, four, eight] = [indexedOf(1), indexedOf(4), indexedOf(8)];
  const coloured = drawColoured(WIDTH, HEIGHT);
  const clear = drawColoured(WIDTH, HEIGHT, (x, y) => (x * 12 + y) % 256);
  const masks = [0xff0000, 0xff00, 0xff];
  return [
    sampleOf('1 bit', { depth: 1, colours: 2 }, { rows: one.indexes, pixels: one.pixels }),
    sampleOf('4 bits', { depth: 4, colours: 16 }, { rows: four.indexes, pixels: four.pixels }),
    sampleOf('8 bits', { depth: 8, colours: 256 }, { rows: eight.indexes, pixels: eight.pixels }),
    sampleOf('8 bits of OS/2', { depth: 8, colours: 256, size: 12 }, { rows: eight.indexes, pixels: eight.pixels }),
    sampleOf('16 bits', { depth: 16 }, { rows: toRows(coloured, to555), tolerance: 8 }),
    sampleOf(
      '16 bits by fields',
      { depth: 16, compression: 3, masks: [0xf800, 0x7e0, 0x1f] },
      { rows: toRows(coloured, to565), tolerance: 8 },
    ),
    sampleOf('24 bits', { depth: 24 }, { rows: toRows(coloured, to24) }),
    sampleOf('24 bits of OS/2', { depth: 24, size: 12 }, { rows: toRows(coloured, to24) }),
    sampleOf('24 bits from the top', { depth: 24 }, { rows: toRows(coloured, to24), isTopDown: true }),
    sampleOf('32 bits', { depth: 32 }, { rows: toRows(coloured, to24) }),
    sampleOf('32 bits by fields', { depth: 32, compression: 3, masks }, { rows: toRows(coloured, to24) }),
    sampleOf(
      '32 bits with alpha',
      { depth: 32, compression: 3, masks: [...masks, 0xff000000], size: 108 },
      { rows: toRows(clear, to32), pixels: clear },
    ),
    sampleOf(
      'runs of 8 bits',
      { depth: 8, colours: 256, compression: 1 },
      { data: runLengths(eight.indexes, 8), pixels: eight.pixels },
    ),
    sampleOf(
      'runs of 4 bits',
      { depth: 4, colours: 16, compression: 2 },
      { data: runLengths(four.indexes, 4), pixels: four.pixels },
    ),
  ];
}

/** A picture in an icon. */
interface IconPicture {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly bytes: Uint8Array;
}

/** Puts an icon together, or by the kind 2 a cursor. */
export function icon(pictures: readonly IconPicture[], kind: 1 | 2 = 1): Buffer {
  const directory = Buffer.alloc(6 + pictures.length * 16);
  directory.writeUInt16LE(kind, 2);
  directory.writeUInt16LE(pictures.length, 4);
  let offset = directory.length;
  for (const [index, { width, height, depth, bytes }] of pictures.entries()) {
    const at = 6 + index * 16;
    directory.writeUInt8(width % 256, at);
    directory.writeUInt8(height % 256, at + 1);
    directory.writeUInt16LE(1, at + 4);
    directory.writeUInt16LE(depth, at + 6);
    directory.writeUInt32LE(bytes.length, at + 8);
    directory.writeUInt32LE(offset, at + 12);
    offset += bytes.length;
  }
  return Buffer.concat([directory, ...pictures.map(({ bytes }) => bytes)]);
}

const isClear = (x: number, y: number): boolean => (x + y) % 3 === 0;

/** Bitmaps as they are in icons: without a file's header, and with a mask of what is transparent below them. */
export function iconPictures(): readonly (Sample & { readonly depth: number })[] {
  const { indexes, pixels } = indexedOf(8);
  const mask = packRows(indexes.map((row, y) => row.map((_, x) => Number(isClear(x, y)))).toReversed(), 1);
  const build = (
    name: string,
    depth: number,
    colours: number,
    rows: readonly (readonly number[])[],
    shown: Pixels,
  ) => ({
    name,
    depth,
    bytes: Buffer.concat([
      writeHeader({ width: WIDTH, height: HEIGHT * 2, depth, colours }),
      packRows(rows.toReversed(), depth),
      mask,
    ]),
    pixels: shown,
    tolerance: 0,
  });
  const masked = (shown: Pixels): Pixels => ({
    ...shown,
    rgba: shown.rgba.map((value, at) => {
      const pixel = Math.floor(at / 4);
      return at % 4 === 3 ? (isClear(pixel % WIDTH, Math.floor(pixel / WIDTH)) ? 0 : 255) : value;
    }),
  });
  const coloured = drawColoured(WIDTH, HEIGHT);
  const shaded = drawColoured(WIDTH, HEIGHT, (x, y) => (x * 12 + y + 1) % 256);
  return [
    build('8 bits under a mask', 8, 256, indexes, masked(pixels)),
    build('24 bits under a mask', 24, 0, toRows(coloured, to24), masked(coloured)),
    build('32 bits with alpha', 32, 0, toRows(shaded, to32), shaded),
    build('32 bits without alpha, under a mask', 32, 0, toRows(coloured, to24), masked(coloured)),
  ];
}
