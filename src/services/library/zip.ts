// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT §4.3, and §4.5.3 for what is larger than 32 bits
import { crc32 } from 'node:zlib';

/** A file to be put into an archive, as it is. */
export interface ZipEntry {
  /** With no slash in it, and no other entry's. */
  readonly name: string;
  readonly modifiedAt: Date;
  /** In bytes; exactly so many come. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What the end of the archive says of an entry. */
interface Written {
  readonly name: Buffer;
  readonly moment: number;
  readonly crc: number;
  readonly size: number;
  readonly at: number;
}

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ZIP64_EXTRA = 0x0001;
/** Made on Unix, where names are UTF-8 and files have a mode: `rw-r--r--`. */
const MADE_BY = (3 << 8) | 45;
const MODE = 0o100644 * 2 ** 16;
const [PLAIN_VERSION, ZIP64_VERSION] = [20, 45];
/** The checksum comes behind the bytes, and the name is UTF-8. */
const FLAGS = 0x0808;
const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;

/**
 * Writes an archive whose files are stored as they are, for pictures do not get smaller: as they come, in the memory of one
 * chunk and of some hundred bytes an entry.
 *
 * @throws {TypeError} when of an entry other bytes come than were said
 */
export async function* writeZip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const written: Written[] = [];
  let at = 0;
  for await (const { name: text, modifiedAt, size, body } of entries) {
    const name = Buffer.from(text);
    const moment = toDosMoment(modifiedAt);
    const header = toLocal(name, moment, size);
    let [crc, come] = [0, 0];
    let isBegun = false;
    for await (const chunk of body) {
      // Not before the body is: whoever stops here closes it.
      if (!isBegun) yield header;
      isBegun = true;
      crc = crc32(chunk, crc);
      come += chunk.byteLength;
      yield chunk;
    }
    if (!isBegun) yield header;
    if (come !== size) throw new TypeError(`of ${size} bytes of an entry ${come} have come`);
    const descriptor = toDescriptor(crc, size);
    yield descriptor;
    written.push({ name, moment, crc, size, at });
    at += header.length + size + descriptor.length;
  }
  const begin = at;
  for (const entry of written) {
    const record = toCentral(entry);
    at += record.length;
    yield record;
  }
  yield toEnd({ entries: written.length, at: begin, size: at - begin });
}

const isLarge = (value: number): boolean => value >= MAX_32;

function toLocal(name: Buffer, moment: number, size: number): Buffer {
  // A reader learns here of how many bytes the sizes are that come behind the file.
  const extra = isLarge(size) ? toExtra([0, 0]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(LOCAL, 0);
  header.writeUInt16LE(isLarge(size) ? ZIP64_VERSION : PLAIN_VERSION, 4);
  header.writeUInt16LE(FLAGS, 6);
  header.writeUInt32LE(moment, 10);
  if (isLarge(size)) header.writeUInt32LE(MAX_32, 18);
  if (isLarge(size)) header.writeUInt32LE(MAX_32, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

function toDescriptor(crc: number, size: number): Buffer {
  const descriptor = Buffer.alloc(isLarge(size) ? 24 : 16);
  descriptor.writeUInt32LE(DESCRIPTOR, 0);
  descriptor.writeUInt32LE(crc, 4);
  if (isLarge(size)) {
    descriptor.writeBigUInt64LE(BigInt(size), 8);
    descriptor.writeBigUInt64LE(BigInt(size), 16);
  } else {
    descriptor.writeUInt32LE(size, 8);
    descriptor.writeUInt32LE(size, 12);
  }
  return descriptor;
}

function toCentral({ name, moment, crc, size, at }: Written): Buffer {
  const large = [...(isLarge(size) ? [size, size] : []), ...(isLarge(at) ? [at] : [])];
  const extra = large.length === 0 ? Buffer.alloc(0) : toExtra(large);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(CENTRAL, 0);
  record.writeUInt16LE(MADE_BY, 4);
  record.writeUInt16LE(large.length === 0 ? PLAIN_VERSION : ZIP64_VERSION, 6);
  record.writeUInt16LE(FLAGS, 8);
  record.writeUInt32LE(moment, 12);
  record.writeUInt32LE(crc, 16);
  record.writeUInt32LE(Math.min(size, MAX_32), 20);
  record.writeUInt32LE(Math.min(size, MAX_32), 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt32LE(MODE, 38);
  record.writeUInt32LE(Math.min(at, MAX_32), 42);
  return Buffer.concat([record, name, extra]);
}

interface Directory {
  readonly entries: number;
  readonly at: number;
  readonly size: number;
}

function toEnd(directory: Directory): Buffer {
  const { entries, at, size } = directory;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(Math.min(entries, MAX_16), 8);
  end.writeUInt16LE(Math.min(entries, MAX_16), 10);
  end.writeUInt32LE(Math.min(size, MAX_32), 12);
  end.writeUInt32LE(Math.min(at, MAX_32), 16);
  const isPlain = entries < MAX_16 && !isLarge(at) && !isLarge(size);
  return isPlain ? end : Buffer.concat([toEnd64(directory), end]);
}

function toEnd64({ entries, at, size }: Directory): Buffer {
  const end = Buffer.alloc(56);
  end.writeUInt32LE(END_64, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(MADE_BY, 12);
  end.writeUInt16LE(ZIP64_VERSION, 14);
  for (const [index, value] of [entries, entries, size, at].entries())
    end.writeBigUInt64LE(BigInt(value), 24 + 8 * index);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(LOCATOR_64, 0);
  locator.writeBigUInt64LE(BigInt(at + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end, locator]);
}

function toExtra(values: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(ZIP64_EXTRA, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return extra;
}

/** The years that two seconds and seven bits can say. */
const FIRST_YEAR = 1980;
const LAST_YEAR = 2107;

/** Time below, date above, in UTC, to two seconds. */
function toDosMoment(moment: Date): number {
  const year = Math.min(Math.max(moment.getUTCFullYear(), FIRST_YEAR), LAST_YEAR) - FIRST_YEAR;
  const date = (year << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate();
  const time = (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1);
  return date * 2 ** 16 + time;
}
