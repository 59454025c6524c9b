import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { ImageFacts } from '../../../src/images/index.ts';

/** An image made by a real encoder; see README.md beside this file for how. */
interface Fixture {
  readonly name: string;
  readonly bytes: Buffer;
  readonly facts: ImageFacts;
  /** Whether it carries anything that must go. */
  readonly clean: boolean;
}

const FORMATS: ReadonlyMap<string, ImageFacts['format']> = new Map([
  ['.png', 'png'],
  ['.jpg', 'jpeg'],
  ['.gif', 'gif'],
  ['.webp', 'webp'],
  ['.avif', 'avif'],
]);

function fixture(
  name: string,
  [width, height, frames, orientation = 1]: readonly [number, number, number, orientation?: number],
  clean = false,
): Fixture {
  const format = FORMATS.get(extname(name));
  if (format === undefined) throw new TypeError(`${name} has no known extension`);
  const bytes = readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  return { name, bytes, clean, facts: { format, width, height, frames, orientation } };
}

/** Every committed image. */
export const FIXTURES: readonly Fixture[] = [
  fixture('gps-xmp-iptc-thumbnail.jpg', [32, 48, 1, 6]),
  fixture('mpf.jpg', [48, 32, 1]),
  fixture('progressive.jpg', [48, 32, 1], true),
  fixture('cmyk-adobe.jpg', [48, 32, 1], true),
  fixture('text-xmp-exif.png', [32, 48, 1, 6]),
  fixture('exiftool.png', [48, 32, 1]),
  fixture('animated.png', [32, 24, 4], true),
  fixture('palette.png', [48, 32, 1], true),
  fixture('comment.gif', [32, 24, 4]),
  fixture('comment-xmp.gif', [32, 24, 4]),
  fixture('still.gif', [32, 24, 1], true),
  fixture('exif-xmp.webp', [48, 32, 1]),
  fixture('exiftool.webp', [48, 32, 1]),
  fixture('animated-exif-xmp.webp', [32, 24, 4]),
  fixture('lossless.webp', [48, 32, 1], true),
  fixture('exif-xmp.avif', [32, 48, 1, 6]),
  fixture('exiftool.avif', [48, 32, 1]),
  fixture('sequence-xmp.avif', [32, 24, 4]),
  fixture('sequence-exiftool.avif', [32, 24, 4]),
  fixture('plain.avif', [48, 32, 1]),
];

/** The fixture of a name. */
export function readFixture(name: string): Fixture {
  const found = FIXTURES.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`There is no fixture ${name}`);
  return found;
}
