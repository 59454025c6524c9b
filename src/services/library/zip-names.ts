import { fileNameOf } from '../../naming/key.ts';
import type { ImageRecord } from '../../ports/image-records.ts';

/** What some file system does not take in a name. */
const FORBIDDEN = /[\\/:*?"<>|\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
/** Of Windows, whatever follows them. */
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const MAX_CHARACTERS = 120;

/** Gives each image of an archive a name of its own, whatever the case: what it was called where it came from, or is called here. */
export function createZipNames(): (image: Pick<ImageRecord, 'originalName' | 'key'>) => string {
  const given = new Set<string>();
  /** The last copy of each name: images of mini-programs are all called the same. */
  const copies = new Map<string, number>();
  return ({ originalName, key }) => {
    const [stem, ending] = divide(toSafe(originalName || fileNameOf(key)));
    const wanted = fold(stem + ending);
    let [name, copy] = [stem + ending, copies.get(wanted) ?? 1];
    while (given.has(fold(name))) {
      copy += 1;
      name = `${stem} (${copy})${ending}`;
    }
    copies.set(wanted, copy);
    given.add(fold(name));
    return name;
  };
}

const fold = (name: string): string => name.normalize('NFC').toLowerCase();

/** A name that is a file of its folder everywhere. */
function toSafe(name: string): string {
  const safe = name
    .toWellFormed()
    .normalize('NFC')
    .replace(FORBIDDEN, '_')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  return safe === '' || DEVICES.test(safe) ? `_${safe}` : safe;
}

/** What stands before the last dot, cut where it is long, and the rest. */
function divide(name: string): readonly [string, string] {
  const dot = name.lastIndexOf('.');
  const isEnding = dot > 0 && name.length - dot <= 10;
  const [stem, ending] = isEnding ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  return [[...stem].slice(0, MAX_CHARACTERS).join('').trimEnd(), ending];
}
