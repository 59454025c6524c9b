import { describe, expect, it } from 'vitest';
import { readFacts, toMetadata } from '../../../../src/services/objects/image-facts.ts';

const read = (metadata: Readonly<Record<string, string>>, contentType = 'image/jpeg') =>
  readFacts({ metadata, contentType });

describe('the facts in metadata', () => {
  it.each([
    { width: 3024, height: 4032, frames: 1 },
    { width: 1, height: 16_384, frames: 201, thumbhash: 'HBkSHYSIeHiPiHh8eJd4eTN0EEQG', color: '0a0b0c' },
  ])('are read as they were written: %j', (facts) => {
    expect(read(toMetadata(facts))).toEqual(facts);
  });

  it('are nothing where there are none', () => {
    expect(read({ owner: 'u', sha256: '00' })).toEqual({});
  });

  it.each(['image/jpeg', 'image/png', 'image/avif'])(
    'say no size of an old %s, which may have been turned since it was measured',
    (contentType) => {
      expect(read({ width: '40', height: '30' }, contentType)).toEqual({});
    },
  );

  it.each(['image/gif', 'image/webp', 'image/svg+xml'])('say the size of an old %s', (contentType) => {
    expect(read({ width: '40', height: '30' }, contentType)).toEqual({ width: 40, height: 30 });
  });

  it.each([
    ['half a size', { width: '40', frames: '1' }, { frames: 1 }],
    ['a size of nothing', { width: '0', height: '30', frames: '1' }, { frames: 1 }],
    ['a size that is no number', { width: '4e1', height: '30', frames: '1' }, { frames: 1 }],
    ['a colour by its name', { color: 'red' }, {}],
    ['a placeholder that is no base64', { thumbhash: '"><script>' }, {}],
  ])('leave out %s, which the service does not write', (_, metadata, facts) => {
    expect(read(metadata)).toEqual(facts);
  });
});
