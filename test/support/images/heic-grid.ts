// https://www.iso.org/standard/83650.html (ISO/IEC 23008-12, 6.6.2.3: grids)

const u16 = (...values: readonly number[]): Buffer => Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));
const u32 = (value: number): Buffer => u16(value >>> 16, value & 0xffff);
const text = (letters: string): Buffer => Buffer.from(letters, 'latin1');

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(8 + body.length), text(type), body]);
}
const full = (type: string, version: number, flags: number, ...parts: readonly Buffer[]): Buffer =>
  box(type, u32(version * 2 ** 24 + flags), ...parts);

/** Cuts a box out of a file, by its type alone. */
function take(file: Buffer, type: string): Buffer {
  const at = file.indexOf(type) - 4;
  return file.subarray(at, at + file.readUInt32BE(at));
}

/**
 * Lays a HEIC of one image out as phones write theirs: a grid of that image, three times two, whose last column and row are cut,
 * turned by 90 degrees to the left `turns` times.
 */
export function toGrid(
  tile: Buffer,
  size: { readonly width: number; readonly height: number; readonly turns: number },
): Buffer {
  const tiles = [1, 2, 3, 4, 5, 6];
  const grid = 7;
  const [coded, layout] = [
    take(tile, 'mdat').subarray(8),
    Buffer.concat([Buffer.from([0, 0, 1, 2]), u16(size.width, size.height)]),
  ];
  const items = [...tiles.map((id) => [id, 'hvc1', 1] as const), [grid, 'grid', 0] as const];
  const whole = full('ispe', 0, 0, u32(size.width), u32(size.height));
  const properties = [
    take(tile, 'hvcC'),
    take(tile, 'ispe'),
    take(tile, 'colr'),
    whole,
    box('irot', Buffer.from([size.turns])),
  ];
  const uses = items.flatMap(([id, type]) => {
    const numbers = type === 'hvc1' ? [129, 2, 3] : [4, 3, 133];
    return [u16(id), Buffer.from([numbers.length, ...numbers])];
  });
  const write = (dataAt: number): Buffer => {
    const places = items.flatMap(([id, type]) => {
      const [offset, length] = type === 'hvc1' ? [dataAt, coded.length] : [dataAt + coded.length, layout.length];
      return [u16(id, 0, 1), u32(offset), u32(length)];
    });
    const meta = full(
      ...(['meta', 0, 0] as const),
      full('hdlr', 0, 0, u32(0), text('pict'), Buffer.alloc(13)),
      full('pitm', 0, 0, u16(grid)),
      full('iloc', 0, 0, u16(0x4400, items.length), ...places),
      full(
        'iinf',
        0,
        0,
        u16(items.length),
        ...items.map(([id, type, flags]) => full('infe', 2, flags, u16(id, 0), text(`${type}\0`))),
      ),
      full('iref', 0, 0, box('dimg', u16(grid, tiles.length, ...tiles))),
      box('iprp', box('ipco', ...properties), full('ipma', 0, 0, u32(items.length), ...uses)),
    );
    return Buffer.concat([box('ftyp', text('heic\0\0\0\0mif1heic')), meta, box('mdat', coded, layout)]);
  };
  return write(write(0).length - coded.length - layout.length);
}
