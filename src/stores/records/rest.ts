import type { ImageFilter, ImagePlace } from '../../ports/image-records.ts';
import { toWords } from './words.ts';

/** What of a row is compared. */
interface Compared {
  readonly bucket: string;
  readonly key: string;
  readonly searched: string;
}

/** What an index of terms leaves open of a filter, for a database that cannot compare parts of texts itself. */
interface Rest {
  /** Whether all is told by terms. */
  readonly isEmpty: boolean;
  holdsOf(row: Compared): boolean;
}

/** Makes it: words, and prefixes that end within a name. */
export function toRest({ within, text = '' }: ImageFilter): Rest {
  const words = toWords(text);
  const isTold = within.every((place) => 'key' in place || place.prefix === '' || place.prefix.endsWith('/'));
  return {
    isEmpty: isTold && words.length === 0,
    holdsOf: (row) =>
      words.every((word) => row.searched.includes(word)) && within.some((place) => isWithin(row, place)),
  };
}

const isWithin = ({ bucket, key }: Compared, place: ImagePlace): boolean =>
  bucket === place.bucket && ('key' in place ? key === place.key : key.startsWith(place.prefix));
