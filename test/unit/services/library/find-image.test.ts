import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../../src/services/access/access.ts';
import { createImageSearch, type ImageQueries } from '../../../../src/services/library/image-search.ts';
import { parseLink } from '../../../../src/services/library/parse-link.ts';
import type { Links } from '../../../../src/services/objects/links.ts';
import { createLinks } from '../../../../src/services/objects/links.ts';
import { BUCKET, START } from '../../../support/memory/bed.ts';
import {
  ANN,
  admin,
  BOB,
  FOREIGN,
  fill,
  idOf,
  MOUNT,
  member,
  openSearchedBed,
  record,
} from '../../../support/memory/searched-bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const SAME = 'a'.repeat(64);
const ALONE = 'b'.repeat(64);

const KEY = 'team/红 色%.png';
const ADDRESS = `i/${BUCKET}/team/%E7%BA%A2%20%E8%89%B2%25.png`;

let opened: Awaited<ReturnType<typeof openSearchedBed>>;
let queries: ImageQueries;
beforeEach(async () => {
  opened = await openSearchedBed();
  ({ queries } = opened);
  await fill(opened.records, [
    record(1, { key: KEY, sha256: SAME, createdAt: new Date(START + 9000) }),
    record(2, { bucket: 'second', key: 'b.png', sha256: SAME, createdAt: new Date(START + 5000) }),
    record(3, { sha256: ALONE }),
    record(4, { sha256: SAME, createdAt: new Date(START + 10_000), removedAt: new Date(START + 11_000) }),
    record(5, { bucket: FOREIGN, sha256: SAME, createdAt: new Date(START + 12_000) }),
  ]);
});

const get = async (caller: Caller, named: object, from = queries) =>
  (await from.get(caller, { bucketName: BUCKET, ...named }, MOUNT)).imageId;
/** Of links in another form. */
const openBy = (links: Links): ImageQueries => {
  const { access, buckets, documents } = opened.bed;
  return createImageSearch({ ...opened, documents, access, buckets, links });
};
const reader = (prefix: string, bucketName = BUCKET) => member({ grants: [{ bucketName, prefix, actions: ['read'] }] });

describe('an image that is asked for by its link', () => {
  it.each([
    `${MOUNT}/${ADDRESS}`,
    `${MOUNT}/${ADDRESS}?p=thumb`,
    `${MOUNT}/${ADDRESS}?w=320&f=webp#top`,
    `https://other.example:8443/imagepic/${ADDRESS}`,
    `https://img.example.com/${ADDRESS}`,
    `/imagepic/${ADDRESS}`,
    `/${ADDRESS}`,
    `${MOUNT}/i/${BUCKET}/${KEY.replace('%', '%25')}`,
  ])('is found by %s', async (link) => {
    expect(await get(admin, { link })).toBe(idOf(1));
  });

  it.each([
    ...['x', 'https://img.example.com/', `${MOUNT}/i/${BUCKET}`, `${MOUNT}/i/${BUCKET}/`, `${MOUNT}/i//x.png`],
    ...[`${MOUNT}/i/${BUCKET}/%`, `${MOUNT}/i/${BUCKET}/%ff.png`, `${MOUNT}/s/${BUCKET}/1.png`, 'javascript:/i/a/b'],
    `${MOUNT}/i/UPPER/1.png`,
  ])('is not asked for by %j', async (link) => {
    const refused = await errorOf(get(admin, { link }));
    expect([refused?.code, refused?.details]).toEqual(['InvalidArgument', { fields: ['link'] }]);
  });

  it('is there for who may read it, and for others not', async () => {
    const link = `${MOUNT}/i/${BUCKET}/team/c.png`;
    await fill(opened.records, [record(8, { key: 'team/c.png' })]);
    expect(await get(reader('team/'), { link })).toBe(idOf(8));
    expect(await refusalOf(get(reader('tea/'), { link }))).toBe('NoSuchKey');
    expect(await refusalOf(get(reader('', 'second'), { link }))).toBe('NoSuchBucket');
    for (const path of ['../secret.png', '4.png', 'none.png'])
      expect(await refusalOf(get(admin, { link: `${MOUNT}/i/${BUCKET}/${path}` })), path).toBe('NoSuchKey');
  });

  it('of a private bed means the place that it says, whoever asks', async () => {
    const { queries: own, records } = await openSearchedBed('private');
    await fill(records, [record(6, { key: `${BOB}/x.png` }), record(7, { key: `${ANN}/${BOB}/x.png` })]);
    const link = `${MOUNT}/i/${BUCKET}/${BOB}/x.png`;
    expect(await refusalOf(get(reader(''), { link }, own))).toBe('NoSuchKey');
    expect(await get(admin, { link }, own)).toBe(idOf(6));
    expect(await get(reader(''), { link: `${MOUNT}/i/${BUCKET}/${ANN}/${BOB}/x.png` }, own)).toBe(idOf(7));
  });

  it('is found by the form that public addresses have', async () => {
    const links = createLinks('https://cdn.example.com/{bucket}.files/v1/{key}?x=1');
    const by = openBy(links);
    for (const link of [links('', BUCKET, KEY), `${MOUNT}/${ADDRESS}`])
      expect(await get(admin, { link }, by)).toBe(idOf(1));
    const unnamed = createLinks('https://cdn.example.com/{key}');
    const one = openBy(unnamed);
    expect(await get(admin, { link: unnamed('', BUCKET, KEY) }, one)).toBe(idOf(1));
    expect(await get(admin, { link: unnamed('', '', 'b.png'), bucketName: 'second' }, one)).toBe(idOf(2));
  });

  it('is read back from any link that the bed makes', () => {
    const forms = [
      undefined,
      'https://a.example',
      'https://a.example/x/{bucket}/{key}',
      'https://{bucket}.a.example/{key}',
    ];
    const bucket = fc.constantFrom('images', 'a.b-c');
    const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(fc.constantFrom(...forms), bucket, key, (form, bucketName, objectName) => {
        const links = createLinks(form);
        expect(parseLink(links(MOUNT, bucketName, objectName), links)).toMatchObject({ objectName });
      }),
    );
  });
});

describe('an image that is asked for by its bytes', () => {
  it('is the newest that is there, in any bucket of the bed', async () => {
    expect(await get(admin, { sha256: SAME })).toBe(idOf(1));
    expect(await get(admin, { sha256: ALONE })).toBe(idOf(3));
  });

  it('is one that the caller may read, and for others none', async () => {
    expect(await get(reader('', 'second'), { sha256: SAME })).toBe(idOf(2));
    for (const caller of [reader('tea/'), reader('', FOREIGN), member()])
      expect(await refusalOf(get(caller, { sha256: SAME }))).toBe('NoSuchKey');
    expect(await refusalOf(get(admin, { sha256: 'c'.repeat(64) }))).toBe('NoSuchKey');
  });
});
