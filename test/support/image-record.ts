import { randomBytes } from 'node:crypto';
import type { ImageRecord } from '../../src/ports/image-records.ts';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A new ULID of no time. */
export const newImageId = (): string =>
  `0${[...randomBytes(25)].map((byte) => CROCKFORD[byte % CROCKFORD.length]).join('')}`;

/** A record of a picture that nobody has said anything of, but for what is given. */
export const imageRecord = (given: Partial<ImageRecord> = {}): ImageRecord => ({
  imageId: newImageId(),
  bucket: 'images',
  key: '2026/01/a.png',
  title: '',
  originalName: '',
  description: '',
  tags: [],
  albumIds: [],
  contentType: 'image/png',
  size: 1,
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
  updatedAt: new Date('2026-01-02T03:04:05.678Z'),
  ...given,
});

/** The ULID of a number. */
export const numberedImageId = (number: number): string => String(number).padStart(26, '0');
