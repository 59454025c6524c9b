import type { ImageFilter, ImageOrientation, ImagePlace, ImageRecord } from '../../ports/image-records.ts';
import { toWords } from './words.ts';

/** What of a row is compared. */
interface Compared {
  readonly bucket: string;
  readonly key: string;
  readonly searched: string;
  /** The record as JSON, which is looked at for its measures alone. */
  readonly record: string;
}

/** What an index of terms leaves open of a filter, for a database that cannot compare parts of texts itself. */
interface Rest {
  /** Whether all is told by terms. */
  readonly isEmpty: boolean;
  /** What of a row is compared: of the others nothing has to be fetched. */
  readonly fields: readonly (keyof Compared)[];
  holdsOf(row: Compared): boolean;
}

/** Makes it: words, prefixes that end within a name, and measures. */
export function toRest({ within, text = '', minWidth, orientation }: ImageFilter): Rest {
  const words = toWords(text);
  const isTold = within.every((place) => 'key' in place || place.prefix === '' || place.prefix.endsWith('/'));
  const isMeasured = minWidth !== undefined || orientation !== undefined;
  return {
    isEmpty: isTold && words.length === 0 && !isMeasured,
    fields: isMeasured ? ['bucket', 'key', 'searched', 'record'] : ['bucket', 'key', 'searched'],
    holdsOf: (row) =>
      words.every((word) => row.searched.includes(word)) &&
      within.some((place) => isWithin(row, place)) &&
      (!isMeasured || isOfMeasure(row, minWidth, orientation)),
  };
}

const isWithin = ({ bucket, key }: Compared, place: ImagePlace): boolean =>
  bucket === place.bucket && ('key' in place ? key === place.key : key.startsWith(place.prefix));

function isOfMeasure({ record }: Compared, minWidth = 0, orientation?: ImageOrientation): boolean {
  // What it is of the rest is checked when the record is read back.
  const { width, height }: Partial<ImageRecord> = JSON.parse(record);
  if (width === undefined || width < minWidth) return false;
  return orientation === undefined || (height !== undefined && toOrientation(width, height) === orientation);
}

const toOrientation = (width: number, height: number): ImageOrientation =>
  width > height ? 'landscape' : width < height ? 'portrait' : 'square';
