// https://aomediacodec.github.io/av1-avif/ and ISO/IEC 14496-12, 8.11: the meta box

import { scrubDescription } from './avif-descriptions.ts';
import {
  type Box,
  brokenBox,
  type Extent,
  eraseBox,
  type Fields,
  gapsBetween,
  mergeExtents,
  readBoxes,
  readFields,
} from './boxes.ts';
import { ImageError } from './image-error.ts';
import type { CheckSize } from './image-size.ts';

/** What a meta box says of the items that draw the image. */
export interface Items {
  /** The size of the primary item, and how it is turned; absent where the box names none. */
  readonly primary?: { readonly width: number; readonly height: number; readonly orientation: number };
  /** Where the file holds items that are not drawn, such as EXIF and XMP. */
  readonly privateExtents: readonly Extent[];
  /** Where the file holds items that are drawn. */
  readonly drawnExtents: readonly Extent[];
  /** Where the last item ends in the file. */
  readonly end: number;
}

interface Item {
  readonly type: string;
  readonly typeAt: number;
}

interface Location {
  readonly id: number;
  readonly method: number;
  readonly extents: readonly Extent[];
}

/** The parts of a meta box that may stay, each at most once. */
const KEPT_BOXES = new Set(['hdlr', 'pitm', 'iinf', 'iloc', 'iref', 'iprp', 'idat', 'dinf', 'grpl']);
/** Items that draw: AV1 pictures, what is made of them, and the description of a gain map. */
const PICTURES = ['av01', 'grid'];
const KEPT_ITEMS = new Set([...PICTURES, 'iovl', 'iden', 'tmap', 'sato']);
/** The properties that say how an item is drawn. Others describe it in people's words, date it, or are not known. */
const KEPT_PROPERTIES = new Set(
  'ispe pixi av1C colr pasp clap irot imir auxC clli mdcv cclv amve reve ndwt a1op lsel a1lx iscl rloc'.split(' '),
);
/** A type that no decoder knows, so that none looks into what was erased. */
const ERASED_ITEM = 'skip';

const IN_FILE = 0;
const IN_BOX = 1;
// A grid has some hundreds.
const MAX_EXTENTS = 10_000;

function readVersion(fields: Fields): { readonly version: number; readonly flags: number } {
  return { version: fields.uint(1), flags: fields.uint(3) };
}

function keepKnownBoxes(bytes: Buffer, meta: Box): ReadonlyMap<string, Box> {
  const kept = new Map<string, Box>();
  for (const box of readBoxes(bytes, meta.body + 4, meta.end)) {
    if (!KEPT_BOXES.has(box.type)) eraseBox(bytes, box);
    else if (kept.has(box.type)) throw brokenBox();
    else kept.set(box.type, box);
  }
  return kept;
}

function readItems(bytes: Buffer, box: Box | undefined): ReadonlyMap<number, Item> {
  const items = new Map<number, Item>();
  if (box === undefined) return items;
  const list = readFields(bytes, box.body, box.end);
  list.uint(readVersion(list).version === 0 ? 2 : 4);
  for (const entry of readBoxes(bytes, list.position(), box.end)) {
    const fields = readFields(bytes, entry.body, entry.end);
    const { version } = readVersion(fields);
    const id = fields.uint(version === 2 ? 2 : 4);
    fields.uint(2);
    if (entry.type !== 'infe' || version < 2 || version > 3 || items.has(id)) throw brokenBox();
    items.set(id, { typeAt: fields.position(), type: fields.type() });
    // A name, and the media type or address of what is not drawn.
    bytes.fill(0, fields.position(), entry.end);
  }
  return items;
}

