import { describe, expect, it } from 'vitest';
import { toDownloadResponse } from '../../../../src/http/download.ts';
import { createLogger } from '../../../../src/logger.ts';
import type { RedirectSource, Transformation, VariantRedirects } from '../../../../src/ports/image-transformer.ts';
import { ANONYMOUS, type Caller } from '../../../../src/services/access/access.ts';
import { createLinks } from '../../../../src/services/objects/links.ts';
import { openVariants } from '../../../../src/services/variants/open-variants.ts';
import { BUCKET, createMemoryBed } from '../../../support/memory/bed.ts';
import { errorOf } from '../../../support/refusal.ts';

const ADDRESS = 'https://images.cos.example.com/a.jpg?q-signature=1&imageMogr2/format/webp';

/** A bed whose store makes variants of JPEGs. */
async function openRedirects() {
  const bed = await createMemoryBed();
  const owner = await bed.person();
  const asked: (readonly [RedirectSource, Transformation])[] = [];
  const redirects: VariantRedirects = {
    holdsSeconds: 3600,
    toUrl: (source, to) => {
      asked.push([source, to]);
      return source.contentType === 'image/jpeg' ? ADDRESS : undefined;
    },
  };
  const { variants } = openVariants({
    ...{ documents: bed.documents, store: bed.store, reader: bed.reader, redirects },
    recallHolder: async () => undefined,
    transformer: undefined,
    keys: [Buffer.alloc(32, 1)],
    links: createLinks(undefined),
    logger: createLogger(
      () => undefined,
      () => new Date(0),
    ),
    now: () => new Date(0),
  });
  const put = (objectName: string, contentType: string) =>
    bed.store.put(BUCKET, objectName, Buffer.from('picture'), {
      contentType,
      metadata: { owner: owner.userId, width: '1600', height: '1200' },
    });
  await put('a.jpg', 'image/jpeg');
  await put('a.png', 'image/png');
  const request = { method: 'GET', path: '', headers: new Map(), query: new URLSearchParams(), body: empty() };
  const get = async (objectName: string, query: string, caller: Caller = owner.caller) =>
    toDownloadResponse(
      // Only its headers are looked at.
      request as unknown as Parameters<typeof toDownloadResponse>[0],
      await variants.open(caller, {
        ...{ bucketName: BUCKET, objectName, withBody: true, accept: 'image/webp' },
        query: new URLSearchParams(query),
      }),
    );
  return { bed, asked, get };
}

async function* empty(): AsyncIterable<Uint8Array> {}

describe('a variant that the store makes', () => {
  it('is an address, which those caches keep that may, for less than it holds', async () => {
    const { bed, get } = await openRedirects();
    const member = await get('a.jpg', 'p=thumb');
    expect(member).toMatchObject({ status: 302, headers: { location: ADDRESS, 'cache-control': 'private, no-cache' } });
    await bed.buckets.setPolicy(BUCKET, 'public-read');
    const stranger = await get('a.jpg', 'p=thumb', ANONYMOUS);
    expect(stranger).toMatchObject({
      status: 302,
      headers: { location: ADDRESS, 'cache-control': 'public, max-age=3300', vary: 'Accept' },
    });
    expect((await get('a.jpg', 'w=320&f=webp', ANONYMOUS)).headers).not.toHaveProperty('vary');
  });

  it('is asked for by what is known of the picture and what is wanted of it', async () => {
    const { asked, get } = await openRedirects();
    await get('a.jpg', 'w=320&h=200&fit=inside');
    expect(asked).toEqual([
      [
        {
          ...{ bucketName: BUCKET, objectName: 'a.jpg', contentType: 'image/jpeg', size: 7 },
          ...{ width: 1600, height: 1200 },
        },
        {
          ...{ width: 320, height: 200, fit: 'inside', gravity: 'center', rotate: 0 },
          ...{ format: 'webp', quality: 80, isAnimated: true },
        },
      ],
    ]);
  });

  it('is for nobody who may not see the picture', async () => {
    const { asked, get } = await openRedirects();
    expect(await errorOf(get('a.jpg', 'p=thumb', ANONYMOUS))).toMatchObject({ code: 'NoSuchKey' });
    expect(asked).toEqual([]);
  });

  it('is the picture itself where the store can make none', async () => {
    const { get } = await openRedirects();
    expect(await get('a.png', 'p=thumb')).toMatchObject({ status: 200, headers: { 'x-imagepic-variant': 'none' } });
  });
});
