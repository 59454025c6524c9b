import { describe, expect, it } from 'vitest';
import type { Transformation } from '../../../../src/ports/image-transformer.ts';
import type { UploadRule } from '../../../../src/services/buckets/upload-rules.ts';
import { applyUploadRule } from '../../../../src/services/uploads/apply-upload-rule.ts';
import { ReceivedImage } from '../../../../src/services/uploads/received-image.ts';
import { errorOf } from '../../../support/refusal.ts';

const RULE: UploadRule = { format: 'keep', keepOriginal: true };
const MARK = { picture: 'AAAA', position: 'center', opacity: 50, scale: 20 } as const;

const received = (facts: Partial<ReceivedImage> = {}): ReceivedImage =>
  new ReceivedImage({
    ...{ originalName: 'a.jpg', contentType: 'image/jpeg', extension: 'jpg', width: 400, height: 300, frames: 1 },
    ...{ size: 1000, receivedSize: 1200, removed: [], sha256: 'aa', body: new Uint8Array(1000) },
    discard: async () => undefined,
    ...facts,
  });

/** Makes pictures of so many bytes, and notes what was asked for. */
const making = (bytes: number, size = { width: 400, height: 300 }) => {
  const asked: Transformation[] = [];
  const transform = async (_read: unknown, to: Transformation) => {
    asked.push(to);
    return { bytes: new Uint8Array(bytes), contentType: `image/${to.format}`, ...size };
  };
  return { asked, transform };
};

describe('applyUploadRule', () => {
  it.each([
    ['a side that is short enough', { maxSide: 400 }, {}],
    ['the format that it has', { format: 'webp' as const }, { contentType: 'image/webp', extension: 'webp' }],
    ['a quality, of what loses none', { quality: 10 }, { contentType: 'image/png', extension: 'png' }],
    ['an SVG', { watermark: MARK }, { contentType: 'image/svg+xml', extension: 'svg' }],
    ['a moving PNG', { watermark: MARK }, { contentType: 'image/png', extension: 'png', frames: 3 }],
    ['a moving AVIF', { maxSide: 16 }, { contentType: 'image/avif', extension: 'avif', frames: 3 }],
  ])('makes nothing of %s', async (_, rule, facts) => {
    const { asked, transform } = making(10);
    const image = received(facts);

    const ruled = await applyUploadRule({ ...RULE, ...rule }, image, { transform });

    expect(ruled).toEqual({ image, keepsOriginal: false });
    expect(asked).toEqual([]);
  });

  it('keeps what came where the same picture would take as many bytes', async () => {
    const image = received();

    const ruled = await applyUploadRule({ ...RULE, format: 'webp' }, image, making(1000));

    expect(ruled).toEqual({ image, keepsOriginal: false });
  });

  it('takes more bytes for a smaller picture and for a watermark', async () => {
    const smaller = await applyUploadRule(
      { ...RULE, maxSide: 40 },
      received(),
      making(2000, { width: 40, height: 30 }),
    );
    const marked = await applyUploadRule({ ...RULE, watermark: MARK }, received(), making(2000));

    for (const { image, keepsOriginal } of [smaller, marked]) {
      expect(image.size).toBe(2000);
      expect(keepsOriginal).toBe(true);
    }
  });

  it('tells what it came as, its own hash and what was taken out of it', async () => {
    const { image } = await applyUploadRule({ ...RULE, format: 'avif' }, received({ removed: ['gps'] }), making(10));

    expect(image).toMatchObject({
      ...{ contentType: 'image/avif', extension: 'avif', cameAs: 'image/jpeg', size: 10, receivedSize: 1200 },
      ...{ removed: ['gps'], originalName: 'a.jpg' },
    });
    expect(image.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['gif', 'keep', 'gif'],
    ['gif', 'avif', 'webp'],
    ['webp', 'avif', 'webp'],
    ['webp', 'keep', 'webp'],
  ] as const)('makes of a moving %s for %s a %s', async (extension, format, made) => {
    const { asked, transform } = making(10);

    await applyUploadRule(
      { ...RULE, format, watermark: MARK },
      received({ contentType: `image/${extension}`, extension, frames: 2 }),
      { transform },
    );

    expect(asked).toMatchObject([{ format: made, isAnimated: true }]);
  });

  it('refuses what it cannot carry out, and says why', async () => {
    const without = await errorOf(applyUploadRule({ ...RULE, maxSide: 40 }, received(), undefined));
    const size = 64 * 1024 * 1024 + 1;
    const beyond = await errorOf(applyUploadRule({ ...RULE, maxSide: 40 }, received({ size }), making(10)));

    expect(without?.code).toBe('NotImplemented');
    expect(without?.text.en).toContain('bucket/removeUploadRule');
    expect(beyond).toMatchObject({ code: 'EntityTooLarge', details: { size } });
  });
});