function readLocations(bytes: Buffer, box: Box | undefined): readonly Location[] {
  if (box === undefined) return [];
  const fields = readFields(bytes, box.body, box.end);
  const { version } = readVersion(fields);
  const sizes = [fields.uint(1), fields.uint(1)].flatMap((pair) => [pair >> 4, pair & 15]);
  const [offsetSize = 0, lengthSize = 0, baseSize = 0, indexSize = 0] = sizes;
  if (version > 2 || sizes.some((size) => size !== 0 && size !== 4 && size !== 8)) throw brokenBox();

  let extentsLeft = MAX_EXTENTS;
  const readExtent = (base: number): Extent => {
    if (version > 0) fields.uint(indexSize);
    const start = base + fields.uint(offsetSize);
    const end = start + fields.uint(lengthSize);
    // To some readers an empty extent runs to the end of the file, to others it is nothing.
    if (start === end) throw new ImageError('avif-unknown-length');
    return { start, end };
  };
  const readLocation = (): Location => {
    const id = fields.uint(version === 2 ? 4 : 2);
    const method = version === 0 ? IN_FILE : fields.uint(2) & 15;
    if (fields.uint(2) !== 0) throw new ImageError('avif-external-data');
    const base = fields.uint(baseSize);
    const count = fields.uint(2);
    extentsLeft -= count;
    if (extentsLeft < 0) throw brokenBox();
    return { id, method, extents: Array.from({ length: count }, () => readExtent(base)) };
  };
  return readAll(fields.uint(version === 2 ? 4 : 2), readLocation);
}

/** Calls `read` as often as a count from the file says; `read` throws when the bytes run out. */
function readAll<Value>(count: number, read: () => Value): readonly Value[] {
  const values: Value[] = [];
  while (values.length < count) values.push(read());
  return values;
}

/** Erases of the meta box's own data what holds metadata, and what no item that is drawn names. */
function eraseData(bytes: Buffer, metadata: readonly Extent[], drawn: readonly Extent[], idat: Box | undefined): void {
  const length = idat === undefined ? 0 : idat.end - idat.body;
  if (metadata.some(({ end }) => end > length)) throw brokenBox();
  if (idat === undefined) return;
  for (const { start, end } of [...metadata, ...gapsBetween(mergeExtents(drawn), { start: 0, end: length })]) {
    bytes.fill(0, idat.body + start, idat.body + end);
  }
}

/** What is turned by quarters against the clock, and then mirrored: not at all, top to bottom, left to right. */
const ORIENTATIONS = [
  [1, 8, 3, 6],
  [4, 5, 2, 7],
  [2, 7, 4, 5],
];

/** The properties of items that say their size and how they are turned, by their numbers. */
interface Properties {
  readonly sizes: ReadonlyMap<number, readonly number[]>;
  readonly quarters: ReadonlyMap<number, number>;
  readonly axes: ReadonlyMap<number, number>;
}

/** Browsers apply no clean aperture (`clap`), so that it changes no size. */
function scrubProperties(bytes: Buffer, iprp: Box, check: CheckSize): Properties {
  const sizes = new Map<number, readonly number[]>();
  const turns = { irot: new Map<number, number>(), imir: new Map<number, number>() };
  const container = readBoxes(bytes, iprp.body, iprp.end).find(({ type }) => type === 'ipco');
  const properties = container === undefined ? [] : readBoxes(bytes, container.body, container.end);
  for (const [index, property] of properties.entries()) {
    if (KEPT_PROPERTIES.has(property.type)) scrubDescription(bytes, property);
    else eraseBox(bytes, property);
    if (property.type === 'irot' || property.type === 'imir') {
      turns[property.type].set(index + 1, readFields(bytes, property.body, property.end).uint(1));
    }
    if (property.type !== 'ispe') continue;
    const fields = readFields(bytes, property.body + 4, property.end);
    const [width, height] = [fields.uint(4), fields.uint(4)];
    if (width === 0 || height === 0) throw new ImageError('avif-no-size');
    check({ width, height, frames: 1 });
    sizes.set(index + 1, [width, height]);
  }
  return { sizes, quarters: turns.irot, axes: turns.imir };
}

/** Lists the numbers of the properties that belong to an item. */
function readAssociations(bytes: Buffer, iprp: Box, itemId: number): readonly number[] {
  const found: number[] = [];
  for (const box of readBoxes(bytes, iprp.body, iprp.end).filter(({ type }) => type === 'ipma')) {
    const fields = readFields(bytes, box.body, box.end);
    const { version, flags } = readVersion(fields);
    const wide = (flags & 1) === 1;
    const readEntry = (): void => {
      const id = fields.uint(version === 0 ? 2 : 4);
      const numbers = readAll(fields.uint(1), () => fields.uint(wide ? 2 : 1) & (wide ? 0x7fff : 0x7f));
      if (id === itemId) found.push(...numbers);
    };
    for (let left = fields.uint(4); left > 0; left -= 1) readEntry();
  }
  return found;
}

function readPrimary(
  bytes: Buffer,
  boxes: ReadonlyMap<string, Box>,
  items: ReadonlyMap<number, Item>,
  check: CheckSize,
) {
  const iprp = boxes.get('iprp');
  const properties = iprp && scrubProperties(bytes, iprp, check);
  const pitm = boxes.get('pitm');
  if (pitm === undefined) return undefined;
  const fields = readFields(bytes, pitm.body, pitm.end);
  const id = fields.uint(readVersion(fields).version === 0 ? 2 : 4);
  const numbers = iprp === undefined ? [] : readAssociations(bytes, iprp, id);
  const [width, height] = firstOf(numbers, properties?.sizes) ?? [];
  if (width === undefined || height === undefined || !PICTURES.includes(items.get(id)?.type ?? '')) {
    throw new ImageError('avif-no-av1-picture');
  }
  return { id, width, height, orientation: readOrientation(numbers, properties) };
}

const firstOf = <Value>(numbers: readonly number[], values?: ReadonlyMap<number, Value>): Value | undefined =>
  numbers.map((number) => values?.get(number)).find((value) => value !== undefined);

function readOrientation(numbers: readonly number[], properties: Properties | undefined): number {
  const axis = firstOf(numbers, properties?.axes);
  const quarters = (firstOf(numbers, properties?.quarters) ?? 0) & 3;
  return ORIENTATIONS[axis === undefined ? 0 : 1 + (axis & 1)]?.[quarters] ?? 1;
}

/** Erases, without moving the rest, what a meta box holds besides pictures, and says where the file holds more of it. */
export function scrubItems(bytes: Buffer, meta: Box, check: CheckSize): Items {
  const boxes = keepKnownBoxes(bytes, meta);
  for (const box of boxes.values()) scrubDescription(bytes, box);
  const items = readItems(bytes, boxes.get('iinf'));
  const primary = readPrimary(bytes, boxes, items, check);
  const locations = readLocations(bytes, boxes.get('iloc'));
  if (primary !== undefined && !locations.some(({ id, extents }) => id === primary.id && extents.length > 0)) {
    throw new ImageError('avif-picture-without-data');
  }
  const isDrawn = ({ id }: Location): boolean => KEPT_ITEMS.has(items.get(id)?.type ?? '');
  const drawn = locations.filter(isDrawn);
  const notDrawn = locations.filter((location) => !isDrawn(location));
  if (notDrawn.some(({ method }) => method > IN_BOX)) throw brokenBox();
  eraseData(bytes, extentsBy(IN_BOX, notDrawn), extentsBy(IN_BOX, drawn), boxes.get('idat'));
  for (const { type, typeAt } of items.values()) {
    if (!KEPT_ITEMS.has(type)) bytes.write(ERASED_ITEM, typeAt, 'latin1');
  }
  return {
    ...(primary && { primary }),
    privateExtents: extentsBy(IN_FILE, notDrawn),
    drawnExtents: extentsBy(IN_FILE, drawn),
    end: extentsBy(IN_FILE, locations).reduce((last, extent) => Math.max(last, extent.end), 0),
  };
}

function extentsBy(method: number, locations: readonly Location[]): readonly Extent[] {
  return locations.flatMap((location) => (location.method === method ? location.extents : []));
}
